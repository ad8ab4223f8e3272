// One result as a worker wrote it, made into a request. Past the fence nothing is refused: what
// nobody can use is a permanent failure of the step (SPEC 5.2), so that it ends.
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "actors/gateway_parts.h"
#include "runtime/base/memory.h"
#include "services/domain/utf8.h"

enum {
    CODE_CHARS_MAX = 128,
    MESSAGE_BYTES_MAX = 16384, // longer ones are cut, not refused: they come from anywhere
};
static const double wait_seconds_max = 10.0 * 365 * 86400;

// ---- When the worker wishes to be asked again ---------------------------------------------------

static tmesh_bytes_t member_of(tmesh_bytes_t object, const char *key)
{
    if (tmesh_json_kind(object) != TMESH_JSON_OBJECT) return TMESH_BYTES_NONE;
    return tmesh_json_member(object, key);
}

// A header's name may be written in any case.
static tmesh_bytes_t find_header(tmesh_bytes_t headers, const char *quoted_name)
{
    if (tmesh_json_kind(headers) != TMESH_JSON_OBJECT) return TMESH_BYTES_NONE;
    const size_t name_size = strlen(quoted_name);
    size_t position = 0;
    tmesh_bytes_t key, value;
    while (tmesh_json_next(headers, &position, &key, &value)) {
        if (key.size == name_size && strncasecmp(key.data, quoted_name, name_size) == 0) {
            return value;
        }
    }
    return TMESH_BYTES_NONE;
}

static int64_t wait_ms_of_seconds(double seconds)
{
    if (!(seconds >= 0)) return -1;
    return (int64_t)((seconds < wait_seconds_max ? seconds : wait_seconds_max) * 1000);
}

// "Sun, 22 Nov 2026 10:00:00 GMT", or with an offset like +0100. -1: no such date, or a past one.
static int64_t wait_ms_of_date(const char *text, int64_t now_ms)
{
    struct tm date = {0};
    const char *rest = strptime(text, "%a, %d %b %Y %H:%M:%S ", &date);
    if (!rest) return -1;
    long offset_s = 0;
    if (strcmp(rest, "GMT") != 0 && strcmp(rest, "UTC") != 0) {
        struct tm zone = {0};
        if (!strptime(rest, "%z", &zone)) return -1;
        offset_s = zone.tm_gmtoff;
    }
    int64_t wait_ms = ((int64_t)timegm(&date) - offset_s) * 1000 - now_ms;
    return wait_ms < 0 ? -1 : wait_ms;
}

static int64_t wait_ms_of_header(tmesh_bytes_t value, int64_t now_ms)
{
    tmesh_auto(tmesh_buffer) text = tmesh_buffer_new();
    tmesh_json_kind_t kind = tmesh_json_kind(value);
    if (kind == TMESH_JSON_STRING) tmesh_json_unescape(value, text);
    else if (kind == TMESH_JSON_NUMBER) tmesh_buffer_add(text, value.data, value.size);
    else return -1;
    char *end = NULL;
    double seconds = strtod(tmesh_buffer_text(text), &end);
    if (end != tmesh_buffer_text(text) && !*end) return wait_ms_of_seconds(seconds);
    return wait_ms_of_date(tmesh_buffer_text(text), now_ms);
}

static int64_t read_wait(tmesh_bytes_t result, int64_t now_ms)
{
    tmesh_bytes_t wishes = member_of(result, "orchestration_metadata");
    int64_t wait_ms =
        wait_ms_of_header(find_header(member_of(wishes, "headers"), "\"Retry-After\""), now_ms);
    if (wait_ms >= 0) return wait_ms;
    tmesh_bytes_t delay = member_of(member_of(wishes, "backoff_hint"), "delay_seconds");
    return wait_ms_of_header(delay, now_ms);
}

// ---- Success and failure ------------------------------------------------------------------------

static void read_success(tmesh_body_t *item, int64_t bytes_max,
                         tmesh_process_step_result_request_t *request)
{
    request->kind = TMESH_RESULT_SUCCESS;
    request->result = tmesh_bytes_of_text("null");
    if (!tmesh_body_has(item, "result")) return;
    size_t index = 0;
    if (!tmesh_body_frame_index(item, "result", TMESH_BODY_OPTIONAL, &index)) return;
    tmesh_json_limits_t limits = tmesh_json_limits_result;
    limits.bytes_max = (size_t)bytes_max;
    const char *where = tmesh_arena_printf(item->arena, "%s/result", item->where);
    tmesh_bytes_t payload = tmesh_frames_payload(item->frames, index);
    if (tmesh_json_check(payload, &limits, where, item->fault_p)) return;
    request->result = tmesh_frames_share_payload(item->frames, index, request->arena);
}

