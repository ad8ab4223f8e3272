// TASK.SUBMIT: one task, or an array of them in one transaction with item by item answers.
#include "actors/gateway_parts.h"
#include "runtime/base/memory.h"

enum {
    NAME_CHARS_MAX = 255,
    REASON_CHARS_MAX = 500,
    PRIORITY_MAX = 100,
};
static const int64_t delay_ms_max = 10ll * 365 * 86400000;
static const int64_t time_ms_max = 253402300799000; // the end of the year 9999

static const char *const duplicate_words[] = {
    [TMESH_ON_DUPLICATE_REJECT] = "reject",
    [TMESH_ON_DUPLICATE_RETURN] = "return",
    [TMESH_ON_DUPLICATE_ALLOW_IF_ENDED] = "allow_if_ended",
};

// What is kept until the answer comes.
typedef struct {
    bool is_array;
    size_t count;
    tmesh_fault_t **refusals; // per item; NULL: it was sent
} submission_t;

static submission_t *new_submission(bool is_array, size_t count)
{
    submission_t *state = tmesh_alloc(sizeof *state);
    state->is_array = is_array;
    state->count = count;
    state->refusals = tmesh_alloc_array(count, sizeof(tmesh_fault_t *));
    return state;
}

static void free_submission(void *object)
{
    submission_t *state = object;
    for (size_t i = 0; i < state->count; i++) tmesh_fault_destroy(&state->refusals[i]);
    tmesh_free(state->refusals);
    tmesh_free(state);
}

// ---- At the door --------------------------------------------------------------------------------

static tmesh_bytes_t read_context(tmesh_body_t *item)
{
    tmesh_bytes_t context = tmesh_body_frame(item, "context", TMESH_BODY_OPTIONAL);
    if (*item->fault_p || !context.data) return TMESH_BYTES_NONE;
    const char *where = tmesh_arena_printf(item->arena, "%s/context", item->where);
    if (tmesh_json_check(context, &tmesh_json_limits_context, where, item->fault_p)) {
        return TMESH_BYTES_NONE;
    }
    if (tmesh_json_kind(context) != TMESH_JSON_OBJECT) {
        tmesh_body_object_to(item, "context", "not_an_object", "context must be a JSON object");
    }
    return context;
}

static void read_times(tmesh_body_t *item, tmesh_submission_t *submission)
{
    submission->run_at_ms = tmesh_body_integer(item, "run_at", 0, time_ms_max, 0);
    submission->delay_ms = tmesh_body_integer(item, "delay_ms", 0, delay_ms_max, 0);
    if (tmesh_body_has(item, "run_at") && tmesh_body_has(item, "delay_ms")) {
        tmesh_body_object_to(item, "delay_ms", "contradiction",
                             "run_at and delay_ms say the same in two ways: give one");
    }
}

static tmesh_submission_t read_submission(tmesh_body_t *item)
{
    const unsigned containers = 1u << TMESH_JSON_ARRAY | 1u << TMESH_JSON_OBJECT;
    const unsigned or_null = containers | 1u << TMESH_JSON_NULL;
    const tmesh_body_need_t optional = TMESH_BODY_OPTIONAL;
    tmesh_submission_t submission = {
        .namespace_name =
            tmesh_body_text(item, "namespace", TMESH_BODY_NEEDED, 1, NAME_CHARS_MAX),
        .name = tmesh_body_text(item, "name", TMESH_BODY_NEEDED, 1, NAME_CHARS_MAX),
        .version = tmesh_body_text(item, "version", optional, 1, NAME_CHARS_MAX),
        .initiator = tmesh_body_text(item, "initiator", optional, 0, NAME_CHARS_MAX),
        .source_system = tmesh_body_text(item, "source_system", optional, 0, NAME_CHARS_MAX),
        .reason = tmesh_body_text(item, "reason", optional, 0, REASON_CHARS_MAX),
        .tags = tmesh_body_json(item, "tags", optional, or_null),
        .options = tmesh_body_json(item, "options", optional, or_null),
        .priority =
            (int32_t)tmesh_body_integer(item, "priority", -PRIORITY_MAX, PRIORITY_MAX, 0),
        .correlation_id = tmesh_body_text(item, "correlation_id", optional, 1, NAME_CHARS_MAX),
        .parent_correlation_id =
            tmesh_body_text(item, "parent_correlation_id", optional, 1, NAME_CHARS_MAX),
        .idempotency_key = tmesh_body_text(item, "idempotency_key", optional, 1, NAME_CHARS_MAX),
        .auto_idempotency_key =
            tmesh_body_text(item, "auto_idempotency_key", optional, 1, NAME_CHARS_MAX),
        .on_duplicate = (tmesh_on_duplicate_t)tmesh_body_word(
            item, "on_duplicate", duplicate_words, TMESH_COUNT_OF(duplicate_words),
            TMESH_ON_DUPLICATE_REJECT),
    };
    if (tmesh_json_kind(submission.tags) == TMESH_JSON_NULL) submission.tags = TMESH_BYTES_NONE;
    if (tmesh_json_kind(submission.options) == TMESH_JSON_NULL) {
        submission.options = TMESH_BYTES_NONE;
    }
    read_times(item, &submission);
    submission.context = read_context(item);
    return submission;
}

