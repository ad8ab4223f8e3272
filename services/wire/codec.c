#include "services/wire/codec.h"

#include <stdio.h>

#include "runtime/base/memory.h"
#include "services/domain/json_text.h"
#include "services/wire/jansson_text.h"
#include "services/wire/status.h"

enum {
    CODE_CHARS_MAX = 255,
    TEXT_CHARS_MAX = 65536,
    RETRY_AFTER_MS_MAX = 86400000,
};

// Brackets outside of strings, before anybody recurses into them.
static bool is_too_deep(tmesh_bytes_t body)
{
    int depth = 0;
    bool in_string = false;
    for (size_t i = 0; i < body.size; i++) {
        char c = body.data[i];
        if (in_string) {
            if (c == '\\') i++;
            else if (c == '"') in_string = false;
        } else if (c == '"') {
            in_string = true;
        } else if (c == '{' || c == '[') {
            if (++depth > TMESH_CODEC_DEPTH_MAX) return true;
        } else if (c == '}' || c == ']') {
            depth--;
        }
    }
    return false;
}

static void release_json(void *object)
{
    json_decref(object);
}

// jansson alone, which is quick, and where it gives up although the text is JSON, once more without
// what it can not hold. NULL with *error set: it is none.
static json_t *load(tmesh_bytes_t body, json_error_t *error)
{
    json_t *json =
        json_loadb(body.data, body.size, JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, error);
    if (json) return json;
    const tmesh_json_limits_t limits = {.bytes_max = body.size,
                                        .depth_max = TMESH_CODEC_DEPTH_MAX + 1,
                                        .members_max = UINT32_MAX,
                                        .string_chars_max = UINT32_MAX};
    tmesh_auto(tmesh_fault) fault = NULL;
    if (tmesh_json_check(body, &limits, "", &fault)) return NULL;
    tmesh_auto(tmesh_buffer) text = tmesh_buffer_new();
    tmesh_jansson_text_write(body, text);
    return json_loadb(text->data, text->size, JSON_ALLOW_NUL, error); // equal keys were refused above
}

static tmesh_err_t refuse(tmesh_fault_t **fault_p, const char *code, const char *message)
{
    if (!*fault_p) *fault_p = tmesh_fault_new(TMESH_ERR_INVALID, code, NULL, "%s", message);
    return TMESH_ERR_INVALID;
}

tmesh_err_t tmesh_codec_open_bytes(tmesh_bytes_t body, tmesh_arena_t *arena,
                                   tmesh_fault_t **fault_p, tmesh_body_t *fields)
{
    tmesh_body_t opened = {
        .text = tmesh_bytes_of_text("{}"), .where = "", .arena = arena, .fault_p = fault_p};
    if (body.size == 0 || tmesh_bytes_equal(body, opened.text)) { // nothing to parse
        *fields = opened;
        return TMESH_OK;
    }
    if (is_too_deep(body)) return refuse(fault_p, "too_deep", "the body is nested too deeply");
    json_error_t error;
    json_t *json = load(body, &error);
    if (!json) {
        char message[sizeof error.text + 64];
        snprintf(message, sizeof message, "the body is not JSON: line %d, column %d: %s",
                 error.line, error.column, error.text);
        return refuse(fault_p, "invalid_json", message);
    }
    tmesh_arena_adopt(arena, json, release_json);
    if (!json_is_object(json)) {
        return refuse(fault_p, "not_an_object", "the body must be a JSON object");
    }
    opened.object = json;
    opened.text = body;
    *fields = opened;
    return TMESH_OK;
}

tmesh_err_t tmesh_codec_open(tmesh_frames_t *frames, tmesh_arena_t *arena, tmesh_fault_t **fault_p,
                             tmesh_body_t *fields)
{
    tmesh_err_t err = tmesh_codec_open_bytes(tmesh_frames_body(frames), arena, fault_p, fields);
    if (err) return err;
    fields->frames = frames;
    return TMESH_OK;
}

void tmesh_codec_write_error(tmesh_writer_t *writer, const tmesh_fault_t *fault,
                             int64_t retry_after_ms)
{
    tmesh_writer_open_object(writer, "error");
    tmesh_writer_text(writer, "code", fault->code);
    tmesh_writer_text(writer, "message", fault->message);
    tmesh_writer_text(writer, "where", fault->where);
    if (fault->details) {
        tmesh_writer_json(writer, "details", tmesh_bytes_of_text(fault->details));
    }
    if (retry_after_ms > 0) tmesh_writer_integer(writer, "retry_after_ms", retry_after_ms);
    tmesh_writer_close_object(writer);
}

tmesh_frames_t *tmesh_codec_error_answer(const tmesh_frames_address_t *to,
                                         const tmesh_fault_t *fault)
{
    int status = tmesh_status_of_fault(fault);
    tmesh_auto(tmesh_buffer) body = tmesh_buffer_new();
    tmesh_writer_t writer = tmesh_writer(body);
    tmesh_writer_open_object(&writer, NULL);
    tmesh_codec_write_error(&writer, fault,
                            status == TMESH_STATUS_NOT_NOW ? TMESH_CODEC_RETRY_AFTER_MS : 0);
    tmesh_writer_close_object(&writer);
    tmesh_frames_t *answer = tmesh_frames_new_answer(to, status);
    tmesh_frames_take_body(answer, body);
    return answer;
}

tmesh_fault_t *tmesh_codec_read_error(tmesh_body_t *fields, int status, int64_t *retry_after_ms)
{
    // Whatever is wrong with the error itself must not hide that there is one.
    tmesh_auto(tmesh_fault) objection = NULL;
    tmesh_body_t whole = *fields;
    whole.fault_p = &objection;
    tmesh_body_t error;
    (void)tmesh_body_object(&whole, "error", TMESH_BODY_OPTIONAL, &error);
    const char *code = tmesh_body_text(&error, "code", TMESH_BODY_OPTIONAL, 0, CODE_CHARS_MAX);
    const char *message =
        tmesh_body_text(&error, "message", TMESH_BODY_OPTIONAL, 0, TEXT_CHARS_MAX);
    const char *where = tmesh_body_text(&error, "where", TMESH_BODY_OPTIONAL, 0, TEXT_CHARS_MAX);
    tmesh_err_t err = tmesh_status_error(status);
    tmesh_fault_t *fault = tmesh_fault_new(err ? err : TMESH_ERR_INVALID, code ? code : "no_code",
                                           where, "status %d", status);
    if (message) snprintf(fault->message, sizeof fault->message, "%s", message);
    tmesh_bytes_t details =
        tmesh_body_json(&error, "details", TMESH_BODY_OPTIONAL, 1u << TMESH_JSON_OBJECT);
    if (details.data) {
        tmesh_fault_set_details(fault, tmesh_arena_bytes(fields->arena, details).data);
    }
    int64_t wait_ms = tmesh_body_integer(&error, "retry_after_ms", 0, RETRY_AFTER_MS_MAX, 0);
    if (retry_after_ms) *retry_after_ms = wait_ms;
    return fault;
}
