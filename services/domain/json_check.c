// The half of json_text.h that trusts nothing: grammar, limits, UTF-8, equal keys.
#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "runtime/base/memory.h"
#include "services/domain/json_keys.h"
#include "services/domain/json_text.h"
#include "services/domain/utf8.h"

enum {
    MIB = 1024 * 1024,
    DEPTH_CEILING = 256,        // the checker calls itself once per level
    POINTER_KEY_CHARS_MAX = 60, // a longer key is cut where an error names it
};

const tmesh_json_limits_t tmesh_json_limits_context = {
    .bytes_max = MIB, .depth_max = 10, .members_max = 1000, .string_chars_max = 10000};
const tmesh_json_limits_t tmesh_json_limits_result = {
    .bytes_max = MIB, .depth_max = 128, .members_max = MIB, .string_chars_max = MIB};

// Where the checker is: a chain from the value to the root, on the stack.
typedef struct place {
    const struct place *above;
    tmesh_bytes_t key; // quoted, as written; absent in an array
    uint32_t index;    // in an array
    uint32_t depth;
} place_t;

typedef struct {
    const char *start;
    const char *at;
    const char *end;
    const tmesh_json_limits_t *limits;
    const char *base;       // the JSON pointer of the root
    tmesh_json_keys_t keys; // of all objects that are open
    tmesh_fault_t *fault;
} checker_t;

static void add_pointer(const place_t *place, tmesh_buffer_t *out)
{
    if (!place->above) return;
    add_pointer(place->above, out);
    if (!place->key.data) {
        tmesh_buffer_printf(out, "/%u", place->index);
        return;
    }
    tmesh_auto(tmesh_buffer) key = tmesh_buffer_new();
    tmesh_json_unescape(place->key, key);
    tmesh_buffer_add(out, "/", 1);
    for (size_t i = 0, chars = 0; i < key->size && chars < POINTER_KEY_CHARS_MAX; chars++) {
        size_t size = tmesh_utf8_size(key->data + i, key->data + key->size);
        if (key->data[i] == '~') {
            tmesh_buffer_add(out, "~0", 2);
        } else if (key->data[i] == '/') {
            tmesh_buffer_add(out, "~1", 2);
        } else {
            tmesh_buffer_add(out, key->data + i, size);
        }
        i += size;
    }
}

__attribute__((format(printf, 4, 5))) static bool refuse(checker_t *self, const place_t *place,
                                                         const char *code, const char *format, ...)
{
    char sentence[256];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(sentence, sizeof sentence, format, arguments);
    va_end(arguments);
    tmesh_auto(tmesh_buffer) pointer = tmesh_buffer_new();
    tmesh_buffer_add_text(pointer, self->base);
    add_pointer(place, pointer);
    self->fault = tmesh_fault_new(TMESH_ERR_INVALID, code, pointer->data, "%s (byte %zu)", sentence,
                                  (size_t)(self->at - self->start));
    return false;
}

static void skip_spaces(checker_t *self)
{
    while (self->at < self->end &&
           (*self->at == ' ' || *self->at == '\n' || *self->at == '\r' || *self->at == '\t')) {
        self->at++;
    }
}

static bool take(checker_t *self, char c)
{
    if (self->at == self->end || *self->at != c) return false;
    self->at++;
    return true;
}

static size_t take_digits(checker_t *self)
{
    const char *start = self->at;
    while (self->at < self->end && *self->at >= '0' && *self->at <= '9') self->at++;
    return (size_t)(self->at - start);
}

static bool check_number(checker_t *self, const place_t *place)
{
    take(self, '-');
    bool good = take(self, '0') || take_digits(self) > 0;
    if (good && take(self, '.')) good = take_digits(self) > 0;
    if (good && (take(self, 'e') || take(self, 'E'))) {
        if (!take(self, '+')) take(self, '-');
        good = take_digits(self) > 0;
    }
    return good || refuse(self, place, "invalid_json", "not a JSON value");
}

static bool check_word(checker_t *self, const place_t *place, const char *word)
{
    size_t size = strlen(word);
    if ((size_t)(self->end - self->at) < size || memcmp(self->at, word, size) != 0) {
        return refuse(self, place, "invalid_json", "not a JSON value");
    }
    self->at += size;
    return true;
}

