#include "services/workers/dispatch.h"

#include <assert.h>

#include "runtime/base/memory.h"
#include "services/workers/dispatch_private.h"

tmesh_dispatch_t *tmesh_dispatch_new(tmesh_credit_t *board)
{
    tmesh_dispatch_t *self = tmesh_alloc(sizeof *self);
    self->sessions = tmesh_sessions_new();
    self->runs = tmesh_runs_new();
    self->offers = tmesh_offers_new(board);
    self->queues = tmesh_queues_new(board);
    TAILQ_INIT(&self->notes);
    TAILQ_INIT(&self->untold);
    return self;
}

void tmesh_dispatch_destroy(tmesh_dispatch_t **self_p)
{
    tmesh_dispatch_t *self = *self_p;
    if (!self) return;
    tmesh_offers_destroy(&self->offers);
    tmesh_queues_destroy(&self->queues);
    tmesh_runs_destroy(&self->runs);
    tmesh_sessions_destroy(&self->sessions);
    tmesh_free(self);
    *self_p = NULL;
}

const tmesh_sessions_t *tmesh_dispatch_sessions(const tmesh_dispatch_t *self)
{
    return self->sessions;
}

const tmesh_runs_t *tmesh_dispatch_runs(const tmesh_dispatch_t *self)
{
    return self->runs;
}

tmesh_offers_t *tmesh_dispatch_offers(tmesh_dispatch_t *self)
{
    return self->offers;
}

size_t tmesh_dispatch_waiting_count(const tmesh_dispatch_t *self)
{
    return tmesh_queues_count(self->queues);
}

// ---- The moves of a run: out of where it stands, into where it goes -----------------------------

static void take_out(tmesh_dispatch_t *self, tmesh_run_t *run)
{
    if (run->queue) tmesh_queues_remove(self->queues, run);
    if (run->note_due) tmesh_dispatch_noted(self, run);
    if (run->session) {
        TAILQ_REMOVE(&run->session->runs, run, in_session);
        run->session->running--;
        run->session = NULL;
    }
    if (run->state == TMESH_RUN_RETURNING && !run->told) {
        TAILQ_REMOVE(&self->untold, run, in_state);
        run->told = true;
    }
}

static void give_to(tmesh_run_t *run, tmesh_session_t *session, tmesh_run_state_t state)
{
    run->state = state;
    run->session = session;
    TAILQ_INSERT_TAIL(&session->runs, run, in_session);
    session->running++;
}

static void return_run(tmesh_dispatch_t *self, tmesh_run_t *run)
{
    bool was_sent = run->state == TMESH_RUN_SENT;
    if (was_sent) {
        tmesh_free(run->worker);
        run->worker = tmesh_strdup(run->session->name);
    }
    take_out(self, run);
    tmesh_hold_destroy(&run->hold);
    run->state = TMESH_RUN_RETURNING;
    run->was_sent = was_sent;
    run->told = false;
    TAILQ_INSERT_TAIL(&self->untold, run, in_state);
}

// ---- Sessions -----------------------------------------------------------------------------------

tmesh_err_t tmesh_dispatch_join(tmesh_dispatch_t *self, const tmesh_session_terms_t *terms,
                                int64_t now_ms, int64_t monotonic_ms, tmesh_session_t **session_p)
{
    tmesh_session_t *session = tmesh_sessions_add(self->sessions, terms, now_ms, monotonic_ms);
    tmesh_err_t err = tmesh_offers_join(self->offers, session);
    if (err) {
        tmesh_sessions_remove(self->sessions, &session);
        return err;
    }
    if (self->closed) tmesh_dispatch_drain(self, session);
    *session_p = session;
    return TMESH_OK;
}

