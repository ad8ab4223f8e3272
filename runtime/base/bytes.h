// runtime/base/bytes.h - a view of bytes, and a buffer that grows.
#ifndef TMESH_RUNTIME_BASE_BYTES_H
#define TMESH_RUNTIME_BASE_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// Lent bytes: whoever gave them says how long they live. data NULL means absent (not empty).
typedef struct {
    const char *data;
    size_t size;
} tmesh_bytes_t;

#define TMESH_BYTES_NONE ((tmesh_bytes_t){NULL, 0})
tmesh_bytes_t tmesh_bytes(const void *data, size_t size);
tmesh_bytes_t tmesh_bytes_of_text(const char *text);
bool tmesh_bytes_equal(tmesh_bytes_t a, tmesh_bytes_t b);
bool tmesh_bytes_equal_text(tmesh_bytes_t a, const char *text);

// A growing buffer. The contents always have a zero byte behind them.
typedef struct tmesh_buffer {
    char *data;
    size_t size;
    size_t capacity;
} tmesh_buffer_t;

tmesh_buffer_t *tmesh_buffer_new(void);
void tmesh_buffer_destroy(tmesh_buffer_t **self_p);
void tmesh_buffer_clear(tmesh_buffer_t *self);
// Keeps the first bytes only; size <= self->size.
void tmesh_buffer_cut(tmesh_buffer_t *self, size_t size);
void tmesh_buffer_add(tmesh_buffer_t *self, const void *data, size_t size);
// The same for bytes that the caller writes then: where they go, until the next change.
char *tmesh_buffer_extend(tmesh_buffer_t *self, size_t size);
void tmesh_buffer_add_text(tmesh_buffer_t *self, const char *text);
void tmesh_buffer_printf(tmesh_buffer_t *self, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
tmesh_bytes_t tmesh_buffer_bytes(const tmesh_buffer_t *self);
const char *tmesh_buffer_text(const tmesh_buffer_t *self);
// Takes the contents out (yours, tmesh_free) and leaves the buffer empty.
char *tmesh_buffer_take(tmesh_buffer_t *self);

#endif
