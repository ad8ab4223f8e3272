// The half of json_text.h that reads texts which were checked: it trusts them.
#include <string.h>

#include "runtime/base/memory.h"
#include "services/domain/json_string.h"
#include "services/domain/json_text.h"

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static size_t after_spaces(tmesh_bytes_t json, size_t at)
{
    while (at < json.size && is_space(json.data[at])) at++;
    return at;
}

// `at` is at the opening quote.
static size_t after_string(tmesh_bytes_t json, size_t at)
{
    for (at++; at < json.size && json.data[at] != '"'; at++) {
        if (json.data[at] == '\\') at++;
    }
    return at < json.size ? at + 1 : json.size;
}

static size_t after_container(tmesh_bytes_t json, size_t at)
{
    size_t depth = 0;
    while (at < json.size) {
        char c = json.data[at];
        if (c == '"') {
            at = after_string(json, at);
            continue;
        }
        at++;
        if (c == '{' || c == '[') depth++;
        if (c == '}' || c == ']') depth--;
        if (depth == 0) break;
    }
    return at;
}

static size_t after_value(tmesh_bytes_t json, size_t at)
{
    if (at >= json.size) return json.size;
    char c = json.data[at];
    if (c == '"') return after_string(json, at);
    if (c == '{' || c == '[') return after_container(json, at);
    while (at < json.size && !is_space(json.data[at]) && !strchr(",]}", json.data[at])) at++;
    return at;
}

tmesh_json_kind_t tmesh_json_kind(tmesh_bytes_t json)
{
    size_t at = after_spaces(json, 0);
    if (!json.data || at == json.size) return TMESH_JSON_ABSENT;
    switch (json.data[at]) {
    case '{': return TMESH_JSON_OBJECT;
    case '[': return TMESH_JSON_ARRAY;
    case '"': return TMESH_JSON_STRING;
    case 't':
    case 'f': return TMESH_JSON_BOOL;
    case 'n': return TMESH_JSON_NULL;
    default: return TMESH_JSON_NUMBER;
    }
}

bool tmesh_json_next(tmesh_bytes_t container, size_t *position, tmesh_bytes_t *key,
                     tmesh_bytes_t *value)
{
    bool is_first = *position == 0;
    size_t at = after_spaces(container, *position);
    if (at >= container.size) return false;
    if (is_first) at = after_spaces(container, at + 1); // over the opening bracket
    if (!is_first && container.data[at] == ',') at = after_spaces(container, at + 1);
    if (at >= container.size || container.data[at] == ']' || container.data[at] == '}') {
        return false;
    }
    tmesh_bytes_t name = TMESH_BYTES_NONE;
    if (tmesh_json_kind(container) == TMESH_JSON_OBJECT) {
        size_t end = after_string(container, at);
        name = tmesh_bytes(container.data + at, end - at);
        at = after_spaces(container, after_spaces(container, end) + 1); // over the colon
    }
    size_t end = after_value(container, at);
    if (key) *key = name;
    *value = tmesh_bytes(container.data + at, end - at);
    *position = end;
    return true;
}

static bool key_equals(tmesh_bytes_t quoted, const char *key, size_t size)
{
    tmesh_bytes_t inside = tmesh_bytes(quoted.data + 1, quoted.size - 2);
    if (!memchr(inside.data, '\\', inside.size)) {
        return inside.size == size && memcmp(inside.data, key, size) == 0;
    }
    tmesh_auto(tmesh_buffer) text = tmesh_buffer_new();
    tmesh_json_string_key(quoted, text);
    return tmesh_bytes_equal(tmesh_buffer_bytes(text), tmesh_bytes(key, size));
}

tmesh_bytes_t tmesh_json_member(tmesh_bytes_t object, const char *key)
{
    if (tmesh_json_kind(object) != TMESH_JSON_OBJECT) return TMESH_BYTES_NONE;
    size_t position = 0;
    size_t size = strlen(key);
    tmesh_bytes_t name;
    tmesh_bytes_t value;
    while (tmesh_json_next(object, &position, &name, &value)) {
        if (key_equals(name, key, size)) return value;
    }
    return TMESH_BYTES_NONE;
}

void tmesh_json_compact(tmesh_bytes_t json, tmesh_buffer_t *out)
{
    for (size_t at = 0; at < json.size;) {
        at = after_spaces(json, at);
        size_t start = at;
        while (at < json.size && !is_space(json.data[at])) {
            at = json.data[at] == '"' ? after_string(json, at) : at + 1;
        }
        tmesh_buffer_add(out, json.data + start, at - start);
    }
}
