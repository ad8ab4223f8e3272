#include "services/templates/schema_value.h"

#include <stdlib.h>
#include <string.h>

#include "runtime/base/memory.h"
#include "services/domain/json_string.h"
#include "services/domain/utf8.h"

enum { FIRST_CAPACITY = 4, EXCERPT_BYTES = 100 };

static const tmesh_json_limits_t limits = {
    .bytes_max = TMESH_SCHEMA_BYTES_MAX,
    .depth_max = TMESH_SCHEMA_HEIGHT_MAX,
    .members_max = TMESH_SCHEMA_BYTES_MAX,
    .string_chars_max = TMESH_SCHEMA_BYTES_MAX,
};

static const char replacement[] = "\xef\xbf\xbd"; // U+FFFD

static tmesh_bytes_t unescaped(tmesh_bytes_t json, tmesh_arena_t *arena)
{
    tmesh_bytes_t inside = tmesh_bytes(json.data + 1, json.size - 2);
    if (!memchr(inside.data, '\\', inside.size)) return inside;
    tmesh_auto(tmesh_buffer) text = tmesh_buffer_new();
    tmesh_json_string_key(json, text);
    return tmesh_arena_bytes(arena, tmesh_bytes(text->data ? text->data : "", text->size));
}

static tmesh_schema_value_t *read_value(tmesh_bytes_t json, const tmesh_schema_value_t *parent,
                                        tmesh_arena_t *arena);

static void add_member(tmesh_schema_value_t *self, tmesh_arena_t *arena,
                       tmesh_schema_member_t member)
{
    if (self->count == self->capacity) {
        self->capacity = self->capacity ? self->capacity * 2 : FIRST_CAPACITY;
        tmesh_schema_member_t *members =
            tmesh_arena_alloc(arena, self->capacity * sizeof *members);
        if (self->count) memcpy(members, self->members, self->count * sizeof *members);
        self->members = members;
    }
    self->members[self->count++] = member;
}

static int compare_members(const void *a, const void *b)
{
    return tmesh_schema_value_compare_text(((const tmesh_schema_member_t *)a)->key->text,
                                           ((const tmesh_schema_member_t *)b)->key->text);
}

static void sort_members(tmesh_schema_value_t *self, tmesh_arena_t *arena)
{
    size_t size = self->count * sizeof *self->members;
    tmesh_schema_member_t *sorted = tmesh_arena_copy(arena, self->members, size);
    if (self->count) qsort(sorted, self->count, sizeof *sorted, compare_members);
    self->sorted = sorted;
}

static void read_members(tmesh_schema_value_t *self, tmesh_arena_t *arena)
{
    size_t position = 0;
    tmesh_bytes_t key;
    tmesh_bytes_t item;
    while (tmesh_json_next(self->json, &position, &key, &item)) {
        tmesh_schema_member_t member = {0};
        if (key.data) {
            tmesh_schema_value_t *name = read_value(key, self, arena);
            name->is_key = true;
            member.key = name;
        }
        member.value = read_value(item, self, arena);
        add_member(self, arena, member);
    }
    if (self->kind == TMESH_JSON_OBJECT) sort_members(self, arena);
}

static tmesh_schema_value_t *read_value(tmesh_bytes_t json, const tmesh_schema_value_t *parent,
                                        tmesh_arena_t *arena)
{
    tmesh_schema_value_t *self = tmesh_arena_alloc(arena, sizeof *self);
    self->kind = tmesh_json_kind(json);
    self->json = json;
    self->parent = parent;
    self->level = parent ? parent->level + 1 : 0;
    self->index = parent ? parent->count : 0;
    switch (self->kind) {
    case TMESH_JSON_STRING: self->text = unescaped(json, arena); break;
    case TMESH_JSON_NUMBER: self->number = tmesh_schema_decimal_read(json, arena); break;
    case TMESH_JSON_ARRAY:
    case TMESH_JSON_OBJECT: read_members(self, arena); break;
    default: break;
    }
    return self;
}

