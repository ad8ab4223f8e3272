// The commands of include/taskmesh/client.h, as bodies. Submissions are in submit.c.
#include <string.h>

#include "client/answer.h"
#include "client/requests.h"
#include "runtime/base/memory.h"

enum { WAIT_SLICE_MS = 10000 }; // a longer wait takes several questions

static tmesh_writer_t begin(tmesh_buffer_t *body)
{
    tmesh_writer_t writer = tmesh_writer(body);
    tmesh_writer_open_object(&writer, NULL);
    return writer;
}

static void add_text(tmesh_writer_t *writer, const char *key, const char *text)
{
    if (text) tmesh_writer_text(writer, key, text);
}

static void add_positive(tmesh_writer_t *writer, const char *key, int64_t number)
{
    if (number > 0) tmesh_writer_integer(writer, key, number);
}

static tmesh_answer_t *ask(tmesh_client_t *self, const char *command, tmesh_writer_t *writer)
{
    tmesh_writer_close_object(writer);
    const tmesh_client_call_t call = {.command = command, .body = tmesh_buffer_bytes(writer->out)};
    return tmesh_client_call(self, &call);
}

static void add_include(tmesh_writer_t *writer, unsigned include)
{
    tmesh_writer_open_array(writer, "include");
    if (include & TMESH_INCLUDE_CONTEXT) tmesh_writer_text(writer, NULL, "context");
    if (include & TMESH_INCLUDE_STEPS) tmesh_writer_text(writer, NULL, "steps");
    tmesh_writer_close_array(writer);
}

tmesh_answer_t *tmesh_client_get(tmesh_client_t *self, const char *task_uuid, unsigned include)
{
    tmesh_auto(tmesh_buffer) body = tmesh_buffer_new();
    tmesh_writer_t writer = begin(body);
    tmesh_writer_text(&writer, "task_uuid", task_uuid);
    add_include(&writer, include);
    return ask(self, "TASK.GET", &writer);
}

tmesh_answer_t *tmesh_client_steps(tmesh_client_t *self, const char *task_uuid)
{
    tmesh_auto(tmesh_buffer) body = tmesh_buffer_new();
    tmesh_writer_t writer = begin(body);
    tmesh_writer_text(&writer, "task_uuid", task_uuid);
    return ask(self, "TASK.STEPS", &writer);
}

static tmesh_answer_t *wait_a_slice(tmesh_client_t *self, const char *task_uuid, unsigned include,
                                    int64_t slice_ms)
{
    tmesh_auto(tmesh_buffer) body = tmesh_buffer_new();
    tmesh_writer_t writer = begin(body);
    tmesh_writer_text(&writer, "task_uuid", task_uuid);
    tmesh_writer_text(&writer, "until", "settled");
    tmesh_writer_integer(&writer, "timeout_ms", slice_ms);
    add_include(&writer, include);
    tmesh_writer_close_object(&writer);
    const tmesh_client_call_t call = {
        .command = "TASK.WAIT", .body = tmesh_buffer_bytes(body), .patience_ms = slice_ms};
    return tmesh_client_call(self, &call);
}

tmesh_answer_t *tmesh_client_wait(tmesh_client_t *self, const char *task_uuid, unsigned include,
                                  int64_t wait_ms)
{
    const int64_t deadline_ms = wait_ms < 0 ? INT64_MAX : tmesh_client_now_ms(self) + wait_ms;
    for (;;) { // ends at the deadline, with the task, or when the server is gone
        int64_t left_ms = deadline_ms - tmesh_client_now_ms(self);
        int64_t slice_ms = left_ms < 0 ? 0 : left_ms < WAIT_SLICE_MS ? left_ms : WAIT_SLICE_MS;
        tmesh_answer_t *answer = wait_a_slice(self, task_uuid, include, slice_ms);
        if (!tmesh_answer_is_ok(answer)) return answer;
        if (tmesh_answer_integer(answer, "/settled", 0)) return answer;
        if (tmesh_client_now_ms(self) >= deadline_ms) return answer;
        tmesh_answer_destroy(&answer);
    }
}

tmesh_answer_t *tmesh_client_events(tmesh_client_t *self, const char *task_uuid, int64_t after,
                                    int limit, int64_t wait_ms)
{
    tmesh_auto(tmesh_buffer) body = tmesh_buffer_new();
    tmesh_writer_t writer = begin(body);
    tmesh_writer_text(&writer, "task_uuid", task_uuid);
    tmesh_writer_integer(&writer, "after", after);
    if (limit > 0) tmesh_writer_integer(&writer, "limit", limit);
    tmesh_writer_integer(&writer, "wait_ms", wait_ms);
    tmesh_writer_close_object(&writer);
    const tmesh_client_call_t call = {
        .command = "TASK.EVENTS", .body = tmesh_buffer_bytes(body), .patience_ms = wait_ms};
    return tmesh_client_call(self, &call);
}

tmesh_answer_t *tmesh_client_cancel(tmesh_client_t *self, const char *task_uuid, const char *reason,
                                    const char *by)
{
    tmesh_auto(tmesh_buffer) body = tmesh_buffer_new();
    tmesh_writer_t writer = begin(body);
    tmesh_writer_text(&writer, "task_uuid", task_uuid);
    add_text(&writer, "reason", reason);
    add_text(&writer, "by", by);
    return ask(self, "TASK.CANCEL", &writer);
}

