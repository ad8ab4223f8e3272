// STEP.CHECKPOINT, STEP.HEARTBEAT and STEP.INPUTS: what a worker says, and asks, about a run that goes
// on. The run token proves the right to all three.
#include <string.h>

#include "actors/gateway_parts.h"
#include "runtime/base/memory.h"

enum {
    RUNS_MAX = 10000,
    INPUT_NAMES_MAX = 1000,
    NAME_CHARS_MAX = 512,
    PROGRESS_BYTES_MAX = 4096,
};

// ---- STEP.CHECKPOINT

static void on_saved(void *object, const tmesh_save_checkpoint_answer_t *answer)
{
    tmesh_gateway_t *self = object;
    tmesh_gateway_pending_t *pending =
        tmesh_gateway_answered(self, answer->tag, answer->err, answer->fault);
    if (!pending) return;
    tmesh_auto(tmesh_buffer) body = tmesh_buffer_new();
    tmesh_writer_t writer = tmesh_writer(body);
    tmesh_writer_open_object(&writer, NULL);
    tmesh_writer_uuid(&writer, "step_uuid", answer->request->fence.step_id.bytes);
    tmesh_writer_integer(&writer, "run", answer->request->fence.run);
    tmesh_writer_close_object(&writer);
    tmesh_gateway_reply(self, &pending->to, TMESH_STATUS_OK, body);
    tmesh_gateway_release(self, &pending);
}

static bool read_items_processed(tmesh_bytes_t json, int64_t *count_p)
{
    *count_p = 0;
    if (tmesh_json_kind(json) == TMESH_JSON_ABSENT) return true;
    if (tmesh_json_kind(json) != TMESH_JSON_NUMBER || json.size > 18) return false;
    for (size_t i = 0; i < json.size; i++) {
        if (json.data[i] < '0' || json.data[i] > '9') return false;
        *count_p = *count_p * 10 + (json.data[i] - '0');
    }
    return true;
}

// The payload is an object: cursor, items_processed, accumulated_results.
static void read_checkpoint(const tmesh_gateway_t *self, tmesh_gateway_command_t *command,
                            tmesh_save_checkpoint_request_t *request)
{
    tmesh_body_t *body = &command->body;
    size_t index = 0;
    if (!tmesh_body_frame_index(body, "checkpoint", TMESH_BODY_NEEDED, &index)) return;
    tmesh_bytes_t payload = tmesh_frames_payload(command->frames, index);
    tmesh_json_limits_t limits = tmesh_json_limits_result;
    limits.bytes_max = (size_t)self->services->result_bytes_max;
    if (tmesh_json_check(payload, &limits, "/checkpoint", &command->fault)) return;
    if (tmesh_json_kind(payload) != TMESH_JSON_OBJECT) {
        tmesh_body_object_to(body, "checkpoint", "wrong_type", "a checkpoint is an object");
        return;
    }
    request->cursor = tmesh_json_member(payload, "cursor");
    request->accumulated = tmesh_json_member(payload, "accumulated_results");
    if (tmesh_json_kind(request->accumulated) == TMESH_JSON_NULL) {
        request->accumulated = TMESH_BYTES_NONE;
    }
    if (!request->cursor.data) {
        tmesh_body_object_to(body, "checkpoint", "missing_field", "a checkpoint needs a cursor");
    } else if (!read_items_processed(tmesh_json_member(payload, "items_processed"),
                                     &request->items_processed)) {
        tmesh_body_object_to(body, "checkpoint", "out_of_range",
                             "items_processed is an integer of 0 and more");
    }
}

void tmesh_gateway_step_checkpoint(tmesh_gateway_t *self, tmesh_gateway_command_t *command)
{
    tmesh_save_checkpoint_request_t request = {0};
    if (!tmesh_gateway_read_fence(&command->body, &request.fence)) return;
    read_checkpoint(self, command, &request);
    if (command->fault) return;
    const tmesh_run_t *run = tmesh_gateway_find_run(self, &request.fence);
    if (run && run->session) {
        request.sent_at_ms = run->sent_at_ms;
        request.worker = tmesh_arena_text(command->arena, run->session->name);
    }
    request.arena = tmesh_gateway_give_arena(self, command, true);
    tmesh_gateway_pending_t *pending = tmesh_gateway_hold(self, &command->from, NULL, NULL);
    tmesh_err_t err = tmesh_ask_save_checkpoint(self->context, &request, on_saved, pending->tag);
    tmesh_gateway_asked(self, pending, err, &request.arena);
}

// ---- STEP.HEARTBEAT