// Runs that wait for nobody. Sessions leave seldom, so all runs are looked at.
void tmesh_dispatch_return_unserved(tmesh_dispatch_t *self)
{
    size_t position = 0;
    tmesh_run_t *run = NULL;
    while ((run = tmesh_runs_next(self->runs, &position))) {
        if (run->state != TMESH_RUN_WAITING) continue;
        if (!tmesh_queues_is_served(self->queues, run, self->offers)) return_run(self, run);
    }
}

void tmesh_dispatch_leave(tmesh_dispatch_t *self, tmesh_session_t **session_p)
{
    tmesh_session_t *session = *session_p;
    if (!session->draining) tmesh_offers_leave(self->offers, session);
    tmesh_run_t *run = NULL;
    while ((run = TAILQ_FIRST(&session->runs))) {
        if (run->state == TMESH_RUN_SENT) {
            return_run(self, run);
        } else {
            tmesh_dispatch_put_back(self, run);
        }
    }
    tmesh_sessions_remove(self->sessions, session_p);
    tmesh_dispatch_return_unserved(self);
}

void tmesh_dispatch_drain(tmesh_dispatch_t *self, tmesh_session_t *session)
{
    if (session->draining) return;
    session->draining = true;
    tmesh_offers_leave(self->offers, session);
    tmesh_dispatch_return_unserved(self);
}

// ---- Runs ---------------------------------------------------------------------------------------

tmesh_dispatch_added_t tmesh_dispatch_add(tmesh_dispatch_t *self, const tmesh_parcel_t *parcel,
                                          tmesh_hold_t *hold, tmesh_run_t *replaced)
{
    tmesh_dispatch_added_t result = TMESH_DISPATCH_ADDED;
    tmesh_run_t *known = tmesh_runs_find(self->runs, parcel->fence.step_id);
    if (known && known->fence.run >= parcel->fence.run) return TMESH_DISPATCH_KNOWN;
    if (known) {
        *replaced = *known;
        result = TMESH_DISPATCH_REPLACED;
        tmesh_dispatch_end(self, &known);
    }
    tmesh_run_t *run = tmesh_runs_add(self->runs, parcel->fence, parcel->offer, parcel, hold);
    tmesh_offers_begin_claim(self->offers, run->offer);
    tmesh_queues_insert(self->queues, run);
    if (self->closed || !tmesh_queues_is_served(self->queues, run, self->offers)) {
        return_run(self, run);
    }
    return result;
}

tmesh_run_t *tmesh_dispatch_adopt(tmesh_dispatch_t *self, tmesh_fence_t fence,
                                  tmesh_session_t *session, int64_t now_ms)
{
    tmesh_run_t *run = tmesh_runs_find(self->runs, fence.step_id);
    if (run && run->fence.run > fence.run) return NULL;
    if (run && run->fence.run < fence.run) tmesh_dispatch_end(self, &run);
    if (!run) run = tmesh_runs_add(self->runs, fence, TMESH_CREDIT_NONE, NULL, NULL);
    else take_out(self, run);
    tmesh_hold_destroy(&run->hold);
    give_to(run, session, TMESH_RUN_SENT);
    if (!run->sent_at_ms) run->sent_at_ms = now_ms;
    return run;
}

tmesh_run_t *tmesh_dispatch_find(const tmesh_dispatch_t *self, tmesh_step_id_t step_id,
                                 uint32_t run)
{
    tmesh_run_t *found = tmesh_runs_find(self->runs, step_id);
    return found && (run == 0 || found->fence.run == run) ? found : NULL;
}

tmesh_run_t *tmesh_dispatch_next(tmesh_dispatch_t *self, int64_t monotonic_ms)
{
    tmesh_session_t *session = NULL;
    tmesh_run_t *run = tmesh_queues_choose(self->queues, self->offers, monotonic_ms, &session);
    if (!run) return NULL;
    take_out(self, run);
    give_to(run, session, TMESH_RUN_ASSIGNED);
    session->served = ++self->served;
    return run;
}

