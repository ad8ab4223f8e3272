#include "embed/handlers.h"

#include <fnmatch.h>

tmesh_handlers_t tmesh_handlers_copy(const tmesh_handler_t *rows, size_t count,
                                     tmesh_arena_t *arena)
{
    tmesh_handler_t *copies = tmesh_arena_copy(arena, rows, count * sizeof *copies);
    for (size_t i = 0; i < count; i++) {
        copies[i].callable = tmesh_arena_text(arena, rows[i].callable);
    }
    return (tmesh_handlers_t){.rows = copies, .count = count};
}

static const tmesh_handler_t *find(const tmesh_handlers_t *self, const char *callable)
{
    for (size_t i = 0; i < self->count; i++) {
        if (fnmatch(self->rows[i].callable, callable, FNM_NOESCAPE) == 0) return &self->rows[i];
    }
    return NULL;
}

void tmesh_handlers_run(const tmesh_handlers_t *self, tmesh_job_t *job)
{
    static const tmesh_worker_failure_t no_handler = {
        .message = "no handler fits this callable", .code = "no_handler", .retryable = 1};
    if (tmesh_step_is_cancelled(job)) return;
    if (job->answer == TMESH_JOB_YIELDED) tmesh_job_begin_again(job);
    const tmesh_handler_t *handler = find(self, job->run->callable);
    if (handler) handler->run(handler->context, job->run, job);
    else tmesh_step_fail(job, &no_handler); // a pattern that the gateway reads in another way
}
