#include "services/wire/body.h"

#include <assert.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "runtime/base/memory.h"
#include "services/domain/ids.h"
#include "services/domain/utf8.h"

enum {
    WHERE_BYTES = 192,
    MESSAGE_BYTES = 256,
    ID_BYTES = 16,
    KEY_BYTES_SHOWN = 64,
};

static void object_at(tmesh_body_t *self, const char *where, const char *code, const char *message)
{
    if (*self->fault_p) return;
    *self->fault_p = tmesh_fault_new(TMESH_ERR_INVALID, code, where, "%s", message);
}

void tmesh_body_object_to(tmesh_body_t *self, const char *key, const char *code, const char *format,
                          ...)
{
    char message[MESSAGE_BYTES];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(message, sizeof message, format, arguments);
    va_end(arguments);
    char where[WHERE_BYTES];
    snprintf(where, sizeof where, "%s%s%s", self->where, key ? "/" : "", key ? key : "");
    object_at(self, where, code, message);
}

// The value of a field; NULL when it is missing or null, with an objection if it is needed.
static const json_t *get(tmesh_body_t *self, const char *key, tmesh_body_need_t need)
{
    const json_t *value = self->object ? json_object_get(self->object, key) : NULL;
    if (value && !json_is_null(value)) return value;
    if (need == TMESH_BODY_NEEDED) {
        tmesh_body_object_to(self, key, "missing_field", "%s is needed", key);
    }
    return NULL;
}

bool tmesh_body_has(const tmesh_body_t *self, const char *key)
{
    const json_t *value = self->object ? json_object_get(self->object, key) : NULL;
    return value && !json_is_null(value);
}

static bool is_word(const char *word, const char *const *words, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(word, words[i]) == 0) return true;
    }
    return false;
}

