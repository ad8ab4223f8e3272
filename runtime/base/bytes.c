#include "runtime/base/bytes.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "runtime/base/memory.h"

tmesh_bytes_t tmesh_bytes(const void *data, size_t size)
{
    return (tmesh_bytes_t){data, size};
}

tmesh_bytes_t tmesh_bytes_of_text(const char *text)
{
    return (tmesh_bytes_t){text, text ? strlen(text) : 0};
}

bool tmesh_bytes_equal(tmesh_bytes_t a, tmesh_bytes_t b)
{
    return a.size == b.size && (a.size == 0 || memcmp(a.data, b.data, a.size) == 0);
}

bool tmesh_bytes_equal_text(tmesh_bytes_t a, const char *text)
{
    return tmesh_bytes_equal(a, tmesh_bytes_of_text(text));
}

tmesh_buffer_t *tmesh_buffer_new(void)
{
    tmesh_buffer_t *self = tmesh_alloc(sizeof *self);
    self->capacity = 256;
    self->data = tmesh_alloc(self->capacity);
    return self;
}

void tmesh_buffer_destroy(tmesh_buffer_t **self_p)
{
    if (!*self_p) return;
    tmesh_free((*self_p)->data);
    tmesh_free(*self_p);
    *self_p = NULL;
}

void tmesh_buffer_clear(tmesh_buffer_t *self)
{
    tmesh_buffer_cut(self, 0);
}

void tmesh_buffer_cut(tmesh_buffer_t *self, size_t size)
{
    assert(size <= self->size);
    self->size = size;
    self->data[size] = 0;
}

static void reserve(tmesh_buffer_t *self, size_t more)
{
    size_t wanted = self->size + more + 1;
    if (wanted <= self->capacity) return;
    size_t capacity = self->capacity * 2;
    if (capacity < wanted) capacity = wanted;
    self->data = tmesh_realloc_array(self->data, capacity, 1);
    self->capacity = capacity;
}

char *tmesh_buffer_extend(tmesh_buffer_t *self, size_t size)
{
    reserve(self, size);
    char *added = self->data + self->size;
    self->size += size;
    self->data[self->size] = 0;
    return added;
}

void tmesh_buffer_add(tmesh_buffer_t *self, const void *data, size_t size)
{
    char *added = tmesh_buffer_extend(self, size);
    if (size) memcpy(added, data, size);
}

void tmesh_buffer_add_text(tmesh_buffer_t *self, const char *text)
{
    tmesh_buffer_add(self, text, strlen(text));
}

void tmesh_buffer_printf(tmesh_buffer_t *self, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    va_list again;
    va_copy(again, arguments);
    size_t room = self->capacity - self->size;
    int length = vsnprintf(self->data + self->size, room, format, arguments);
    va_end(arguments);
    if (length > 0 && (size_t)length >= room) {
        reserve(self, (size_t)length);
        vsnprintf(self->data + self->size, (size_t)length + 1, format, again);
    }
    if (length > 0) self->size += (size_t)length;
    va_end(again);
}

tmesh_bytes_t tmesh_buffer_bytes(const tmesh_buffer_t *self)
{
    return (tmesh_bytes_t){self->data, self->size};
}

const char *tmesh_buffer_text(const tmesh_buffer_t *self)
{
    return self->data;
}

char *tmesh_buffer_take(tmesh_buffer_t *self)
{
    char *data = self->data;
    self->capacity = 256;
    self->data = tmesh_alloc(self->capacity);
    self->size = 0;
    return data;
}
