#include "embed/log_lines.h"

#include <assert.h>
#include <pthread.h>
#include <string.h>

#include "runtime/base/bytes.h"
#include "runtime/base/memory.h"

typedef struct {
    tmesh_log_line_fn *on_line;
    void *context;
    pthread_mutex_t lock; // held while a line is told; sanitizers do not see the lock of a stream
    tmesh_buffer_t *line; // what has come of it; behind the lock
} lines_t;

// A long line comes in pieces, and lines of several threads may come in one.
static ssize_t write_piece(void *cookie, const char *data, size_t size)
{
    lines_t *self = cookie;
    const char *rest = data;
    const char *end = NULL;
    pthread_mutex_lock(&self->lock);
    while ((end = memchr(rest, '\n', size - (size_t)(rest - data)))) {
        tmesh_buffer_add(self->line, rest, (size_t)(end - rest));
        self->on_line(self->context, tmesh_buffer_text(self->line));
        tmesh_buffer_clear(self->line);
        rest = end + 1;
    }
    tmesh_buffer_add(self->line, rest, size - (size_t)(rest - data));
    pthread_mutex_unlock(&self->lock);
    return (ssize_t)size;
}

static int close_lines(void *cookie)
{
    lines_t *self = cookie;
    tmesh_buffer_destroy(&self->line);
    pthread_mutex_destroy(&self->lock);
    tmesh_free(self);
    return 0;
}

FILE *tmesh_log_lines_open(tmesh_log_line_fn *on_line, void *context)
{
    lines_t *self = tmesh_alloc(sizeof *self);
    self->on_line = on_line;
    self->context = context;
    self->line = tmesh_buffer_new();
    pthread_mutex_init(&self->lock, NULL);
    const cookie_io_functions_t functions = {.write = write_piece, .close = close_lines};
    FILE *stream = fopencookie(self, "w", functions);
    assert(stream);
    return stream;
}