void tmesh_dispatch_put_back(tmesh_dispatch_t *self, tmesh_run_t *run)
{
    assert(run->state == TMESH_RUN_ASSIGNED);
    take_out(self, run);
    tmesh_queues_insert(self->queues, run);
}

void tmesh_dispatch_sent(tmesh_dispatch_t *self, tmesh_run_t *run, int64_t now_ms,
                         int64_t note_at_ms)
{
    assert(run->state == TMESH_RUN_ASSIGNED);
    run->state = TMESH_RUN_SENT;
    run->sent_at_ms = now_ms;
    tmesh_dispatch_note_again(self, run, note_at_ms);
    tmesh_hold_destroy(&run->hold);
}

bool tmesh_dispatch_free_credit(tmesh_dispatch_t *self, tmesh_run_t *run)
{
    if (run->offer == TMESH_CREDIT_NONE) return false;
    tmesh_offers_end_claim(self->offers, run->offer);
    run->offer = TMESH_CREDIT_NONE;
    return true;
}

void tmesh_dispatch_end(tmesh_dispatch_t *self, tmesh_run_t **run_p)
{
    take_out(self, *run_p);
    (void)tmesh_dispatch_free_credit(self, *run_p);
    tmesh_runs_remove(self->runs, run_p);
}

static tmesh_run_t *find_waiting(const tmesh_dispatch_t *self, tmesh_task_id_t task_id)
{
    size_t position = 0;
    tmesh_run_t *run = NULL;
    while ((run = tmesh_runs_next(self->runs, &position))) {
        if (run->state != TMESH_RUN_WAITING) continue;
        tmesh_task_id_t of_run = tmesh_task_id_of_step(run->fence.step_id);
        if (tmesh_task_id_compare(of_run, task_id) == 0) return run;
    }
    return NULL;
}

size_t tmesh_dispatch_withdraw(tmesh_dispatch_t *self, tmesh_task_id_t task_id)
{
    size_t count = 0;
    tmesh_run_t *run = NULL;
    while ((run = find_waiting(self, task_id))) {
        tmesh_dispatch_end(self, &run);
        count++;
    }
    return count;
}

tmesh_run_t *tmesh_dispatch_next_note(const tmesh_dispatch_t *self)
{
    return TAILQ_FIRST(&self->notes);
}

void tmesh_dispatch_noted(tmesh_dispatch_t *self, tmesh_run_t *run)
{
    assert(run->note_due);
    TAILQ_REMOVE(&self->notes, run, in_notes);
    run->note_due = false;
}

void tmesh_dispatch_note_again(tmesh_dispatch_t *self, tmesh_run_t *run, int64_t note_at_ms)
{
    assert(run->state == TMESH_RUN_SENT);
    if (run->note_due) return;
    run->note_at_ms = note_at_ms;
    run->note_due = true;
    TAILQ_INSERT_TAIL(&self->notes, run, in_notes);
}

tmesh_run_t *tmesh_dispatch_next_returning(const tmesh_dispatch_t *self)
{
    return TAILQ_FIRST(&self->untold);
}

void tmesh_dispatch_told(tmesh_dispatch_t *self, tmesh_run_t *run)
{
    assert(run->state == TMESH_RUN_RETURNING && !run->told);
    TAILQ_REMOVE(&self->untold, run, in_state);
    run->told = true;
}

void tmesh_dispatch_tell_again(tmesh_dispatch_t *self, tmesh_run_t *run)
{
    assert(run->state == TMESH_RUN_RETURNING && run->told);
    run->told = false;
    TAILQ_INSERT_TAIL(&self->untold, run, in_state);
}

void tmesh_dispatch_close(tmesh_dispatch_t *self)
{
    self->closed = true;
    size_t position = 0;
    tmesh_session_t *session = NULL;
    while ((session = tmesh_sessions_next(self->sessions, &position))) {
        tmesh_dispatch_drain(self, session);
    }
    tmesh_dispatch_return_unserved(self); // all that wait, since no session takes any more
}
