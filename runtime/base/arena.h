// runtime/base/arena.h - memory that is freed all at once.
// What a message or a batch points to lives in one arena, and goes with it.
// Owned by one thread at a time; hand the whole arena over, never parts of it.
#ifndef TMESH_RUNTIME_BASE_ARENA_H
#define TMESH_RUNTIME_BASE_ARENA_H

#include "runtime/base/bytes.h"

typedef struct tmesh_arena tmesh_arena_t;

tmesh_arena_t *tmesh_arena_new(void);
void tmesh_arena_destroy(tmesh_arena_t **self_p);

// Zeroed, aligned for any type, valid until the arena is destroyed.
void *tmesh_arena_alloc(tmesh_arena_t *self, size_t size) __attribute__((returns_nonnull));
void *tmesh_arena_copy(tmesh_arena_t *self, const void *data, size_t size)
    __attribute__((returns_nonnull));
// NULL stays NULL.
char *tmesh_arena_text(tmesh_arena_t *self, const char *text);
char *tmesh_arena_printf(tmesh_arena_t *self, const char *format, ...)
    __attribute__((format(printf, 2, 3), returns_nonnull));
// A copy with a zero byte behind it, which is not counted.
tmesh_bytes_t tmesh_arena_bytes(tmesh_arena_t *self, tmesh_bytes_t bytes);
// The arena will call release(object) when it is destroyed: for things that other libraries own.
void tmesh_arena_adopt(tmesh_arena_t *self, void *object, void (*release)(void *object));

#endif
