#include "services/domain/json_keys.h"

#include <stdlib.h>
#include <string.h>

#include "runtime/base/memory.h"
#include "services/domain/json_string.h"

enum {
    FIRST_CAPACITY = 32,
    FEW_KEYS = 16, // up to here, comparing each with each is the quickest
};

void tmesh_json_keys_free(tmesh_json_keys_t *self)
{
    tmesh_free(self->keys);
    tmesh_arena_destroy(&self->arena);
}

void tmesh_json_keys_push(tmesh_json_keys_t *self, tmesh_bytes_t quoted)
{
    if (self->count == self->capacity) {
        self->capacity = self->capacity ? self->capacity * 2 : FIRST_CAPACITY;
        self->keys = tmesh_realloc_array(self->keys, self->capacity, sizeof *self->keys);
    }
    tmesh_bytes_t key = tmesh_bytes(quoted.data + 1, quoted.size - 2);
    if (memchr(key.data, '\\', key.size)) {
        if (!self->arena) self->arena = tmesh_arena_new();
        tmesh_auto(tmesh_buffer) text = tmesh_buffer_new();
        tmesh_json_string_key(quoted, text);
        key = tmesh_arena_bytes(self->arena, tmesh_buffer_bytes(text));
    }
    self->keys[self->count++] = key;
}

static int compare(const void *a, const void *b)
{
    const tmesh_bytes_t *left = a;
    const tmesh_bytes_t *right = b;
    if (left->size != right->size) return left->size < right->size ? -1 : 1;
    return left->size ? memcmp(left->data, right->data, left->size) : 0;
}

const tmesh_bytes_t *tmesh_json_keys_find_pair(tmesh_json_keys_t *self, size_t first)
{
    tmesh_bytes_t *keys = self->keys + first;
    size_t count = self->count - first;
    if (count > FEW_KEYS) {
        qsort(keys, count, sizeof *keys, compare);
        for (size_t i = 1; i < count; i++) {
            if (compare(&keys[i - 1], &keys[i]) == 0) return &keys[i];
        }
        return NULL;
    }
    for (size_t i = 1; i < count; i++) {
        for (size_t j = 0; j < i; j++) {
            if (compare(&keys[j], &keys[i]) == 0) return &keys[i];
        }
    }
    return NULL;
}

void tmesh_json_keys_drop(tmesh_json_keys_t *self, size_t first)
{
    self->count = first;
}