// May it stand in a JSON pointer as it is?
static bool is_plain(const char *key)
{
    size_t size = strlen(key);
    return size <= KEY_BYTES_SHOWN &&
           strspn(key, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-") == size;
}

void tmesh_body_only(tmesh_body_t *self, const char *const *keys, size_t count)
{
    if (!self->object) return;
    for (void *at = json_object_iter((json_t *)self->object); at;
         at = json_object_iter_next((json_t *)self->object, at)) {
        const char *key = json_object_iter_key(at);
        if (is_word(key, keys, count)) continue;
        tmesh_auto(tmesh_buffer) known = tmesh_buffer_new();
        for (size_t i = 0; i < count; i++) {
            tmesh_buffer_printf(known, "%s%s", i ? ", " : "", keys[i]);
        }
        tmesh_body_object_to(self, is_plain(key) ? key : NULL, "unknown_field",
                             "what can stand here is %s", tmesh_buffer_text(known));
        return;
    }
}

// Says what is wrong with a text, or returns it.
static const char *check_text(tmesh_body_t *self, const char *key, const json_t *value,
                              size_t chars_min, size_t chars_max)
{
    if (!json_is_string(value)) {
        tmesh_body_object_to(self, key, "wrong_type", "%s must be a text", key);
        return NULL;
    }
    const char *text = json_string_value(value);
    size_t size = json_string_length(value);
    if (memchr(text, 0, size)) {
        tmesh_body_object_to(self, key, "zero_byte", "%s must not hold a zero character", key);
        return NULL;
    }
    size_t chars = tmesh_utf8_count(tmesh_bytes(text, size));
    if (chars < chars_min) {
        tmesh_body_object_to(self, key, "too_short", "%s has at least %zu characters", key,
                             chars_min);
        return NULL;
    }
    if (chars > chars_max) {
        tmesh_body_object_to(self, key, "too_long", "%s has at most %zu characters", key,
                             chars_max);
        return NULL;
    }
    return text;
}

const char *tmesh_body_text(tmesh_body_t *self, const char *key, tmesh_body_need_t need,
                            size_t chars_min, size_t chars_max)
{
    const json_t *value = get(self, key, need);
    return value ? check_text(self, key, value, chars_min, chars_max) : NULL;
}

static int64_t check_integer(tmesh_body_t *self, const char *key, const json_t *value, int64_t min,
                             int64_t max, int64_t fallback)
{
    if (!json_is_integer(value)) {
        tmesh_body_object_to(self, key, "wrong_type", "%s must be an integer", key);
        return fallback;
    }
    int64_t number = json_integer_value(value);
    if (number < min || number > max) {
        tmesh_body_object_to(self, key, "out_of_range",
                             "%s must be between %" PRId64 " and %" PRId64, key, min, max);
        return fallback;
    }
    return number;
}

int64_t tmesh_body_integer(tmesh_body_t *self, const char *key, int64_t min, int64_t max,
                           int64_t fallback)
{
    const json_t *value = get(self, key, TMESH_BODY_OPTIONAL);
    return value ? check_integer(self, key, value, min, max, fallback) : fallback;
}

int64_t tmesh_body_integer_needed(tmesh_body_t *self, const char *key, int64_t min, int64_t max)
{
    const json_t *value = get(self, key, TMESH_BODY_NEEDED);
    return value ? check_integer(self, key, value, min, max, min) : min;
}

bool tmesh_body_bool(tmesh_body_t *self, const char *key, bool fallback)
{
    const json_t *value = get(self, key, TMESH_BODY_OPTIONAL);
    if (!value) return fallback;
    if (json_is_boolean(value)) return json_is_true(value);
    tmesh_body_object_to(self, key, "wrong_type", "%s must be true or false", key);
    return fallback;
}

size_t tmesh_body_word(tmesh_body_t *self, const char *key, const char *const *words, size_t count,
                       size_t fallback)
{
    const json_t *value = get(self, key, TMESH_BODY_OPTIONAL);
    if (!value) return fallback;
    const char *text = json_is_string(value) ? json_string_value(value) : "";
    for (size_t i = 0; i < count; i++) {
        if (strcmp(words[i], text) == 0) return i;
    }
    tmesh_auto(tmesh_buffer) list = tmesh_buffer_new();
    for (size_t i = 0; i < count; i++) {
        tmesh_buffer_printf(list, "%s%s", i ? ", " : "", words[i]);
    }
    tmesh_body_object_to(self, key, "unknown_value", "%s must be one of %s", key,
                         tmesh_buffer_text(list));
    return fallback;
}

bool tmesh_body_uuid(tmesh_body_t *self, const char *key, tmesh_body_need_t need, uint8_t out[16])
{
    memset(out, 0, ID_BYTES);
    const json_t *value = get(self, key, need);
    if (!value) return false;
    if (json_is_string(value) && tmesh_uuid_parse(json_string_value(value), out)) return true;
    tmesh_body_object_to(self, key, "not_a_uuid", "%s must be a UUID", key);
    return false;
}

static int digit_of(char c)
{
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

static bool parse_token(const json_t *value, uint8_t out[16])
{
    if (!json_is_string(value) || json_string_length(value) != 2 * ID_BYTES) return false;
    const char *text = json_string_value(value);
    uint8_t token[ID_BYTES];
    for (size_t i = 0; i < ID_BYTES; i++) {
        int high = digit_of(text[2 * i]);
        int low = digit_of(text[2 * i + 1]);
        if (high < 0 || low < 0) return false;
        token[i] = (uint8_t)(high << 4 | low);
    }
    memcpy(out, token, ID_BYTES);
    return true;
}

bool tmesh_body_token(tmesh_body_t *self, const char *key, tmesh_body_need_t need, uint8_t out[16])
{
    memset(out, 0, ID_BYTES);
    const json_t *value = get(self, key, need);
    if (!value) return false;
    if (parse_token(value, out)) return true;
    tmesh_body_object_to(self, key, "not_a_token", "%s must be 32 hexadecimal digits", key);
    return false;
}