tmesh_err_t tmesh_schema_value_read(tmesh_bytes_t json, tmesh_arena_t *arena,
                                    const tmesh_schema_value_t **root_p, tmesh_fault_t **fault_p)
{
    tmesh_err_t err = tmesh_json_check(json, &limits, "", fault_p);
    if (err) return err;
    const char *spaces = " \t\r\n";
    while (strchr(spaces, json.data[0])) json = tmesh_bytes(json.data + 1, json.size - 1);
    while (strchr(spaces, json.data[json.size - 1])) json.size--;
    *root_p = read_value(json, NULL, arena);
    return TMESH_OK;
}

int tmesh_schema_value_compare_text(tmesh_bytes_t a, tmesh_bytes_t b)
{
    size_t common = a.size < b.size ? a.size : b.size;
    int order = common ? memcmp(a.data, b.data, common) : 0;
    return order ? order : (a.size > b.size) - (a.size < b.size);
}

const tmesh_schema_value_t *tmesh_schema_value_find(const tmesh_schema_value_t *self,
                                                    tmesh_bytes_t name)
{
    if (self->kind != TMESH_JSON_OBJECT) return NULL;
    size_t low = 0;
    size_t high = self->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = tmesh_schema_value_compare_text(self->sorted[middle].key->text, name);
        if (order == 0) return self->sorted[middle].value;
        if (order < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return NULL;
}

bool tmesh_schema_value_is_true(const tmesh_schema_value_t *self)
{
    return self->kind == TMESH_JSON_BOOL && self->json.data[0] == 't';
}

void tmesh_schema_value_add_token(tmesh_bytes_t name, tmesh_buffer_t *out)
{
    tmesh_buffer_add(out, "/", 1);
    const char *end = name.data + name.size;
    for (const char *at = name.data; at < end;) {
        size_t size = tmesh_utf8_size(at, end);
        if (size == 0) { // a lone surrogate
            tmesh_buffer_add_text(out, replacement);
            at += 3;
            continue;
        }
        if (*at == '~' || *at == '/') {
            tmesh_buffer_add_text(out, *at == '~' ? "~0" : "~1");
        } else if (*at == 0) {
            tmesh_buffer_add_text(out, replacement);
        } else {
            tmesh_buffer_add(out, at, size);
        }
        at += size;
    }
}

void tmesh_schema_value_add_pointer(const tmesh_schema_value_t *self, tmesh_buffer_t *out)
{
    const tmesh_schema_value_t *parent = self->parent;
    if (!parent) return;
    tmesh_schema_value_add_pointer(parent, out);
    if (parent->kind == TMESH_JSON_OBJECT) {
        tmesh_schema_value_add_token(parent->members[self->index].key->text, out);
    } else {
        tmesh_buffer_printf(out, "/%u", self->index);
    }
}

void tmesh_schema_value_add_excerpt(const tmesh_schema_value_t *self, tmesh_buffer_t *out)
{
    size_t size = self->json.size;
    if (size > EXCERPT_BYTES) size = EXCERPT_BYTES;
    while (size > 0 && tmesh_utf8_valid_bytes(tmesh_bytes(self->json.data, size)) < size) size--;
    for (size_t i = 0; i < size; i++) { // white space between tokens may hold line ends
        char c = self->json.data[i];
        tmesh_buffer_add(out, c == '\n' || c == '\r' || c == '\t' ? " " : &c, 1);
    }
    if (size < self->json.size) tmesh_buffer_add_text(out, "...");
}

const char *tmesh_schema_value_phrase(const tmesh_schema_value_t *self)
{
    switch (self->kind) {
    case TMESH_JSON_NULL: return "null";
    case TMESH_JSON_BOOL: return "a boolean";
    case TMESH_JSON_STRING: return "a string";
    case TMESH_JSON_ARRAY: return "an array";
    case TMESH_JSON_OBJECT: return "an object";
    default:
        return tmesh_schema_decimal_is_integer(&self->number) ? "an integer"
                                                             : "a number with a fraction";
    }
}
