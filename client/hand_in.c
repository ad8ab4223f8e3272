// What a program says at the end of a run.
#include <assert.h>
#include <inttypes.h>

#include "client/worker_private.h"
#include "runtime/base/memory.h"

tmesh_held_run_t *tmesh_worker_held_of(tmesh_worker_run_t *run)
{
    tmesh_held_run_t *held = (tmesh_held_run_t *)run;
    assert(held->state == TMESH_HELD_RUNNING || held->state == TMESH_HELD_CANCELLED);
    return held;
}

// Sends it at once if it can; otherwise the next turn does. A cancelled run is forgotten instead.
static void hand_in(tmesh_worker_t *self, tmesh_held_run_t *run)
{
    self->finished_at_ms = tmesh_worker_now_ms(self);
    if (run->state == TMESH_HELD_CANCELLED) {
        tmesh_held_remove(self->held, run);
        return;
    }
    run->execution_time_ms = self->finished_at_ms - run->started_at_ms;
    run->beats = false;
    run->inputs = TMESH_HELD_INPUTS_NONE;
    tmesh_held_move(self->held, run, TMESH_HELD_ANSWERING);
}

void tmesh_worker_succeed(tmesh_worker_t *self, tmesh_worker_run_t *run, tmesh_view_t result)
{
    tmesh_held_run_t *held = tmesh_worker_held_of(run);
    held->success = true;
    tmesh_buffer_destroy(&held->checkpoint); // no later attempt will ask for it
    held->result = tmesh_buffer_new();
    if (result.data) tmesh_buffer_add(held->result, result.data, result.size);
    else tmesh_buffer_add_text(held->result, "null");
    hand_in(self, held);
}

void tmesh_worker_fail(tmesh_worker_t *self, tmesh_worker_run_t *run,
                       const tmesh_worker_failure_t *failure)
{
    tmesh_held_run_t *held = tmesh_worker_held_of(run);
    held->error = tmesh_buffer_new();
    tmesh_writer_t writer = tmesh_writer(held->error);
    tmesh_writer_open_object(&writer, "error");
    tmesh_writer_text(&writer, "message", failure->message ? failure->message : "no message");
    if (failure->code) tmesh_writer_text(&writer, "code", failure->code);
    if (failure->error_type) tmesh_writer_text(&writer, "error_type", failure->error_type);
    tmesh_writer_bool(&writer, "retryable", failure->retryable != 0);
    tmesh_writer_close_object(&writer);
    if (failure->retryable && failure->retry_after_ms > 0) {
        tmesh_writer_open_object(&writer, "orchestration_metadata");
        tmesh_writer_open_object(&writer, "backoff_hint");
        tmesh_writer_key(&writer, "delay_seconds");
        tmesh_buffer_printf(held->error, "%" PRId64 ".%03" PRId64, failure->retry_after_ms / 1000,
                            failure->retry_after_ms % 1000);
        tmesh_writer_close_object(&writer);
        tmesh_writer_close_object(&writer);
    }
    hand_in(self, held);
}

void tmesh_worker_hand_over(tmesh_worker_t *self, tmesh_worker_run_t *run)
{
    tmesh_held_run_t *held = tmesh_worker_held_of(run);
    held->is_handed_over = true;
    hand_in(self, held);
}

void tmesh_worker_forget(tmesh_worker_t *self, tmesh_worker_run_t *run)
{
    tmesh_held_run_t *held = tmesh_worker_held_of(run);
    assert(held->state == TMESH_HELD_CANCELLED);
    hand_in(self, held);
}

void tmesh_worker_give_up(tmesh_worker_t *self, tmesh_worker_run_t *run)
{
    tmesh_held_run_t *held = tmesh_worker_held_of(run);
    assert(self->phase != TMESH_WORKER_PHASE_SERVING); // it would keep a slot for ever
    self->finished_at_ms = tmesh_worker_now_ms(self);
    tmesh_held_remove(self->held, held);
}
