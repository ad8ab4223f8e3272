#include "runtime/base/arena.h"

#include <assert.h>
#include <stdalign.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "runtime/base/memory.h"

enum {
    BLOCK_BYTES = 2048,
    WHOLE_BYTES = 1024, // of a new arena with its first block: malloc keeps such pieces at hand
};

typedef struct block {
    struct block *next;
    size_t used;
    size_t capacity;
    alignas(max_align_t) char data[];
} block_t;

typedef struct adopted {
    struct adopted *next;
    void *object;
    void (*release)(void *object);
} adopted_t;

struct tmesh_arena {
    block_t *newest;    // allocations come from here
    adopted_t *adopted; // to release at the end, newest first
    block_t first;      // its data ends where the arena does
};

// Most arenas are those of one small message and need no other block.
tmesh_arena_t *tmesh_arena_new(void)
{
    tmesh_arena_t *self = tmesh_realloc_array(NULL, 1, WHOLE_BYTES);
    self->newest = &self->first;
    self->adopted = NULL;
    self->first.next = NULL;
    self->first.used = 0;
    self->first.capacity = WHOLE_BYTES - offsetof(tmesh_arena_t, first.data);
    return self;
}

void tmesh_arena_destroy(tmesh_arena_t **self_p)
{
    tmesh_arena_t *self = *self_p;
    if (!self) return;
    for (adopted_t *item = self->adopted; item; item = item->next) item->release(item->object);
    for (block_t *block = self->newest; block != &self->first;) {
        block_t *next = block->next;
        tmesh_free(block);
        block = next;
    }
    tmesh_free(self);
    *self_p = NULL;
}

static void *take(tmesh_arena_t *self, size_t size)
{
    const size_t alignment = alignof(max_align_t);
    size = (size + alignment - 1) & ~(alignment - 1);
    block_t *block = self->newest;
    if (block->capacity - block->used < size) {
        size_t capacity = size > BLOCK_BYTES ? size : BLOCK_BYTES;
        block = tmesh_realloc_array(NULL, 1, sizeof *block + capacity);
        *block = (block_t){.capacity = capacity, .next = self->newest};
        self->newest = block;
    }
    void *memory = block->data + block->used;
    block->used += size;
    return memory;
}

void *tmesh_arena_alloc(tmesh_arena_t *self, size_t size)
{
    return memset(take(self, size), 0, size);
}

void *tmesh_arena_copy(tmesh_arena_t *self, const void *data, size_t size)
{
    void *memory = take(self, size ? size : 1);
    if (size) memcpy(memory, data, size);
    return memory;
}

char *tmesh_arena_text(tmesh_arena_t *self, const char *text)
{
    return text ? tmesh_arena_copy(self, text, strlen(text) + 1) : NULL;
}

char *tmesh_arena_printf(tmesh_arena_t *self, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    va_list again;
    va_copy(again, arguments);
    int length = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    assert(length >= 0);
    char *text = take(self, (size_t)length + 1);
    vsnprintf(text, (size_t)length + 1, format, again);
    va_end(again);
    return text;
}

tmesh_bytes_t tmesh_arena_bytes(tmesh_arena_t *self, tmesh_bytes_t bytes)
{
    if (!bytes.data) return bytes;
    char *copy = take(self, bytes.size + 1);
    if (bytes.size) memcpy(copy, bytes.data, bytes.size);
    copy[bytes.size] = 0;
    return (tmesh_bytes_t){copy, bytes.size};
}

void tmesh_arena_adopt(tmesh_arena_t *self, void *object, void (*release)(void *object))
{
    adopted_t *item = take(self, sizeof *item);
    *item = (adopted_t){.next = self->adopted, .object = object, .release = release};
    self->adopted = item;
}
