// The invariant of dispatch, whole.
#include <assert.h>

#include "services/workers/dispatch_private.h"

static void check_run(const tmesh_run_t *run)
{
    bool is_out = run->state == TMESH_RUN_ASSIGNED || run->state == TMESH_RUN_SENT;
    assert(is_out == (run->session != NULL));
    assert((run->state == TMESH_RUN_WAITING) == (run->queue != NULL));
    assert(run->state == TMESH_RUN_SENT || !run->note_due);
    bool needs_parcel = run->state == TMESH_RUN_WAITING || run->state == TMESH_RUN_ASSIGNED;
    assert(!needs_parcel || run->hold);
}

void tmesh_dispatch_check(const tmesh_dispatch_t *self)
{
    size_t running = 0;
    size_t waiting = 0;
    size_t position = 0;
    tmesh_run_t *run = NULL;
    while ((run = tmesh_runs_next(self->runs, &position))) {
        check_run(run);
        if (run->session) running++;
        if (run->queue) waiting++;
    }
    assert(waiting == tmesh_queues_count(self->queues));
    position = 0;
    tmesh_session_t *session = NULL;
    while ((session = tmesh_sessions_next(self->sessions, &position))) {
        uint32_t listed = 0;
        TAILQ_FOREACH(run, &session->runs, in_session)
        {
            assert(run->session == session);
            listed++;
        }
        assert(listed == session->running);
        running -= listed;
    }
    assert(running == 0);
}
