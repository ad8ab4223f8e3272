// services/wire/frame_parts.h - the inside of a message, for frame.c and frame_send.c alone.
#ifndef TMESH_SERVICES_WIRE_FRAME_PARTS_H
#define TMESH_SERVICES_WIRE_FRAME_PARTS_H

#include <zmq.h>

#include "services/wire/frame.h"

enum {
    TMESH_FRAMES_ENVELOPE_MAX = 2, // routing id and the empty frame
    TMESH_FRAMES_PARTS_AT_FIRST = 8,
};

// A frame, and what it says: libzmq's way to that is a call for each look.
typedef struct {
    zmq_msg_t message;
    tmesh_bytes_t view; // of the message; small ones live inside zmq_msg_t
} tmesh_frames_part_t;

struct tmesh_frames {
    tmesh_frames_part_t *parts;
    size_t count;
    size_t capacity;
    size_t head;        // index of the version frame
    bool routed;        // part 0 is a routing id
    bool through_req;   // an empty frame is before the head
    bool too_many;      // more frames than allowed came; only the head was kept
    bool too_large;     // more bytes than allowed came; the same
    bool counted;       // by tmesh_frames_count
    size_t total_bytes; // received: of all frames but the routing id
    tmesh_frames_part_t first_parts[TMESH_FRAMES_PARTS_AT_FIRST]; // where `parts` is until there are more
};

tmesh_frames_t *tmesh_frames_new_empty(void);
// A new last part, whose message the caller initialises. Views taken before are void.
tmesh_frames_part_t *tmesh_frames_add_part(tmesh_frames_t *self);
// After each change of its message.
static inline void tmesh_frames_look(tmesh_frames_part_t *part)
{
    part->view = (tmesh_bytes_t){zmq_msg_data(&part->message), zmq_msg_size(&part->message)};
}

// Absent when there is no such part.
static inline tmesh_bytes_t tmesh_frames_part(const tmesh_frames_t *self, size_t index)
{
    return index < self->count ? self->parts[index].view : TMESH_BYTES_NONE;
}

#endif
