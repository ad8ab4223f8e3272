#include "client/answer.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "client/document.h"
#include "client/named_results.h"
#include "runtime/base/memory.h"
#include "services/wire/codec.h"
#include "services/wire/status.h"

enum { POINTER_DEPTH_MAX = 16, POINTER_PART_BYTES = 256 };

struct tmesh_answer {
    int status;
    tmesh_arena_t *arena;
    tmesh_frames_t *frames; // NULL when there was no answer
    tmesh_body_t body;      // without fields when it can't be read
    tmesh_fault_t *objection;
    tmesh_fault_t *error; // NULL when all is well
    int64_t retry_after_ms;
    tmesh_buffer_t *document; // made when it is asked for
};

tmesh_answer_t *tmesh_answer_new(tmesh_frames_t **frames_p)
{
    tmesh_answer_t *self = tmesh_alloc(sizeof *self);
    self->arena = tmesh_arena_new();
    self->frames = *frames_p;
    *frames_p = NULL;
    self->status = tmesh_frames_status(self->frames);
    self->body = (tmesh_body_t){.where = "", .arena = self->arena, .fault_p = &self->objection};
    tmesh_err_t err = tmesh_codec_open(self->frames, self->arena, &self->objection, &self->body);
    if (tmesh_status_error(self->status)) {
        self->error = tmesh_codec_read_error(&self->body, self->status, &self->retry_after_ms);
    } else if (err) {
        self->error = tmesh_fault_copy(self->objection);
        self->status = TMESH_STATUS_BROKEN;
    }
    return self;
}

tmesh_answer_t *tmesh_answer_new_missing(const char *code, const char *message)
{
    tmesh_answer_t *self = tmesh_alloc(sizeof *self);
    self->arena = tmesh_arena_new();
    self->body = (tmesh_body_t){.where = "", .arena = self->arena, .fault_p = &self->objection};
    self->error = tmesh_fault_new(TMESH_ERR_TIMEOUT, code, NULL, "%s", message);
    return self;
}

tmesh_answer_t *tmesh_answer_new_created(const tmesh_answer_t *duplicate)
{
    assert(duplicate->error && duplicate->error->details);
    tmesh_auto(tmesh_frames) frames = tmesh_frames_new_request("201", TMESH_BYTES_NONE);
    tmesh_frames_set_body(frames, tmesh_bytes_of_text(duplicate->error->details));
    return tmesh_answer_new(&frames);
}

tmesh_answer_t *tmesh_answer_of_item(tmesh_answer_t **self_p, const char *key)
{
    tmesh_answer_t *self = *self_p;
    *self_p = NULL;
    tmesh_bytes_t item = TMESH_BYTES_NONE;
    size_t position = 0;
    if (tmesh_answer_is_ok(self) && tmesh_answer_count(self, key) > 0) {
        tmesh_bytes_t items = tmesh_json_member(self->body.text, key + 1);
        (void)tmesh_json_next(items, &position, NULL, &item);
    }
    tmesh_bytes_t status = item.data ? tmesh_json_member(item, "status") : TMESH_BYTES_NONE;
    if (status.size != 3) return self;
    tmesh_auto_free char *word = tmesh_printf("%.3s", status.data);
    tmesh_auto(tmesh_frames) frames = tmesh_frames_new_request(word, TMESH_BYTES_NONE);
    tmesh_frames_set_body(frames, item);
    tmesh_answer_destroy(&self);
    return tmesh_answer_new(&frames);
}

void tmesh_answer_destroy(tmesh_answer_t **self_p)
{
    tmesh_answer_t *self = *self_p;
    if (!self) return;
    tmesh_buffer_destroy(&self->document);
    tmesh_fault_destroy(&self->error);
    tmesh_fault_destroy(&self->objection);
    tmesh_arena_destroy(&self->arena);
    tmesh_frames_destroy(&self->frames);
    tmesh_free(self);
    *self_p = NULL;
}

