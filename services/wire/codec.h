// services/wire/codec.h - bodies opened for reading, and errors as bodies.
// What gateway and client share; the commands themselves are written and read by those who own
// them. Pure but for memory; a body belongs to one thread.
#ifndef TMESH_SERVICES_WIRE_CODEC_H
#define TMESH_SERVICES_WIRE_CODEC_H

#include "services/wire/body.h"
#include "services/wire/writer.h"

enum {
    TMESH_CODEC_DEPTH_MAX = 32,        // envelopes are flat; payloads do not come through here
    TMESH_CODEC_RETRY_AFTER_MS = 1000, // what a 503 says when nobody knows better
};

// Parses the body of a message; an empty one is {}. `fields` is then its object, reading payloads
// from `frames`; texts live as long as the arena, JSON and payloads as long as the message.
// TMESH_ERR_INVALID sets *fault_p (yours): "invalid_json", "not_an_object", "too_deep". Later
// objections to fields go there too.
tmesh_err_t tmesh_codec_open(tmesh_frames_t *frames, tmesh_arena_t *arena, tmesh_fault_t **fault_p,
                             tmesh_body_t *fields);
// The same for bytes that are not a message; payloads can't be referred to.
tmesh_err_t tmesh_codec_open_bytes(tmesh_bytes_t body, tmesh_arena_t *arena,
                                   tmesh_fault_t **fault_p, tmesh_body_t *fields);

// Writes "error": {...} into the object that is open. retry_after_ms 0: left out.
void tmesh_codec_write_error(tmesh_writer_t *writer, const tmesh_fault_t *fault,
                             int64_t retry_after_ms);
// A whole answer: its status from the fault; 503 gets TMESH_CODEC_RETRY_AFTER_MS.
tmesh_frames_t *tmesh_codec_error_answer(const tmesh_frames_address_t *to,
                                         const tmesh_fault_t *fault);

// The fault that an "error" in `fields` speaks of (yours), also when it is badly written. `status`
// tells its kind, *retry_after_ms gets 0 when it is missing; may be NULL.
tmesh_fault_t *tmesh_codec_read_error(tmesh_body_t *fields, int status, int64_t *retry_after_ms);

#endif
