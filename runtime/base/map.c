#include "runtime/base/map.h"

#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "runtime/base/memory.h"

enum { FIRST_CAPACITY = 16 }; // a power of two, like every capacity after it

typedef struct {
    void *value; // NULL: free
    char *key;
    size_t size;
    uint64_t hash;
} slot_t;

struct tmesh_map {
    slot_t *slots;
    size_t capacity;
    size_t count;
};

tmesh_map_t *tmesh_map_new(void)
{
    tmesh_map_t *self = tmesh_alloc(sizeof *self);
    self->capacity = FIRST_CAPACITY;
    self->slots = tmesh_alloc_array(self->capacity, sizeof(slot_t));
    return self;
}

void tmesh_map_destroy(tmesh_map_t **self_p)
{
    tmesh_map_t *self = *self_p;
    if (!self) return;
    for (size_t i = 0; i < self->capacity; i++) tmesh_free(self->slots[i].key);
    tmesh_free(self->slots);
    tmesh_free(self);
    *self_p = NULL;
}

size_t tmesh_map_count(const tmesh_map_t *self)
{
    return self->count;
}

// FNV-1a with a final mix, since the low bits choose the slot.
static uint64_t hash_of(const void *key, size_t size)
{
    const unsigned char *bytes = key;
    uint64_t hash = 0xcbf29ce484222325u;
    for (size_t i = 0; i < size; i++) hash = (hash ^ bytes[i]) * 0x100000001b3u;
    hash ^= hash >> 32;
    hash *= 0xd6e8feb86659fd93u;
    return hash ^ (hash >> 32);
}

static size_t find(const tmesh_map_t *self, const void *key, size_t size, uint64_t hash)
{
    size_t i = hash & (self->capacity - 1);
    while (self->slots[i].value) {
        const slot_t *slot = &self->slots[i];
        if (slot->hash == hash && slot->size == size && memcmp(slot->key, key, size) == 0) break;
        i = (i + 1) & (self->capacity - 1);
    }
    return i;
}

void *tmesh_map_get(const tmesh_map_t *self, const void *key, size_t size)
{
    if (self->count == 0) return NULL;
    return self->slots[find(self, key, size, hash_of(key, size))].value;
}

static void grow(tmesh_map_t *self)
{
    slot_t *old = self->slots;
    size_t old_capacity = self->capacity;
    self->capacity *= 2;
    self->slots = tmesh_alloc_array(self->capacity, sizeof(slot_t));
    for (size_t i = 0; i < old_capacity; i++) {
        if (!old[i].value) continue;
        self->slots[find(self, old[i].key, old[i].size, old[i].hash)] = old[i];
    }
    tmesh_free(old);
}

void *tmesh_map_put(tmesh_map_t *self, const void *key, size_t size, void *value)
{
    assert(value);
    if (self->count * 4 >= self->capacity * 3) grow(self);
    uint64_t hash = hash_of(key, size);
    slot_t *slot = &self->slots[find(self, key, size, hash)];
    void *before = slot->value;
    if (!before) {
        *slot = (slot_t){.key = tmesh_memdup(key, size), .size = size, .hash = hash};
        self->count++;
    }
    slot->value = value;
    return before;
}

void *tmesh_map_remove(tmesh_map_t *self, const void *key, size_t size)
{
    size_t hole = find(self, key, size, hash_of(key, size));
    void *value = self->slots[hole].value;
    if (!value) return NULL;
    tmesh_free(self->slots[hole].key);
    self->slots[hole] = (slot_t){0};
    self->count--;
    // Close the gap: whatever the hole kept away from its own slot moves into it.
    for (size_t i = (hole + 1) & (self->capacity - 1); self->slots[i].value;
         i = (i + 1) & (self->capacity - 1)) {
        size_t home = self->slots[i].hash & (self->capacity - 1);
        bool may_move = hole <= i ? (home <= hole || home > i) : (home <= hole && home > i);
        if (!may_move) continue;
        self->slots[hole] = self->slots[i];
        self->slots[i] = (slot_t){0};
        hole = i;
    }
    return value;
}

void *tmesh_map_next(const tmesh_map_t *self, size_t *position)
{
    while (*position < self->capacity) {
        void *value = self->slots[(*position)++].value;
        if (value) return value;
    }
    return NULL;
}
