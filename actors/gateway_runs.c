// Runs: taken from the mesh, given to workers, called back.
#include <assert.h>

#include "actors/gateway_parts.h"
#include "runtime/base/memory.h"

// ---- STEP.RUN -----------------------------------------------------------------------------------

static void add_serving(tmesh_gateway_t *self, tmesh_session_t *session)
{
    if (session->being_served) return;
    session->being_served = true;
    if (self->serving_count == self->serving_capacity) {
        self->serving_capacity = self->serving_capacity ? 2 * self->serving_capacity : 16;
        self->serving = tmesh_realloc_array(self->serving, self->serving_capacity,
                                            sizeof(tmesh_session_t *));
    }
    self->serving[self->serving_count++] = session;
}

// New runs stand at the end of what the session has.
static tmesh_run_t *first_assigned(const tmesh_session_t *session)
{
    tmesh_run_t *first = NULL;
    tmesh_run_t *run = NULL;
    TAILQ_FOREACH_REVERSE(run, &session->runs, tmesh_run_list, in_session)
    {
        if (run->state != TMESH_RUN_ASSIGNED) break;
        first = run;
    }
    return first;
}

static void note_sent(tmesh_gateway_t *self, tmesh_run_t *run, const tmesh_run_t *end)
{
    int64_t now_ms = tmesh_clock_now_ms(self->clock);
    int64_t note_at_ms = tmesh_gateway_now_ms(self) + self->services->note_sent_after_ms;
    for (; run != end; run = TAILQ_NEXT(run, in_session)) {
        tmesh_dispatch_sent(self->dispatch, run, now_ms, note_at_ms);
    }
}

// The connection takes nothing more: the runs wait for another worker, or for a better moment.
static void put_back(tmesh_gateway_t *self, tmesh_session_t *session, tmesh_run_t *run)
{
    while (run) {
        tmesh_run_t *next = TAILQ_NEXT(run, in_session);
        tmesh_dispatch_put_back(self->dispatch, run);
        run = next;
    }
    session->blocked_until_ms = tmesh_gateway_now_ms(self) + TMESH_GATEWAY_RETRY_MS;
    self->blocked_ms = session->blocked_until_ms;
}

static void send_runs(tmesh_gateway_t *self, tmesh_session_t *session)
{
    const tmesh_frames_address_t to = tmesh_gateway_address_of(session);
    tmesh_run_t *run = first_assigned(session);
    while (run) {
        tmesh_run_t *first = run;
        tmesh_auto(tmesh_frames) frames = tmesh_gateway_write_step_run(session, &run);
        if (tmesh_gateway_try_send(self, &to, &frames)) {
            put_back(self, session, first);
            return;
        }
        note_sent(self, first, run);
    }
}

void tmesh_gateway_dispatch(tmesh_gateway_t *self)
{
    self->dispatch_due = false;
    self->blocked_ms = INT64_MAX;
    int64_t now_ms = tmesh_gateway_now_ms(self);
    if (!tmesh_credit_is_trusted(self->services->credit, now_ms)) { // it may all be others' by now
        self->blocked_ms = now_ms + TMESH_GATEWAY_RETRY_MS;
        return;
    }
    tmesh_run_t *run = NULL;
    while ((run = tmesh_dispatch_next(self->dispatch, now_ms))) add_serving(self, run->session);
    for (size_t i = 0; i < self->serving_count; i++) {
        self->serving[i]->being_served = false;
        send_runs(self, self->serving[i]);
    }
    self->serving_count = 0;
}

// ---- STEP.CANCEL --------------------------------------------------------------------------------

void tmesh_gateway_send_cancel(tmesh_gateway_t *self, const tmesh_session_t *session,
                               const tmesh_fence_t *fence, const char *reason)
{
    tmesh_frames_address_t to = tmesh_gateway_address_of(session);
    tmesh_auto(tmesh_frames) frames = tmesh_frames_new_push(&to, "STEP.CANCEL");
    tmesh_auto(tmesh_buffer) body = tmesh_buffer_new();
    tmesh_writer_t writer = tmesh_writer(body);
    tmesh_writer_open_object(&writer, NULL);
    tmesh_writer_uuid(&writer, "session", session->id.bytes);
    tmesh_writer_open_array(&writer, "runs");
    tmesh_writer_open_object(&writer, NULL);
    tmesh_writer_uuid(&writer, "step_uuid", fence->step_id.bytes);
    tmesh_writer_integer(&writer, "run", fence->run);
    tmesh_writer_text(&writer, "reason", reason);
    tmesh_writer_close_object(&writer);
    tmesh_writer_close_array(&writer);
    tmesh_writer_close_object(&writer);
    tmesh_frames_take_body(frames, body);
    tmesh_gateway_send(self, &to, &frames);
}

