// DLQ.LIST, DLQ.GET, DLQ.ADD, DLQ.UPDATE and DLQ.STATS: what somebody should look into (SPEC 7.1).
#include "actors/gateway_parts.h"
#include "runtime/base/memory.h"

enum {
    NAME_CHARS_MAX = 255,
    NOTES_CHARS_MAX = 10000,
    METADATA_BYTES_MAX = 65536,
    LIST_LIMIT_MAX = 500,
    LIST_LIMIT_DEFAULT = 50,
    STATS_LIMIT_MAX = 100,
    STATS_LIMIT_DEFAULT = 20,
};

// ---- Queries

static void on_dlq(void *object, const tmesh_query_dlq_answer_t *answer)
{
    tmesh_gateway_t *self = object;
    tmesh_gateway_pending_t *pending =
        tmesh_gateway_answered(self, answer->tag, answer->err, answer->fault);
    if (!pending) return;
    tmesh_gateway_reply_encoded(self, &pending->to, TMESH_STATUS_OK, &answer->reply->encoded);
    tmesh_gateway_release(self, &pending);
}

static void query(tmesh_gateway_t *self, tmesh_gateway_command_t *command,
                  tmesh_query_dlq_request_t *request)
{
    if (command->fault) return;
    tmesh_gateway_pending_t *pending = tmesh_gateway_hold(self, &command->from, NULL, NULL);
    tmesh_err_t err = tmesh_ask_query_dlq(self->context, request, on_dlq, pending->tag);
    tmesh_gateway_asked(self, pending, err, &request->arena);
}

static const char *const statuses[] = {
    "",
#define STATUS_WORD(code, word) word,
    TMESH_DLQ_STATUSES(STATUS_WORD)
#undef STATUS_WORD
};
static const char *const reasons[] = {
    "",
#define REASON_WORD(code, word) word,
    TMESH_DLQ_REASONS(REASON_WORD)
#undef REASON_WORD
};

// The code of the word; 0 when it is missing, or objected to.
static int read_code(tmesh_body_t *body, const char *key, const char *const *words, size_t count)
{
    if (!tmesh_body_has(body, key)) return 0;
    return (int)tmesh_body_word(body, key, words + 1, count - 1, 0) + 1;
}

static tmesh_dlq_status_t read_status(tmesh_body_t *body, const char *key)
{
    return (tmesh_dlq_status_t)read_code(body, key, statuses, TMESH_COUNT_OF(statuses));
}

void tmesh_gateway_dlq_list(tmesh_gateway_t *self, tmesh_gateway_command_t *command)
{
    tmesh_body_t *body = &command->body;
    tmesh_query_dlq_request_t request = {
        .what = TMESH_DLQ_QUERY_LIST,
        .status = read_status(body, "status"),
        .reason = (tmesh_dlq_reason_t)read_code(body, "reason", reasons, TMESH_COUNT_OF(reasons)),
        .limit = (uint32_t)tmesh_body_integer(body, "limit", 1, LIST_LIMIT_MAX,
                                              LIST_LIMIT_DEFAULT),
    };
    request.has_task =
        tmesh_body_uuid(body, "task_uuid", TMESH_BODY_OPTIONAL, request.task_id.bytes);
    request.has_before = tmesh_body_uuid(body, "after", TMESH_BODY_OPTIONAL, request.before.bytes);
    query(self, command, &request);
}

void tmesh_gateway_dlq_get(tmesh_gateway_t *self, tmesh_gateway_command_t *command)
{
    tmesh_body_t *body = &command->body;
    tmesh_query_dlq_request_t request = {.what = TMESH_DLQ_QUERY_ENTRY};
    if (tmesh_body_has(body, "task_uuid")) {
        request.what = TMESH_DLQ_QUERY_OF_TASK;
        (void)tmesh_body_uuid(body, "task_uuid", TMESH_BODY_NEEDED, request.task_id.bytes);
        if (tmesh_body_has(body, "dlq_entry_uuid")) {
            tmesh_body_object_to(body, "task_uuid", "contradiction",
                                 "it is one entry, or the newest one of a task");
        }
    } else {
        (void)tmesh_body_uuid(body, "dlq_entry_uuid", TMESH_BODY_NEEDED, request.entry_id.bytes);
    }
    query(self, command, &request);
}

void tmesh_gateway_dlq_stats(tmesh_gateway_t *self, tmesh_gateway_command_t *command)
{
    tmesh_query_dlq_request_t request = {
        .what = TMESH_DLQ_QUERY_STATS,
        .limit = (uint32_t)tmesh_body_integer(&command->body, "limit", 1, STATS_LIMIT_MAX,
                                              STATS_LIMIT_DEFAULT),
    };
    query(self, command, &request);
}