// Those that passed the door go into the request, the others into the state.
static size_t read_items(tmesh_items_t *items, submission_t *state, tmesh_submission_t *submissions)
{
    size_t passed = 0;
    tmesh_body_t item;
    for (size_t i = 0; i < state->count; i++) {
        if (!tmesh_items_next(items, &state->refusals[i], &item)) break;
        submissions[passed] = read_submission(&item);
        if (!state->refusals[i]) passed++;
    }
    return passed;
}

// ---- The answer ---------------------------------------------------------------------------------

static void write_created(tmesh_writer_t *writer, const tmesh_submission_answer_t *answer)
{
    tmesh_writer_uuid(writer, "task_uuid", answer->task_id.bytes);
    tmesh_writer_integer(writer, "step_count", answer->step_count);
    tmesh_writer_integer(writer, "created_at", answer->created_at_ms);
}

static int status_of(const tmesh_submission_answer_t *answer)
{
    if (answer->fault) return tmesh_status_of_fault(answer->fault);
    return answer->existed ? TMESH_STATUS_OK : TMESH_STATUS_CREATED;
}

static void reply_single(tmesh_gateway_t *self, const tmesh_frames_address_t *to,
                         const tmesh_submission_answer_t *answer)
{
    if (answer->fault) {
        tmesh_gateway_reply_fault(self, to, answer->fault);
        return;
    }
    tmesh_auto(tmesh_buffer) body = tmesh_buffer_new();
    tmesh_writer_t writer = tmesh_writer(body);
    tmesh_writer_open_object(&writer, NULL);
    write_created(&writer, answer);
    tmesh_writer_close_object(&writer);
    tmesh_gateway_reply(self, to, status_of(answer), body);
}

static void write_item(tmesh_writer_t *writer, int status, const tmesh_fault_t *fault,
                       const tmesh_submission_answer_t *answer)
{
    tmesh_writer_open_object(writer, NULL);
    tmesh_writer_integer(writer, "status", status);
    if (fault) tmesh_codec_write_error(writer, fault, 0);
    else write_created(writer, answer);
    tmesh_writer_close_object(writer);
}

// `answers` are those of the items that passed the door, in their order.
static void reply_array(tmesh_gateway_t *self, const tmesh_frames_address_t *to,
                        const submission_t *state, const tmesh_submission_answer_t *answers,
                        size_t answer_count)
{
    tmesh_auto(tmesh_buffer) body = tmesh_buffer_new();
    tmesh_writer_t writer = tmesh_writer(body);
    tmesh_writer_open_object(&writer, NULL);
    tmesh_writer_open_array(&writer, "tasks");
    size_t next = 0;
    for (size_t i = 0; i < state->count; i++) {
        const tmesh_fault_t *refusal = state->refusals[i];
        if (refusal) {
            write_item(&writer, tmesh_status_of_fault(refusal), refusal, NULL);
        } else if (next < answer_count) {
            const tmesh_submission_answer_t *answer = &answers[next++];
            write_item(&writer, status_of(answer), answer->fault, answer);
        }
    }
    tmesh_writer_close_array(&writer);
    tmesh_writer_close_object(&writer);
    tmesh_gateway_reply(self, to, TMESH_STATUS_OK, body);
}

static void on_created(void *object, const tmesh_process_task_request_answer_t *answer)
{
    tmesh_gateway_t *self = object;
    tmesh_gateway_pending_t *pending = tmesh_gateway_find(self, answer->tag);
    if (!pending) return;
    const submission_t *state = pending->state;
    if (answer->err) {
        tmesh_gateway_reply_error(self, &pending->to, answer->err, answer->fault);
    } else if (state->is_array) {
        reply_array(self, &pending->to, state, answer->reply->answers, answer->reply->count);
    } else {
        reply_single(self, &pending->to, &answer->reply->answers[0]);
    }
    tmesh_gateway_release(self, &pending);
}

static void ask(tmesh_gateway_t *self, tmesh_gateway_command_t *command, submission_t *state,
                const tmesh_submission_t *submissions, size_t count)
{
    tmesh_gateway_pending_t *pending =
        tmesh_gateway_hold(self, &command->from, state, free_submission);
    tmesh_process_task_request_request_t request = {
        .arena = tmesh_gateway_give_arena(self, command, true),
        .count = count,
        .submissions = submissions,
    };
    tmesh_err_t err =
        tmesh_ask_process_task_request(self->context, &request, on_created, pending->tag);
    tmesh_gateway_asked(self, pending, err, &request.arena);
}

static void submit_array(tmesh_gateway_t *self, tmesh_gateway_command_t *command)
{
    tmesh_items_t items;
    tmesh_body_items(&command->body, "tasks", TMESH_BODY_NEEDED, 1, TMESH_GATEWAY_SUBMISSIONS_MAX,
                     &items);
    if (command->fault) return;
    submission_t *state = new_submission(true, items.count);
    tmesh_submission_t *submissions =
        tmesh_arena_alloc(command->arena, items.count * sizeof *submissions);
    size_t passed = read_items(&items, state, submissions);
    if (passed > 0) {
        ask(self, command, state, submissions, passed);
        return;
    }
    reply_array(self, &command->from, state, NULL, 0);
    free_submission(state);
}

void tmesh_gateway_submit(tmesh_gateway_t *self, tmesh_gateway_command_t *command)
{
    if (tmesh_body_has(&command->body, "tasks")) {
        submit_array(self, command);
        return;
    }
    tmesh_submission_t *submission = tmesh_arena_alloc(command->arena, sizeof *submission);
    *submission = read_submission(&command->body);
    if (!command->fault) ask(self, command, new_submission(false, 0), submission, 1);
}
