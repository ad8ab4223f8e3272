// What the orchestration is told of runs without being asked: that STEP.RUN was written, that a
// worker was lost, that a claim comes back. Each is told until it is answered; a mailbox that is
// full is tried again later, and after a crash the due times in the store say the same.
#include "actors/gateway_parts.h"
#include "runtime/base/memory.h"

static bool is_refused(tmesh_err_t err)
{
    return err == TMESH_ERR_NOT_FOUND || err == TMESH_ERR_CONFLICT;
}

// Nobody waits for this run any more: its worker may stop.
static void call_off(tmesh_gateway_t *self, tmesh_run_t *run, const tmesh_fault_t *fault,
                     const char *otherwise)
{
    if (run->session) {
        tmesh_gateway_send_cancel(self, run->session, &run->fence,
                                  fault ? fault->code : otherwise);
    }
    tmesh_gateway_end_run(self, &run);
}

// ---- Sent ---------------------------------------------------------------------------------------

static void on_recorded(void *object, const tmesh_note_steps_sent_answer_t *answer)
{
    tmesh_gateway_t *self = object;
    tmesh_run_t *run = tmesh_gateway_find_run(self, &answer->request->fence);
    // Any other error: the claim's hand-off time passes, and the run is handed to us once more.
    if (run && is_refused(answer->err)) call_off(self, run, answer->fault, "stale_run");
}

void tmesh_gateway_tell_sent(tmesh_gateway_t *self)
{
    int64_t now_ms = tmesh_gateway_now_ms(self);
    tmesh_run_t *run = NULL;
    while ((run = tmesh_dispatch_next_note(self->dispatch)) && run->note_at_ms <= now_ms) {
        tmesh_note_steps_sent_request_t request = {
            .arena = tmesh_arena_new(),
            .fence = run->fence,
            .sent_at_ms = run->sent_at_ms,
        };
        request.worker = tmesh_arena_text(request.arena, run->session->name);
        if (tmesh_ask_note_steps_sent(self->context, &request, on_recorded, 0)) {
            tmesh_arena_destroy(&request.arena);
            tmesh_gateway_note_full(self);
            return;
        }
        tmesh_dispatch_noted(self->dispatch, run);
    }
}

// ---- Lost and handed back -----------------------------------------------------------------------

static void on_returned(void *object, const tmesh_process_step_result_answer_t *answer)
{
    tmesh_gateway_t *self = object;
    tmesh_run_t *run = tmesh_gateway_find_run(self, &answer->request->fence);
    if (!run) return;
    if (run->state != TMESH_RUN_RETURNING) {
        // Its worker came back and was given the run again, but this result counts.
        if (!tmesh_err_may_retry(answer->err)) call_off(self, run, answer->fault, "worker_lost");
    } else if (run->told && tmesh_err_may_retry(answer->err)) {
        tmesh_dispatch_tell_again(self->dispatch, run);
        tmesh_gateway_note_full(self);
    } else if (run->told) {
        tmesh_gateway_end_run(self, &run);
    }
}

void tmesh_gateway_tell_returning(tmesh_gateway_t *self)
{
    tmesh_run_t *run = NULL;
    while ((run = tmesh_dispatch_next_returning(self->dispatch))) {
        tmesh_process_step_result_request_t request = {
            .arena = tmesh_arena_new(),
            .fence = run->fence,
            .kind = run->was_sent ? TMESH_RESULT_WORKER_LOST : TMESH_RESULT_HANDED_BACK,
            .error_code = run->was_sent ? "worker_lost" : "handed_back",
            .error_message = run->was_sent ? "the worker is gone" : "no worker here takes it",
            .retryable = true,
            .retry_after_ms = -1,
            .sent_at_ms = run->was_sent ? run->sent_at_ms : 0,
        };
        request.worker = tmesh_arena_text(request.arena, run->worker);
        if (tmesh_ask_process_step_result(self->context, &request, on_returned, 0)) {
            tmesh_arena_destroy(&request.arena);
            tmesh_gateway_note_full(self);
            return;
        }
        tmesh_dispatch_told(self->dispatch, run);
    }
}
