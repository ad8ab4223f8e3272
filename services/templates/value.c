#include "services/templates/value.h"

#include <assert.h>
#include <string.h>

#include "runtime/base/map.h"
#include "runtime/base/memory.h"

enum {
    FIRST_CAPACITY = 4,
    FEW_KEYS = 8, // up to here, comparing each with each is the quickest
};

tmesh_value_t *tmesh_value_new(tmesh_arena_t *arena, tmesh_value_kind_t kind, uint32_t line,
                               uint32_t column)
{
    tmesh_value_t *self = tmesh_arena_alloc(arena, sizeof *self);
    self->kind = kind;
    self->line = line;
    self->column = column;
    self->height = 1;
    self->nodes = 1;
    return self;
}

static void grow(tmesh_arena_t *arena, tmesh_value_t *self)
{
    uint32_t capacity = self->capacity ? self->capacity * 2 : FIRST_CAPACITY;
    tmesh_member_t *members = tmesh_arena_alloc(arena, capacity * sizeof *members);
    if (self->count) memcpy(members, self->members, self->count * sizeof *members);
    self->members = members;
    self->capacity = capacity;
}

void tmesh_value_share(tmesh_arena_t *arena, tmesh_value_t *self, const tmesh_value_t *key,
                       const tmesh_value_t *item)
{
    assert(self->kind == TMESH_VALUE_MAP || self->kind == TMESH_VALUE_LIST);
    assert((self->kind == TMESH_VALUE_MAP) == (key != NULL));
    if (self->count == self->capacity) grow(arena, self);
    if (item->height >= self->height) self->height = item->height + 1;
    self->nodes += item->nodes + (key ? 1 : 0);
    self->bytes += item->bytes + (key ? key->text.size : 0);
    self->members[self->count++] = (tmesh_member_t){key, item};
}

void tmesh_value_add(tmesh_arena_t *arena, tmesh_value_t *self, const tmesh_value_t *key,
                     tmesh_value_t *item)
{
    if (!item->parent) {
        item->parent = self;
        item->index = self->count;
    }
    tmesh_value_share(arena, self, key, item);
}

void tmesh_value_replace(tmesh_value_t *self, uint32_t index, const tmesh_value_t *item)
{
    assert(index < self->count);
    const tmesh_value_t *old = self->members[index].value;
    if (item->height >= self->height) self->height = item->height + 1;
    self->nodes += item->nodes - old->nodes;
    self->bytes += item->bytes - old->bytes;
    self->members[index].value = item;
}

static const tmesh_member_t *find(const tmesh_value_t *self, const char *key)
{
    if (!self || self->kind != TMESH_VALUE_MAP) return NULL;
    for (uint32_t i = 0; i < self->count; i++) {
        if (tmesh_bytes_equal_text(self->members[i].key->text, key)) return &self->members[i];
    }
    return NULL;
}

const tmesh_value_t *tmesh_value_find(const tmesh_value_t *self, const char *key)
{
    const tmesh_member_t *member = find(self, key);
    return member ? member->value : NULL;
}

const tmesh_value_t *tmesh_value_find_key(const tmesh_value_t *self, const char *key)
{
    const tmesh_member_t *member = find(self, key);
    return member ? member->key : NULL;
}

const tmesh_value_t *tmesh_value_get(const tmesh_value_t *self, const char *key)
{
    const tmesh_value_t *value = tmesh_value_find(self, key);
    return value && value->kind != TMESH_VALUE_NULL ? value : NULL;
}

static const tmesh_member_t *find_twin_of_few(const tmesh_value_t *self)
{
    for (uint32_t i = 1; i < self->count; i++) {
        for (uint32_t j = 0; j < i; j++) {
            const tmesh_member_t *members = self->members;
            if (tmesh_bytes_equal(members[i].key->text, members[j].key->text)) return &members[i];
        }
    }
    return NULL;
}

const tmesh_member_t *tmesh_value_find_twin(const tmesh_value_t *self)
{
    if (self->count <= FEW_KEYS) return find_twin_of_few(self);
    tmesh_auto(tmesh_map) seen = tmesh_map_new();
    for (uint32_t i = 0; i < self->count; i++) {
        tmesh_member_t *member = &self->members[i];
        tmesh_bytes_t key = member->key->text;
        if (tmesh_map_put(seen, key.data ? key.data : "", key.size, member)) return member;
    }
    return NULL;
}

bool tmesh_value_is_true(const tmesh_value_t *self)
{
    return self->kind == TMESH_VALUE_BOOL && (self->text.data[0] | 0x20) == 't';
}

const char *tmesh_value_kind_phrase(tmesh_value_kind_t kind)
{
    static const char *const phrases[] = {
        [TMESH_VALUE_NULL] = "null",     [TMESH_VALUE_BOOL] = "true or false",
        [TMESH_VALUE_INTEGER] = "an integer", [TMESH_VALUE_FLOAT] = "a number with a fraction",
        [TMESH_VALUE_STRING] = "a string", [TMESH_VALUE_LIST] = "a list",
        [TMESH_VALUE_MAP] = "a map",
    };
    return phrases[kind];
}

static void add_token(tmesh_bytes_t key, tmesh_buffer_t *out)
{
    for (size_t i = 0; i < key.size; i++) {
        if (key.data[i] == '~') {
            tmesh_buffer_add(out, "~0", 2);
        } else if (key.data[i] == '/') {
            tmesh_buffer_add(out, "~1", 2);
        } else {
            tmesh_buffer_add(out, &key.data[i], 1);
        }
    }
}

void tmesh_value_add_pointer(const tmesh_value_t *self, tmesh_buffer_t *out)
{
    const tmesh_value_t *parent = self->parent;
    if (!parent) return;
    tmesh_value_add_pointer(parent, out);
    tmesh_buffer_add(out, "/", 1);
    if (parent->kind == TMESH_VALUE_MAP) {
        add_token(parent->members[self->index].key->text, out);
    } else {
        tmesh_buffer_printf(out, "%u", self->index);
    }
}