static bool is_hexadecimal(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

// The bytes of the escape at self->at, 0 when it is malformed.
static size_t escape_size(const checker_t *self)
{
    size_t left = (size_t)(self->end - self->at);
    if (left < 2 || self->at[1] == 0) return 0;
    if (strchr("\"\\/bfnrt", self->at[1])) return 2;
    if (self->at[1] != 'u' || left < 6) return 0;
    for (int i = 2; i < 6; i++) {
        if (!is_hexadecimal(self->at[i])) return 0;
    }
    return 6;
}

static bool check_string(checker_t *self, const place_t *place)
{
    size_t chars = 0;
    self->at++;
    while (self->at < self->end && *self->at != '"') {
        unsigned char c = (unsigned char)*self->at;
        size_t size = 1;
        if (c == '\\') {
            size = escape_size(self);
            if (size == 0) return refuse(self, place, "invalid_json", "malformed escape");
            chars += size - 1;
        } else if (c < 0x20) {
            return refuse(self, place, "invalid_json", "control character in a string");
        } else if (c >= 0x80) {
            size = tmesh_utf8_size(self->at, self->end);
            if (size == 0) return refuse(self, place, "invalid_json", "not UTF-8");
        }
        self->at += size;
        if (++chars > self->limits->string_chars_max) {
            return refuse(self, place, "string_too_long", "a string has more than %u characters",
                          self->limits->string_chars_max);
        }
    }
    return take(self, '"') || refuse(self, place, "invalid_json", "string without an end");
}

static bool check_value(checker_t *self, const place_t *place);

static bool check_member(checker_t *self, const place_t *object)
{
    skip_spaces(self);
    if (self->at == self->end || *self->at != '"') {
        return refuse(self, object, "invalid_json", "a key must be a string");
    }
    const char *start = self->at;
    if (!check_string(self, object)) return false;
    place_t place = {.above = object, .depth = object->depth + 1};
    place.key = tmesh_bytes(start, (size_t)(self->at - start));
    tmesh_json_keys_push(&self->keys, place.key);
    skip_spaces(self);
    if (!take(self, ':')) return refuse(self, &place, "invalid_json", "no colon behind a key");
    return check_value(self, &place);
}

static bool check_members(checker_t *self, const place_t *place, char close)
{
    uint32_t count = 0;
    do {
        if (count == self->limits->members_max) {
            return refuse(self, place, "too_many_members", "more than %u members",
                          self->limits->members_max);
        }
        place_t item = {.above = place, .index = count++, .depth = place->depth + 1};
        if (close == '}' ? !check_member(self, place) : !check_value(self, &item)) return false;
        skip_spaces(self);
    } while (take(self, ','));
    return take(self, close) || refuse(self, place, "invalid_json", "'%c' expected", close);
}

static bool check_object(checker_t *self, const place_t *place)
{
    size_t first_key = self->keys.count;
    if (!check_members(self, place, '}')) return false;
    const tmesh_bytes_t *twice = tmesh_json_keys_find_pair(&self->keys, first_key);
    if (twice) {
        return refuse(self, place, "duplicate_key", "the key \"%.*s\" is there twice",
                      twice->size < 100 ? (int)twice->size : 100, twice->data);
    }
    tmesh_json_keys_drop(&self->keys, first_key);
    return true;
}

static bool check_container(checker_t *self, const place_t *place)
{
    char open = *self->at++;
    skip_spaces(self);
    if (take(self, open == '{' ? '}' : ']')) return true;
    return open == '{' ? check_object(self, place) : check_members(self, place, ']');
}

static bool check_value(checker_t *self, const place_t *place)
{
    if (place->depth > self->limits->depth_max) {
        return refuse(self, place, "too_deep", "deeper than %u levels", self->limits->depth_max);
    }
    skip_spaces(self);
    if (self->at == self->end) {
        return refuse(self, place, "invalid_json", "the text ends where a value should be");
    }
    switch (*self->at) {
    case '{':
    case '[': return check_container(self, place);
    case '"': return check_string(self, place);
    case 't': return check_word(self, place, "true");
    case 'f': return check_word(self, place, "false");
    case 'n': return check_word(self, place, "null");
    default: return check_number(self, place);
    }
}

static bool check_text(checker_t *self)
{
    place_t root = {.depth = 1};
    size_t size = (size_t)(self->end - self->start);
    if (size > self->limits->bytes_max) {
        return refuse(self, &root, "too_large", "%zu bytes, the limit is %zu", size,
                      self->limits->bytes_max);
    }
    if (!check_value(self, &root)) return false;
    skip_spaces(self);
    return self->at == self->end || refuse(self, &root, "invalid_json", "text behind the value");
}

tmesh_err_t tmesh_json_check(tmesh_bytes_t json, const tmesh_json_limits_t *limits,
                             const char *base, tmesh_fault_t **fault_p)
{
    assert(limits->depth_max <= DEPTH_CEILING);
    const char *start = json.data ? json.data : "";
    checker_t self = {.start = start, .at = start, .end = start + json.size, .limits = limits,
                      .base = base ? base : ""};
    bool good = check_text(&self);
    tmesh_json_keys_free(&self.keys);
    if (good) return TMESH_OK;
    *fault_p = self.fault;
    return TMESH_ERR_INVALID;
}
