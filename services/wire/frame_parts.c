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
    for (size_t i = 0; i < self->count; i++) zmq_msg_close(&self->parts[i].message);
    if (self->parts != self->first_parts) tmesh_free(self->parts);
    tmesh_free(self);
    *self_p = NULL;
}

static void grow(tmesh_frames_t *self)
{
    size_t capacity = self->capacity * 2;
    tmesh_frames_part_t *parts = tmesh_alloc_array(capacity, sizeof *parts);
    for (size_t i = 0; i < self->count; i++) {
        zmq_msg_init(&parts[i].message);
        zmq_msg_move(&parts[i].message, &self->parts[i].message);
        zmq_msg_close(&self->parts[i].message);
        tmesh_frames_look(&parts[i]);
    }
    if (self->parts != self->first_parts) tmesh_free(self->parts);
    self->parts = parts;
    self->capacity = capacity;
}

tmesh_frames_part_t *tmesh_frames_add_part(tmesh_frames_t *self)
{
    if (self->count == self->capacity) grow(self);
    return &self->parts[self->count++];
}
