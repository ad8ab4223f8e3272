#include "runtime/base/memory.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void *present(void *memory)
{
    if (memory) return memory;
    fputs("taskmesh: out of memory\n", stderr);
    abort();
}

// What glibc keeps for each thread, without a lock, it gives to malloc only.
enum { KEPT_BYTES_MAX = 1032 };

void *tmesh_alloc(size_t size)
{
    if (size > KEPT_BYTES_MAX) return present(calloc(1, size));
    return memset(present(malloc(size ? size : 1)), 0, size);
}

void *tmesh_alloc_array(size_t count, size_t size)
{
    size_t total = 0;
    if (__builtin_mul_overflow(count, size, &total)) return present(NULL);
    return tmesh_alloc(total);
}

void *tmesh_alloc_lines(size_t size)
{
    const size_t line = 64;
    size_t whole = (size + line - 1) & ~(line - 1);
    return memset(present(aligned_alloc(line, whole)), 0, whole);
}

void *tmesh_realloc_array(void *memory, size_t count, size_t size)
{
    size_t total = 0;
    if (__builtin_mul_overflow(count, size, &total)) return present(NULL);
    return present(realloc(memory, total ? total : 1));
}

char *tmesh_strdup(const char *text)
{
    return present(strdup(text));
}

void *tmesh_memdup(const void *data, size_t size)
{
    void *copy = tmesh_alloc(size);
    if (size) memcpy(copy, data, size);
    return copy;
}

char *tmesh_printf(const char *format, ...)
{
    char *text = NULL;
    va_list arguments;
    va_start(arguments, format);
    int length = vasprintf(&text, format, arguments);
    va_end(arguments);
    return length < 0 ? present(NULL) : text;
}

void tmesh_free(void *memory)
{
    free(memory);
}

void tmesh_free_at_scope_end(void *memory_p)
{
    void **pointer = memory_p;
    free(*pointer);
    *pointer = NULL;
}
