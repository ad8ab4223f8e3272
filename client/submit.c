// TASK.SUBMIT, and what a repeat of it means.
#include <assert.h>
#include <string.h>

#include "client/answer.h"
#include "client/requests.h"
#include "runtime/base/memory.h"
#include "services/domain/ids.h"
#include "services/domain/json_text.h"
#include "services/wire/status.h"

enum { TASKS_MAX = 1000 };

static void add_text(tmesh_writer_t *writer, const char *key, const char *text)
{
    if (text) tmesh_writer_text(writer, key, text);
}

static void add_json(tmesh_writer_t *writer, const char *key, tmesh_view_t json)
{
    if (json.data) tmesh_writer_json(writer, key, tmesh_bytes(json.data, json.size));
}

// The open object becomes the request; its context the next payload, if it has one.
static void write_task(tmesh_writer_t *writer, const tmesh_client_task_t *task,
                       const char *auto_key, tmesh_view_t *payloads, size_t *payload_count)
{
    tmesh_writer_text(writer, "namespace", task->namespace_name);
    tmesh_writer_text(writer, "name", task->name);
    add_text(writer, "version", task->version);
    if (task->context.data) {
        tmesh_writer_frame(writer, "context", *payload_count);
        payloads[(*payload_count)++] = task->context;
    }
    if (task->idempotency_key) {
        tmesh_writer_text(writer, "idempotency_key", task->idempotency_key);
    } else {
        tmesh_writer_text(writer, "auto_idempotency_key", auto_key);
    }
    add_text(writer, "on_duplicate", task->on_duplicate);
    if (task->priority) tmesh_writer_integer(writer, "priority", task->priority);
    if (task->delay_ms) tmesh_writer_integer(writer, "delay_ms", task->delay_ms);
    if (task->run_at_ms) tmesh_writer_integer(writer, "run_at", task->run_at_ms);
    add_text(writer, "initiator", task->initiator);
    add_text(writer, "source_system", task->source_system);
    add_text(writer, "reason", task->reason);
    add_text(writer, "correlation_id", task->correlation_id);
    add_text(writer, "parent_correlation_id", task->parent_correlation_id);
    add_json(writer, "tags", task->tags);
    add_json(writer, "options", task->options);
}

static void draw_key(tmesh_client_t *self, tmesh_uuid_text_t text)
{
    uint8_t id[16];
    tmesh_random_fill(tmesh_client_random(self), id, sizeof id);
    id[6] = (uint8_t)((id[6] & 0x0f) | 0x40); // a UUID of version 4
    id[8] = (uint8_t)((id[8] & 0x3f) | 0x80);
    (void)tmesh_uuid_format(id, text);
}

// Did the first try of this very call make the task that the repeat was refused for?
static bool is_own_repeat(const tmesh_answer_t *answer, const char *auto_key)
{
    if (tmesh_answer_status(answer) != TMESH_STATUS_CONFLICT) return false;
    tmesh_view_t details = tmesh_answer_error_details(answer);
    if (!details.data) return false;
    tmesh_bytes_t key =
        tmesh_json_member(tmesh_bytes(details.data, details.size), "auto_idempotency_key");
    tmesh_auto(tmesh_buffer) text = tmesh_buffer_new();
    if (tmesh_json_kind(key) != TMESH_JSON_STRING) return false;
    tmesh_json_unescape(key, text);
    return strcmp(tmesh_buffer_text(text), auto_key) == 0;
}

tmesh_answer_t *tmesh_client_submit(tmesh_client_t *self, const tmesh_client_task_t *task)
{
    tmesh_uuid_text_t auto_key;
    draw_key(self, auto_key);
    tmesh_auto(tmesh_buffer) body = tmesh_buffer_new();
    tmesh_view_t payload;
    size_t payload_count = 0;
    tmesh_writer_t writer = tmesh_writer(body);
    tmesh_writer_open_object(&writer, NULL);
    write_task(&writer, task, auto_key, &payload, &payload_count);
    tmesh_writer_close_object(&writer);
    bool was_repeated = false;
    const tmesh_client_call_t call = {.command = "TASK.SUBMIT",
                                      .body = tmesh_buffer_bytes(body),
                                      .payloads = &payload,
                                      .payload_count = payload_count,
                                      .was_repeated = &was_repeated};
    tmesh_answer_t *answer = tmesh_client_call(self, &call);
    if (!was_repeated || !is_own_repeat(answer, auto_key)) return answer;
    tmesh_answer_t *created = tmesh_answer_new_created(answer);
    tmesh_answer_destroy(&answer);
    return created;
}

tmesh_answer_t *tmesh_client_submit_many(tmesh_client_t *self, const tmesh_client_task_t *tasks,
                                         size_t count)
{
    assert(count >= 1 && count <= TASKS_MAX);
    tmesh_auto(tmesh_buffer) body = tmesh_buffer_new();
    tmesh_auto_free tmesh_view_t *payloads = tmesh_alloc_array(count, sizeof *payloads);
    size_t payload_count = 0;
    tmesh_writer_t writer = tmesh_writer(body);
    tmesh_writer_open_object(&writer, NULL);
    tmesh_writer_open_array(&writer, "tasks");
    for (size_t i = 0; i < count; i++) {
        tmesh_uuid_text_t auto_key;
        draw_key(self, auto_key);
        tmesh_writer_open_object(&writer, NULL);
        write_task(&writer, &tasks[i], auto_key, payloads, &payload_count);
        tmesh_writer_close_object(&writer);
    }
    tmesh_writer_close_array(&writer);
    tmesh_writer_close_object(&writer);
    const tmesh_client_call_t call = {.command = "TASK.SUBMIT",
                                      .body = tmesh_buffer_bytes(body),
                                      .payloads = payloads,
                                      .payload_count = payload_count};
    return tmesh_client_call(self, &call);
}
