// runtime/base/memory.h - memory that is there or the process is not.
// Lack of memory stops the process: the store brings us back. So nobody checks for NULL.
#ifndef TMESH_RUNTIME_BASE_MEMORY_H
#define TMESH_RUNTIME_BASE_MEMORY_H

#include <stddef.h>

// Zeroed memory, yours; size 0 gives a valid pointer.
void *tmesh_alloc(size_t size) __attribute__((malloc, returns_nonnull));
void *tmesh_alloc_array(size_t count, size_t size) __attribute__((malloc, returns_nonnull));
// The same, beginning at a cache line: for what threads share (TMESH_CACHE_ALIGNED).
void *tmesh_alloc_lines(size_t size) __attribute__((malloc, returns_nonnull));
// The grown part is not zeroed.
void *tmesh_realloc_array(void *memory, size_t count, size_t size)
    __attribute__((returns_nonnull));
char *tmesh_strdup(const char *text) __attribute__((returns_nonnull));
void *tmesh_memdup(const void *data, size_t size) __attribute__((returns_nonnull));
char *tmesh_printf(const char *format, ...)
    __attribute__((format(printf, 1, 2), returns_nonnull));
void tmesh_free(void *memory);

// tmesh_auto(tmesh_task) task = ...; calls tmesh_task_destroy(&task) at scope end.
#define tmesh_auto(class) __attribute__((cleanup(class##_destroy))) class##_t *

// The same for plain memory: tmesh_auto_free char *text = tmesh_strdup("...");
void tmesh_free_at_scope_end(void *memory_p);
#define tmesh_auto_free __attribute__((cleanup(tmesh_free_at_scope_end)))

// A field that begins a cache line of its own, so that threads do not fetch it in vain.
#define TMESH_CACHE_ALIGNED _Alignas(64)

#define TMESH_COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

#endif