// All but the limit, which stands beside a filter.
static void write_filter(tmesh_writer_t *writer, const tmesh_client_filter_t *filter)
{
    add_text(writer, "namespace", filter->namespace_name);
    add_text(writer, "name", filter->name);
    add_text(writer, "version", filter->version);
    add_text(writer, "status", filter->status);
    add_text(writer, "correlation_id", filter->correlation_id);
    add_positive(writer, "created_after_at", filter->created_after_ms);
    add_positive(writer, "created_before_at", filter->created_before_ms);
    add_text(writer, "after", filter->after);
}

tmesh_answer_t *tmesh_client_list(tmesh_client_t *self, const tmesh_client_filter_t *filter)
{
    tmesh_auto(tmesh_buffer) body = tmesh_buffer_new();
    tmesh_writer_t writer = begin(body);
    write_filter(&writer, filter);
    add_positive(&writer, "limit", filter->limit);
    return ask(self, "TASK.LIST", &writer);
}

static void write_targets(tmesh_writer_t *writer, const tmesh_client_deed_t *deed)
{
    if (deed->task_uuids) {
        tmesh_writer_open_array(writer, "task_uuids");
        for (size_t i = 0; i < deed->task_count; i++) {
            tmesh_writer_text(writer, NULL, deed->task_uuids[i]);
        }
        tmesh_writer_close_array(writer);
        return;
    }
    tmesh_writer_open_object(writer, "filter");
    write_filter(writer, deed->filter);
    tmesh_writer_close_object(writer);
    add_positive(writer, "limit", deed->filter->limit);
    if (deed->is_all) tmesh_writer_bool(writer, "all", true);
}

tmesh_answer_t *tmesh_client_act(tmesh_client_t *self, const tmesh_client_deed_t *deed)
{
    tmesh_auto(tmesh_buffer) body = tmesh_buffer_new();
    tmesh_writer_t writer = begin(body);
    add_text(&writer, "action", deed->action);
    add_text(&writer, "reason", deed->reason);
    add_text(&writer, "by", deed->by);
    write_targets(&writer, deed);
    if (deed->dry_run) tmesh_writer_bool(&writer, "dry_run", true);
    tmesh_writer_close_object(&writer);
    const tmesh_client_call_t call = {
        .command = deed->command, .body = tmesh_buffer_bytes(body), .is_sent_once = true};
    return tmesh_client_call(self, &call);
}

static void write_failure(tmesh_writer_t *writer, const tmesh_client_result_t *result)
{
    tmesh_writer_open_object(writer, "error");
    tmesh_writer_text(writer, "message", result->error_message);
    add_text(writer, "code", result->error_code);
    tmesh_writer_bool(writer, "retryable", result->retryable != 0);
    tmesh_writer_close_object(writer);
}

tmesh_answer_t *tmesh_client_finish(tmesh_client_t *self, const tmesh_client_result_t *result)
{
    const bool is_success = !result->error_message;
    tmesh_auto(tmesh_buffer) body = tmesh_buffer_new();
    tmesh_writer_t writer = begin(body);
    tmesh_writer_open_array(&writer, "results");
    tmesh_writer_open_object(&writer, NULL);
    tmesh_writer_text(&writer, "step_uuid", result->step_uuid);
    tmesh_writer_integer(&writer, "run", result->run);
    tmesh_writer_text(&writer, "run_token", result->run_token);
    tmesh_writer_bool(&writer, "success", is_success);
    if (!is_success) write_failure(&writer, result);
    else if (result->result.data) tmesh_writer_frame(&writer, "result", 0);
    tmesh_writer_close_object(&writer);
    tmesh_writer_close_array(&writer);
    tmesh_writer_close_object(&writer);
    const tmesh_client_call_t call = {.command = "STEP.RESULT",
                                      .body = tmesh_buffer_bytes(body),
                                      .payloads = &result->result,
                                      .payload_count = is_success && result->result.data ? 1 : 0};
    tmesh_answer_t *answer = tmesh_client_call(self, &call);
    return tmesh_answer_of_item(&answer, "/results");
}

tmesh_answer_t *tmesh_client_put_template(tmesh_client_t *self, const char *file,
                                          tmesh_view_t source)
{
    tmesh_auto(tmesh_buffer) body = tmesh_buffer_new();
    tmesh_writer_t writer = begin(body);
    tmesh_writer_frame(&writer, "source", 0);
    add_text(&writer, "file", file);
    tmesh_writer_close_object(&writer);
    const tmesh_client_call_t call = {.command = "TEMPLATE.PUT",
                                      .body = tmesh_buffer_bytes(body),
                                      .payloads = &source,
                                      .payload_count = 1};
    return tmesh_client_call(self, &call);
}

tmesh_answer_t *tmesh_client_get_template(tmesh_client_t *self, const char *namespace_name,
                                          const char *name, const char *version)
{
    tmesh_auto(tmesh_buffer) body = tmesh_buffer_new();
    tmesh_writer_t writer = begin(body);
    tmesh_writer_text(&writer, "namespace", namespace_name);
    tmesh_writer_text(&writer, "name", name);
    add_text(&writer, "version", version);
    return ask(self, "TEMPLATE.GET", &writer);
}

tmesh_answer_t *tmesh_client_list_templates(tmesh_client_t *self, const char *namespace_name)
{
    tmesh_auto(tmesh_buffer) body = tmesh_buffer_new();
    tmesh_writer_t writer = begin(body);
    add_text(&writer, "namespace", namespace_name);
    return ask(self, "TEMPLATE.LIST", &writer);
}