// The store hears of it at most twice in a time limit, which is as much as it has to know.
static void extend(tmesh_gateway_t *self, tmesh_run_t *run)
{
    if (!run->session->extends_time_limit || run->timeout_ms == 0) return;
    int64_t now_ms = tmesh_gateway_now_ms(self);
    int64_t since_ms = run->extended_ms ? run->extended_ms : run->note_at_ms;
    if (now_ms - since_ms < run->timeout_ms / 2) return;
    tmesh_note_steps_sent_request_t request = {
        .arena = tmesh_arena_new(),
        .fence = run->fence,
        .sent_at_ms = tmesh_clock_now_ms(self->clock),
        .extends = true,
    };
    request.worker = tmesh_arena_text(request.arena, run->session->name);
    if (tmesh_tell_note_steps_sent(self->context, &request)) { // the next beat tries again
        tmesh_arena_destroy(&request.arena);
        return;
    }
    run->extended_ms = now_ms;
}

static void note_progress(tmesh_body_t *item, tmesh_run_t *run)
{
    tmesh_bytes_t progress = tmesh_json_member(item->text, "progress");
    if (!progress.data || progress.size > PROGRESS_BYTES_MAX) return;
    tmesh_free(run->progress);
    run->progress = tmesh_printf("%.*s", (int)progress.size, progress.data);
}

static void beat(tmesh_gateway_t *self, tmesh_body_t *item, tmesh_writer_t *writer)
{
    tmesh_fence_t fence;
    (void)tmesh_gateway_read_fence(item, &fence);
    tmesh_run_t *run = tmesh_gateway_find_run(self, &fence);
    bool is_known = run && run->state == TMESH_RUN_SENT;
    if (is_known) {
        note_progress(item, run);
        extend(self, run);
    }
    tmesh_writer_open_object(writer, NULL);
    tmesh_writer_uuid(writer, "step_uuid", fence.step_id.bytes);
    tmesh_writer_integer(writer, "run", fence.run);
    tmesh_writer_integer(writer, "status", is_known ? TMESH_STATUS_OK : TMESH_STATUS_CONFLICT);
    if (!is_known) tmesh_writer_text(writer, "code", "stale_run");
    tmesh_writer_close_object(writer);
}

// One that can not be read refuses the whole message, before anything is done.
static void check_beats(tmesh_body_t *body)
{
    tmesh_items_t items;
    tmesh_body_items(body, "runs", TMESH_BODY_NEEDED, 0, RUNS_MAX, &items);
    tmesh_body_t item;
    tmesh_fence_t fence;
    while (tmesh_items_next(&items, NULL, &item)) (void)tmesh_gateway_read_fence(&item, &fence);
}

void tmesh_gateway_step_heartbeat(tmesh_gateway_t *self, tmesh_gateway_command_t *command)
{
    // A run that a new server does not know may still be the worker's: it has to say HELLO first.
    if (tmesh_body_has(&command->body, "session") && tmesh_gateway_find_session(self, command)) {
        return;
    }
    check_beats(&command->body);
    if (command->fault) return;
    tmesh_items_t items;
    tmesh_body_items(&command->body, "runs", TMESH_BODY_NEEDED, 0, RUNS_MAX, &items);
    tmesh_auto(tmesh_buffer) body = tmesh_buffer_new();
    tmesh_writer_t writer = tmesh_writer(body);
    tmesh_writer_open_object(&writer, NULL);
    tmesh_writer_open_array(&writer, "runs");
    tmesh_body_t item;
    while (tmesh_items_next(&items, NULL, &item)) beat(self, &item, &writer);
    tmesh_writer_close_array(&writer);
    tmesh_writer_close_object(&writer);
    tmesh_gateway_reply(self, &command->from, TMESH_STATUS_OK, body);
}

// ---- STEP.INPUTS

static void on_inputs(void *object, const tmesh_query_inputs_answer_t *answer)
{
    tmesh_gateway_t *self = object;
    tmesh_gateway_pending_t *pending =
        tmesh_gateway_answered(self, answer->tag, answer->err, answer->fault);
    if (!pending) return;
    tmesh_gateway_reply_encoded(self, &pending->to, TMESH_STATUS_OK, &answer->reply->encoded);
    tmesh_gateway_release(self, &pending);
}

static void read_names(tmesh_body_t *body, tmesh_query_inputs_request_t *request)
{
    tmesh_items_t items;
    tmesh_body_items(body, "names", TMESH_BODY_OPTIONAL, 1, INPUT_NAMES_MAX, &items);
    const char **names = tmesh_arena_alloc(body->arena, (items.count + 1) * sizeof *names);
    while (tmesh_items_next_text(&items, 1, NAME_CHARS_MAX, &names[request->name_count])) {
        request->name_count++;
    }
    request->names = names;
}

void tmesh_gateway_step_inputs(tmesh_gateway_t *self, tmesh_gateway_command_t *command)
{
    tmesh_query_inputs_request_t request = {0};
    if (!tmesh_gateway_read_fence(&command->body, &request.fence)) return;
    read_names(&command->body, &request);
    if (command->fault) return;
    request.arena = tmesh_gateway_give_arena(self, command, false);
    tmesh_gateway_pending_t *pending = tmesh_gateway_hold(self, &command->from, NULL, NULL);
    tmesh_err_t err = tmesh_ask_query_inputs(self->context, &request, on_inputs, pending->tag);
    tmesh_gateway_asked(self, pending, err, &request.arena);
}