// ---- Changes

static void on_updated(void *object, const tmesh_update_dlq_answer_t *answer)
{
    tmesh_gateway_t *self = object;
    tmesh_gateway_pending_t *pending =
        tmesh_gateway_answered(self, answer->tag, answer->err, answer->fault);
    if (!pending) return;
    const tmesh_update_dlq_reply_t *reply = answer->reply;
    tmesh_auto(tmesh_buffer) body = tmesh_buffer_new();
    tmesh_writer_t writer = tmesh_writer(body);
    tmesh_writer_open_object(&writer, NULL);
    tmesh_writer_uuid(&writer, "dlq_entry_uuid", reply->entry_id.bytes);
    tmesh_writer_uuid(&writer, "task_uuid", reply->task_id.bytes);
    tmesh_writer_text(&writer, "dlq_reason", tmesh_dlq_reason_word(reply->reason));
    tmesh_writer_text(&writer, "resolution_status", tmesh_dlq_status_word(reply->status));
    tmesh_writer_integer(&writer, "dlq_timestamp", reply->created_ms);
    if (reply->resolved_ms) {
        tmesh_writer_integer(&writer, "resolution_timestamp", reply->resolved_ms);
    } else {
        tmesh_writer_null(&writer, "resolution_timestamp");
    }
    tmesh_writer_close_object(&writer);
    int status = answer->request->is_new ? TMESH_STATUS_CREATED : TMESH_STATUS_OK;
    tmesh_gateway_reply(self, &pending->to, status, body);
    tmesh_gateway_release(self, &pending);
}

static void update(tmesh_gateway_t *self, tmesh_gateway_command_t *command,
                   tmesh_update_dlq_request_t *request)
{
    if (command->fault) return;
    tmesh_gateway_pending_t *pending = tmesh_gateway_hold(self, &command->from, NULL, NULL);
    request->arena = tmesh_gateway_give_arena(self, command, true);
    tmesh_err_t err = tmesh_ask_update_dlq(self->context, request, on_updated, pending->tag);
    tmesh_gateway_asked(self, pending, err, &request->arena);
}

void tmesh_gateway_dlq_add(tmesh_gateway_t *self, tmesh_gateway_command_t *command)
{
    // Every other reason is a finding of the server's own.
    static const char *const by_hand[] = {"manual_dlq"};
    tmesh_body_t *body = &command->body;
    tmesh_update_dlq_request_t request = {
        .is_new = true,
        .notes = tmesh_body_text(body, "notes", TMESH_BODY_OPTIONAL, 0, NOTES_CHARS_MAX),
        .by = tmesh_gateway_read_by(body),
    };
    (void)tmesh_body_uuid(body, "task_uuid", TMESH_BODY_NEEDED, request.task_id.bytes);
    request.has_step =
        tmesh_body_uuid(body, "step_uuid", TMESH_BODY_OPTIONAL, request.step_id.bytes);
    (void)tmesh_body_word(body, "reason", by_hand, TMESH_COUNT_OF(by_hand), 0);
    update(self, command, &request);
}

static tmesh_bytes_t read_metadata(tmesh_body_t *body)
{
    tmesh_bytes_t metadata =
        tmesh_body_json(body, "metadata", TMESH_BODY_OPTIONAL, 1u << TMESH_JSON_OBJECT);
    if (metadata.size > METADATA_BYTES_MAX) {
        tmesh_body_object_to(body, "metadata", "too_large", "metadata has at most %d bytes",
                             METADATA_BYTES_MAX);
    }
    return metadata;
}

void tmesh_gateway_dlq_update(tmesh_gateway_t *self, tmesh_gateway_command_t *command)
{
    tmesh_body_t *body = &command->body;
    tmesh_update_dlq_request_t request = {
        .status = read_status(body, "resolution_status"),
        .notes = tmesh_body_text(body, "resolution_notes", TMESH_BODY_OPTIONAL, 0,
                                 NOTES_CHARS_MAX),
        .resolved_by = tmesh_body_text(body, "resolved_by", TMESH_BODY_OPTIONAL, 0,
                                       NAME_CHARS_MAX),
        .metadata = read_metadata(body),
    };
    (void)tmesh_body_uuid(body, "dlq_entry_uuid", TMESH_BODY_NEEDED, request.entry_id.bytes);
    bool says_something =
        request.status || request.notes || request.resolved_by || request.metadata.data;
    if (!says_something) {
        tmesh_body_object_to(body, "resolution_status", "missing_field",
                             "resolution_status, resolution_notes, resolved_by or metadata is "
                             "needed");
    }
    update(self, command, &request);
}