tmesh_run_t *tmesh_gateway_find_run(const tmesh_gateway_t *self, const tmesh_fence_t *fence)
{
    tmesh_run_t *run = tmesh_dispatch_find(self->dispatch, fence->step_id, fence->run);
    return run && tmesh_run_token_equal(run->fence.token, fence->token) ? run : NULL;
}

void tmesh_gateway_end_run(tmesh_gateway_t *self, tmesh_run_t **run_p)
{
    if (tmesh_dispatch_free_credit(self->dispatch, *run_p)) self->credit_freed = true;
    tmesh_dispatch_end(self->dispatch, run_p);
    self->dispatch_due = true;
}

static void cancel_run(tmesh_gateway_t *self, const tmesh_cancelled_run_t *cancelled)
{
    tmesh_run_t *run = tmesh_dispatch_find(self->dispatch, cancelled->step_id, cancelled->run);
    if (!run) return;
    if (run->state == TMESH_RUN_SENT) {
        if (cancelled->only_unsent) return;
        tmesh_gateway_send_cancel(self, run->session, &run->fence, cancelled->reason);
    }
    tmesh_gateway_end_run(self, &run);
}

tmesh_err_t tmesh_gateway_cancel_runs(tmesh_gateway_t *self, tmesh_cancel_runs_batch_t *batch)
{
    for (size_t i = 0; i < batch->any.count; i++) {
        const tmesh_cancel_runs_request_t *request = tmesh_cancel_runs_request(batch, i);
        for (size_t j = 0; j < request->count; j++) cancel_run(self, &request->runs[j]);
    }
    return TMESH_OK;
}

// ---- Parcels ------------------------------------------------------------------------------------

// Takes over what the parcels of this message point to, until the last of them was sent. Requests
// are const to their handlers because a batch may be repeated; this handler never fails, so it is
// never repeated, and what the message loses it would only have freed.
static tmesh_hold_t *keep_arena(const tmesh_dispatch_steps_request_t *request)
{
    tmesh_dispatch_steps_request_t *mine = (tmesh_dispatch_steps_request_t *)request;
    return tmesh_hold_new(&mine->arena);
}

// It came once more because nobody had recorded that it was sent.
static void note_again(tmesh_gateway_t *self, const tmesh_parcel_t *parcel)
{
    tmesh_run_t *run =
        tmesh_dispatch_find(self->dispatch, parcel->fence.step_id, parcel->fence.run);
    if (!run || run->state != TMESH_RUN_SENT) return;
    tmesh_dispatch_note_again(self->dispatch, run, tmesh_gateway_now_ms(self));
}

static void add_parcel(tmesh_gateway_t *self, const tmesh_parcel_t *parcel, tmesh_hold_t *hold)
{
    tmesh_run_t replaced;
    switch (tmesh_dispatch_add(self->dispatch, parcel, hold, &replaced)) {
    case TMESH_DISPATCH_ADDED: break;
    case TMESH_DISPATCH_KNOWN: note_again(self, parcel); break;
    case TMESH_DISPATCH_REPLACED:
        if (replaced.session) {
            tmesh_gateway_send_cancel(self, replaced.session, &replaced.fence, "stale_run");
        }
        break;
    }
}

tmesh_err_t tmesh_gateway_dispatch_steps(tmesh_gateway_t *self, tmesh_dispatch_steps_batch_t *batch)
{
    for (size_t i = 0; i < batch->any.count; i++) {
        const tmesh_dispatch_steps_request_t *request = tmesh_dispatch_steps_request(batch, i);
        tmesh_hold_t *hold = keep_arena(request);
        for (size_t j = 0; j < request->count; j++) add_parcel(self, &request->parcels[j], hold);
        tmesh_hold_destroy(&hold);
    }
    self->dispatch_due = true;
    return TMESH_OK;
}
