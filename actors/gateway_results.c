// STEP.RESULT: each result is asked for by itself, the answer goes out when all replies are in.
#include <assert.h>
#include <string.h>

#include "actors/gateway_parts.h"
#include "runtime/base/memory.h"

typedef struct {
    tmesh_fence_t fence;
    int status; // 0: no reply yet
    tmesh_step_state_t state;
    tmesh_fault_t *fault;
} result_t;

typedef struct {
    size_t count;
    size_t waiting; // replies that have not come
    size_t next;    // where the next one is looked for first: they come nearly in order
    result_t results[];
} results_t;

static void free_results(void *object)
{
    results_t *state = object;
    for (size_t i = 0; i < state->count; i++) tmesh_fault_destroy(&state->results[i].fault);
    tmesh_free(state);
}

// ---- The answer ---------------------------------------------------------------------------------

static void write_result(tmesh_writer_t *writer, const result_t *result)
{
    tmesh_writer_open_object(writer, NULL);
    tmesh_writer_uuid(writer, "step_uuid", result->fence.step_id.bytes);
    tmesh_writer_integer(writer, "run", result->fence.run);
    tmesh_writer_integer(writer, "status", result->status);
    if (result->fault) {
        bool again = result->status == TMESH_STATUS_NOT_NOW;
        tmesh_codec_write_error(writer, result->fault, again ? TMESH_CODEC_RETRY_AFTER_MS : 0);
    } else {
        tmesh_writer_text(writer, "state", tmesh_step_state_word(result->state));
    }
    tmesh_writer_close_object(writer);
}

static void reply_if_complete(tmesh_gateway_t *self, tmesh_gateway_pending_t *pending)
{
    const results_t *state = pending->state;
    if (state->waiting > 0) return;
    tmesh_auto(tmesh_buffer) body = tmesh_buffer_new();
    tmesh_writer_t writer = tmesh_writer(body);
    tmesh_writer_open_object(&writer, NULL);
    tmesh_writer_open_array(&writer, "results");
    for (size_t i = 0; i < state->count; i++) write_result(&writer, &state->results[i]);
    tmesh_writer_close_array(&writer);
    tmesh_writer_close_object(&writer);
    tmesh_gateway_reply(self, &pending->to, TMESH_STATUS_OK, body);
    tmesh_gateway_release(self, &pending);
}

static void refuse(tmesh_gateway_t *self, result_t *result, tmesh_err_t err,
                   const tmesh_fault_t *fault)
{
    self->refused++;
    result->fault = tmesh_gateway_fault_of(err, fault);
    result->status = tmesh_status_of_fault(result->fault);
}

// ---- The replies --------------------------------------------------------------------------------

// The worker will not send this result again, so its slot is free. Also after an error of ours: the
// step then ends by its time limit.
static void end_run(tmesh_gateway_t *self, const tmesh_fence_t *fence)
{
    tmesh_run_t *run = tmesh_gateway_find_run(self, fence);
    if (run) tmesh_gateway_end_run(self, &run);
}

static result_t *find_result(results_t *state, const tmesh_fence_t *fence)
{
    for (size_t i = 0; i < state->count; i++) {
        size_t at = (state->next + i) % state->count;
        result_t *result = &state->results[at];
        if (result->status || memcmp(&result->fence, fence, sizeof *fence) != 0) continue;
        state->next = at + 1;
        return result;
    }
    return NULL;
}

static void on_processed(void *object, const tmesh_process_step_result_answer_t *answer)
{
    tmesh_gateway_t *self = object;
    const tmesh_fence_t *fence = &answer->request->fence;
    if (!tmesh_err_may_retry(answer->err)) end_run(self, fence);
    if (answer->err) self->credit_freed = true; // nobody may have taken what came with it
    tmesh_gateway_pending_t *pending = tmesh_gateway_find(self, answer->tag);
    if (!pending) return;
    results_t *state = pending->state;
    result_t *result = find_result(state, fence);
    assert(result);
    if (answer->err) {
        refuse(self, result, answer->err, answer->fault);
    } else {
        result->status = TMESH_STATUS_OK;
        result->state = answer->reply->state;
    }
    state->waiting--;
    reply_if_complete(self, pending);
}

// ---- The command --------------------------------------------------------------------------------

// When it was sent and to whom is known here, unless another node or an earlier life sent it. Its
// result records that too, so nothing else has to. Its credit goes ahead of it: the transaction of
// the result gives it to whoever is next.
static void add_sending(tmesh_gateway_t *self, tmesh_process_step_result_request_t *request)
{
    tmesh_run_t *run = tmesh_gateway_find_run(self, &request->fence);
    if (!run || !run->session) return;
    request->sent_at_ms = run->sent_at_ms;
    request->worker = tmesh_arena_text(request->arena, run->session->name);
    if (run->note_due) tmesh_dispatch_noted(self->dispatch, run);
    (void)tmesh_dispatch_free_credit(self->dispatch, run);
}

static void ask(tmesh_gateway_t *self, tmesh_body_t *item, result_t *result,
                tmesh_gateway_pending_t *pending)
{
    results_t *state = pending->state;
    tmesh_process_step_result_request_t request;
    tmesh_auto(tmesh_fault) fault = NULL;
    bool readable = tmesh_gateway_read_result(item, self->services->result_bytes_max,
                                              tmesh_clock_now_ms(self->clock), &request, &fault);
    result->fence = request.fence;
    if (!readable) {
        refuse(self, result, fault->err, fault);
        return;
    }
    tmesh_gateway_count_part(self, request.arena, item->text.size, request.result.size);
    add_sending(self, &request);
    tmesh_err_t err =
        tmesh_ask_process_step_result(self->context, &request, on_processed, pending->tag);
    if (err) {
        tmesh_arena_destroy(&request.arena);
        refuse(self, result, err, NULL);
        self->credit_freed = true;
        return;
    }
    state->waiting++;
}

void tmesh_gateway_step_result(tmesh_gateway_t *self, tmesh_gateway_command_t *command)
{
    tmesh_items_t items;
    tmesh_body_items(&command->body, "results", TMESH_BODY_NEEDED, 0, TMESH_GATEWAY_RESULTS_MAX,
                     &items);
    if (command->fault) return;
    results_t *state = tmesh_alloc(sizeof *state + items.count * sizeof(result_t));
    tmesh_gateway_pending_t *pending =
        tmesh_gateway_hold(self, &command->from, state, free_results);
    tmesh_body_t item;
    tmesh_auto(tmesh_fault) fault = NULL;
    while (tmesh_items_next(&items, &fault, &item)) {
        if (fault) { // not even an object
            refuse(self, &state->results[state->count++], fault->err, fault);
            tmesh_fault_destroy(&fault);
            continue;
        }
        ask(self, &item, &state->results[state->count++], pending);
    }
    reply_if_complete(self, pending);
}