int tmesh_answer_status(const tmesh_answer_t *self)
{
    return self->status;
}

int tmesh_answer_is_ok(const tmesh_answer_t *self)
{
    return self->status >= 200 && self->status < 300;
}

const char *tmesh_answer_error_code(const tmesh_answer_t *self)
{
    return self->error ? self->error->code : "";
}

const char *tmesh_answer_error_message(const tmesh_answer_t *self)
{
    return self->error ? self->error->message : "";
}

const char *tmesh_answer_error_where(const tmesh_answer_t *self)
{
    return self->error ? self->error->where : "";
}

tmesh_view_t tmesh_answer_error_details(const tmesh_answer_t *self)
{
    const char *details = self->error ? self->error->details : NULL;
    return tmesh_view(details, details ? strlen(details) : 0);
}

bool tmesh_answer_asks_for_repeat(const tmesh_answer_t *self)
{
    return self->status == TMESH_STATUS_NOT_NOW && tmesh_body_has(&self->body, "error");
}

int64_t tmesh_answer_retry_after_ms(const tmesh_answer_t *self)
{
    return self->retry_after_ms;
}

// The value at a JSON pointer without escapes, or NULL.
static const json_t *find(const tmesh_answer_t *self, const char *pointer)
{
    const json_t *value = self->body.object;
    for (int depth = 0; value && *pointer && depth < POINTER_DEPTH_MAX; depth++) {
        if (*pointer++ != '/') return NULL;
        size_t size = strcspn(pointer, "/");
        char part[POINTER_PART_BYTES];
        if (size >= sizeof part) return NULL;
        memcpy(part, pointer, size);
        part[size] = 0;
        pointer += size;
        value = json_is_array(value) ? json_array_get(value, strtoul(part, NULL, 10))
                                     : json_object_get(value, part);
    }
    return *pointer ? NULL : value;
}

const char *tmesh_answer_text(const tmesh_answer_t *self, const char *pointer)
{
    return json_string_value(find(self, pointer));
}

int64_t tmesh_answer_integer(const tmesh_answer_t *self, const char *pointer, int64_t fallback)
{
    const json_t *value = find(self, pointer);
    if (json_is_boolean(value)) return json_is_true(value);
    if (json_is_real(value)) return (int64_t)json_real_value(value);
    return json_is_integer(value) ? json_integer_value(value) : fallback;
}

size_t tmesh_answer_count(const tmesh_answer_t *self, const char *pointer)
{
    return json_array_size(find(self, pointer));
}

tmesh_view_t tmesh_answer_payload(const tmesh_answer_t *self, const char *pointer)
{
    const json_t *value = find(self, pointer);
    const json_t *number = json_is_object(value) ? json_object_get(value, "frame") : NULL;
    json_int_t index = json_is_integer(number) ? json_integer_value(number) : -1;
    if (index < 0 || (size_t)index >= tmesh_frames_payload_count(self->frames)) {
        return tmesh_view(NULL, 0);
    }
    tmesh_bytes_t payload = tmesh_frames_payload(self->frames, (size_t)index);
    return tmesh_view(payload.data, payload.size);
}

size_t tmesh_answer_results(tmesh_answer_t *self, const char *key, const char *const **names_p,
                            const tmesh_view_t **results_p)
{
    return tmesh_named_results_read(&self->body, key, self->arena, names_p, results_p);
}

const char *tmesh_answer_json(tmesh_answer_t *self)
{
    if (self->document) return tmesh_buffer_text(self->document);
    self->document = tmesh_buffer_new();
    if (self->body.object) {
        tmesh_document_write(self->body.text, self->frames, self->document);
    } else {
        tmesh_writer_t writer = tmesh_writer(self->document);
        tmesh_writer_open_object(&writer, NULL);
        if (self->error) tmesh_codec_write_error(&writer, self->error, 0);
        tmesh_writer_close_object(&writer);
    }
    return tmesh_buffer_text(self->document);
}
