#include "services/wire/frame_parts.h"

#include <stddef.h>
#include <string.h>

#include "runtime/base/memory.h"

tmesh_frames_t *tmesh_frames_new_empty(void)
{
    tmesh_frames_t *self = tmesh_realloc_array(NULL, 1, sizeof *self);
    memset(self, 0, offsetof(tmesh_frames_t, first_parts)); // those are initialised as they come
    self->capacity = TMESH_FRAMES_PARTS_AT_FIRST;
    self->parts = self->first_parts;
    return self;
}

void tmesh_frames_destroy(tmesh_frames_t **self_p)
{
    tmesh_frames_t *self = *self_p;
    if (!self) return;
    for (size_t i = 0; i < self->count; i++) zmq_msg_close(&self->parts[i]);
    if (self->parts != self->first_parts) tmesh_free(self->parts);
    tmesh_free(self);
    *self_p = NULL;
}

static void grow(tmesh_frames_t *self)
{
    size_t capacity = self->capacity * 2;
    zmq_msg_t *parts = tmesh_alloc_array(capacity, sizeof *parts);
    for (size_t i = 0; i < self->count; i++) {
        zmq_msg_init(&parts[i]);
        zmq_msg_move(&parts[i], &self->parts[i]);
        zmq_msg_close(&self->parts[i]);
    }
    if (self->parts != self->first_parts) tmesh_free(self->parts);
    self->parts = parts;
    self->capacity = capacity;
}

zmq_msg_t *tmesh_frames_add_part(tmesh_frames_t *self)
{
    if (self->count == self->capacity) grow(self);
    return &self->parts[self->count++];
}

tmesh_bytes_t tmesh_frames_part(const tmesh_frames_t *self, size_t index)
{
    if (index >= self->count) return TMESH_BYTES_NONE;
    zmq_msg_t *part = &self->parts[index];
    return (tmesh_bytes_t){zmq_msg_data(part), zmq_msg_size(part)};
}