static char *cut(tmesh_arena_t *arena, const char *text)
{
    size_t size = strlen(text);
    if (size <= MESSAGE_BYTES_MAX) return tmesh_arena_text(arena, text);
    size = tmesh_utf8_valid_bytes(tmesh_bytes(text, MESSAGE_BYTES_MAX));
    return tmesh_arena_printf(arena, "%.*s", (int)size, text);
}

// Told apart from "false" by its first byte: `value` was checked.
static bool is_true(tmesh_bytes_t value)
{
    return tmesh_json_kind(value) == TMESH_JSON_BOOL && tmesh_bytes_equal_text(value, "true");
}

static void read_failure(tmesh_body_t *item, int64_t now_ms,
                         tmesh_process_step_result_request_t *request)
{
    const tmesh_body_need_t optional = TMESH_BODY_OPTIONAL;
    request->kind = TMESH_RESULT_FAILURE;
    tmesh_body_t error;
    if (!tmesh_body_object(item, "error", TMESH_BODY_NEEDED, &error)) return;
    const char *message = tmesh_body_text(&error, "message", TMESH_BODY_NEEDED, 0, SIZE_MAX);
    const char *code = tmesh_body_text(&error, "code", optional, 1, CODE_CHARS_MAX);
    const char *type = tmesh_body_text(&error, "error_type", optional, 1, CODE_CHARS_MAX);
    if (*item->fault_p) return;
    request->error_message = cut(request->arena, message);
    if (!code) code = type ? type : "step_failed";
    request->error_code = tmesh_arena_text(request->arena, code);
    request->retryable = is_true(member_of(error.text, "retryable")) ||
                         is_true(member_of(member_of(item->text, "metadata"), "retryable"));
    request->retry_after_ms = read_wait(item->text, now_ms);
}

static void make_unusable(tmesh_process_step_result_request_t *request, const tmesh_fault_t *fault)
{
    bool too_large = strcmp(fault->code, "too_large") == 0;
    request->kind = TMESH_RESULT_UNUSABLE;
    request->result = TMESH_BYTES_NONE;
    request->retryable = false;
    request->error_code = too_large ? "result_too_large" : "invalid_result";
    request->error_message = tmesh_arena_printf(request->arena, "%s%s%s", fault->where,
                                                *fault->where ? ": " : "", fault->message);
}

// Kept beside the result as it was written; not for the sake of which a result would be refused.
static tmesh_bytes_t read_extra(tmesh_body_t *item, const char *key, int64_t bytes_max,
                                tmesh_arena_t *arena)
{
    tmesh_bytes_t json = member_of(item->text, key);
    if (tmesh_json_kind(json) != TMESH_JSON_OBJECT || (int64_t)json.size > bytes_max) {
        return TMESH_BYTES_NONE;
    }
    return tmesh_arena_bytes(arena, json);
}

bool tmesh_gateway_read_fence(tmesh_body_t *item, tmesh_fence_t *fence)
{
    (void)tmesh_body_uuid(item, "step_uuid", TMESH_BODY_NEEDED, fence->step_id.bytes);
    fence->run = (uint32_t)tmesh_body_integer_needed(item, "run", 1, UINT32_MAX);
    (void)tmesh_body_token(item, "run_token", TMESH_BODY_NEEDED, fence->token.bytes);
    return !*item->fault_p;
}

bool tmesh_gateway_read_result(tmesh_body_t *item, int64_t bytes_max, int64_t now_ms,
                               tmesh_process_step_result_request_t *request,
                               tmesh_fault_t **fault_p)
{
    *request = (tmesh_process_step_result_request_t){.retry_after_ms = -1};
    item->fault_p = fault_p;
    if (!tmesh_gateway_read_fence(item, &request->fence)) return false;
    tmesh_auto(tmesh_fault) fault = NULL;
    item->fault_p = &fault;
    request->arena = tmesh_arena_new();
    if (tmesh_body_bool(item, "pending", false)) {
        request->kind = TMESH_RESULT_PENDING;
        if (!fault) return true;
    }
    bool has_success = tmesh_body_has(item, "success");
    bool success = tmesh_body_bool(item, "success", false);
    if (!has_success) tmesh_body_object_to(item, "success", "missing_field", "success is needed");
    if (!fault && success) read_success(item, bytes_max, request);
    if (!fault && !success) read_failure(item, now_ms, request);
    if (fault) make_unusable(request, fault);
    request->error = read_extra(item, "error", bytes_max, request->arena);
    request->metadata = read_extra(item, "metadata", bytes_max, request->arena);
    return true;
}
