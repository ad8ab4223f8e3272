#include "client/document.h"

#include <stdlib.h>

#include "runtime/base/memory.h"
#include "services/domain/json_text.h"

enum { DEPTH_MAX = 8, NUMBER_BYTES = 24 };

// Fields that are payloads, and those whose inside is the users' own.
static const char *const payload_keys[] = {"\"context\"", "\"results\"", "\"result\"",
                                           "\"definition\"", "\"checkpoint\""};
static const char *const foreign_keys[] = {"\"tags\"", "\"options\"", "\"details\""};

static bool is_one_of(tmesh_bytes_t key, const char *const *words, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (tmesh_bytes_equal_text(key, words[i])) return true;
    }
    return false;
}

// The payload that a value stands for, or absent bytes.
static tmesh_bytes_t payload_of(tmesh_bytes_t value, const tmesh_frames_t *frames)
{
    if (tmesh_json_kind(value) != TMESH_JSON_OBJECT) return TMESH_BYTES_NONE;
    tmesh_bytes_t number = tmesh_json_member(value, "frame");
    if (tmesh_json_kind(number) != TMESH_JSON_NUMBER || number.size >= NUMBER_BYTES) {
        return TMESH_BYTES_NONE;
    }
    char *end;
    unsigned long index = strtoul(number.data, &end, 10);
    if (end != number.data + number.size || index >= tmesh_frames_payload_count(frames)) {
        return TMESH_BYTES_NONE;
    }
    return tmesh_frames_payload(frames, index);
}

static void write_value(tmesh_bytes_t value, const tmesh_frames_t *frames, int depth,
                        tmesh_buffer_t *out);

static void write_member(tmesh_bytes_t key, tmesh_bytes_t value, const tmesh_frames_t *frames,
                         int depth, tmesh_buffer_t *out)
{
    if (key.data) {
        tmesh_buffer_add(out, key.data, key.size);
        tmesh_buffer_add(out, ":", 1);
    }
    if (key.data && is_one_of(key, foreign_keys, TMESH_COUNT_OF(foreign_keys))) {
        tmesh_buffer_add(out, value.data, value.size);
        return;
    }
    tmesh_bytes_t payload = TMESH_BYTES_NONE;
    if (key.data && is_one_of(key, payload_keys, TMESH_COUNT_OF(payload_keys))) {
        payload = payload_of(value, frames);
    }
    if (payload.data) tmesh_buffer_add(out, payload.data, payload.size);
    else write_value(value, frames, depth + 1, out);
}

static void write_value(tmesh_bytes_t value, const tmesh_frames_t *frames, int depth,
                        tmesh_buffer_t *out)
{
    tmesh_json_kind_t kind = tmesh_json_kind(value);
    bool is_object = kind == TMESH_JSON_OBJECT;
    if ((!is_object && kind != TMESH_JSON_ARRAY) || depth > DEPTH_MAX) {
        tmesh_buffer_add(out, value.data, value.size);
        return;
    }
    tmesh_buffer_add(out, is_object ? "{" : "[", 1);
    size_t position = 0;
    tmesh_bytes_t key = TMESH_BYTES_NONE;
    tmesh_bytes_t item;
    for (bool first = true; tmesh_json_next(value, &position, &key, &item); first = false) {
        if (!first) tmesh_buffer_add(out, ",", 1);
        write_member(is_object ? key : TMESH_BYTES_NONE, item, frames, depth, out);
    }
    tmesh_buffer_add(out, is_object ? "}" : "]", 1);
}

void tmesh_document_write(tmesh_bytes_t body, const tmesh_frames_t *frames, tmesh_buffer_t *out)
{
    write_value(body, frames, 0, out);
}
