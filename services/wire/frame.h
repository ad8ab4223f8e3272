// services/wire/frame.h - one multipart message as it is on the wire (docs/PROTOCOL.md, Frames).
//
//   received:  tmesh_frames_receive -> tmesh_frames_parse -> the views below
//   sent:      tmesh_frames_new_* -> set_body, add_payload -> tmesh_frames_send
//
// Plain libzmq sockets; a message belongs to the thread that uses its socket. Payloads are moved in
// from libzmq, never copied; what must outlive the message is shared into an arena.
#ifndef TMESH_SERVICES_WIRE_FRAME_H
#define TMESH_SERVICES_WIRE_FRAME_H

#include "runtime/base/allowance.h"
#include "runtime/base/arena.h"
#include "runtime/base/error.h"

#define TMESH_WIRE_VERSION "TM1"

enum {
    TMESH_FRAMES_HEAD = 4, // version, command or status, request id, body
    TMESH_FRAMES_PAYLOADS_MAX = 70000, // a result of each step that a task can have, and some more
    TMESH_FRAMES_COMMAND_BYTES_MAX = 64,
    TMESH_FRAMES_REQUEST_ID_BYTES_MAX = 64,
    TMESH_FRAMES_ROUTING_ID_BYTES_MAX = 255, // libzmq's own limit
};

typedef struct tmesh_frames tmesh_frames_t;

// Whom to answer: a plain value, to keep for as long as the answer takes.
typedef struct {
    bool through_req; // the peer speaks with a leading empty frame
    uint8_t routing_id_size;
    uint8_t request_id_size;
    uint8_t routing_id[TMESH_FRAMES_ROUTING_ID_BYTES_MAX];
    uint8_t request_id[TMESH_FRAMES_REQUEST_ID_BYTES_MAX];
} tmesh_frames_address_t;

void tmesh_frames_destroy(tmesh_frames_t **self_p);

// ---- Receiving ----------------------------------------------------------------------------------

// Takes the next message, without waiting. `routed`: the socket is a ROUTER, so the first frame is
// the peer's routing id. A message of more than limit_bytes or with too many frames is taken in
// whole, but only its head is kept; parse says so.
// TMESH_ERR_TIMEOUT: nothing is waiting. TMESH_ERR_CLOSED: the context ends. TMESH_ERR_IO: a bug.
tmesh_err_t tmesh_frames_receive(void *socket, bool routed, size_t limit_bytes,
                                 tmesh_frames_t **frames_p);
// Is it a message of this protocol? If not, TMESH_ERR_INVALID and *fault_p is set (yours): code
// "too_many_frames", "message_too_large", "missing_frames", "unknown_version",
// "request_id_too_long" or "command_too_long". Its address can be answered either way.
tmesh_err_t tmesh_frames_parse(const tmesh_frames_t *self, tmesh_fault_t **fault_p);

// Frames that are missing, and a request id that is too long, are left out of the address.
tmesh_frames_address_t tmesh_frames_address(const tmesh_frames_t *self);
// Absent when there is no such frame.
tmesh_bytes_t tmesh_frames_command(const tmesh_frames_t *self);
tmesh_bytes_t tmesh_frames_request_id(const tmesh_frames_t *self);
tmesh_bytes_t tmesh_frames_body(const tmesh_frames_t *self);
// The second frame as a status, 100 to 599; 0 when it is a command.
int tmesh_frames_status(const tmesh_frames_t *self);
size_t tmesh_frames_payload_count(const tmesh_frames_t *self);
// index < payload_count. Lent until the message is destroyed.
tmesh_bytes_t tmesh_frames_payload(const tmesh_frames_t *self, size_t index);
// The same bytes, living as long as the arena, whichever thread that goes to: counted, not copied,
// unless they are few. One payload may be shared into several arenas.
tmesh_bytes_t tmesh_frames_share_payload(tmesh_frames_t *self, size_t index, tmesh_arena_t *arena);
// The arena owns the whole message from now on; every view of it stays valid as long.
void tmesh_frames_adopt(tmesh_frames_t **self_p, tmesh_arena_t *arena);
// Of all frames but the routing id.
size_t tmesh_frames_total_bytes(const tmesh_frames_t *self);

// Of the body and the payloads, received or to be sent.
size_t tmesh_frames_content_bytes(const tmesh_frames_t *self);

// ---- Sending ------------------------------------------------------------------------------------

// From a client; at most TMESH_FRAMES_REQUEST_ID_BYTES_MAX bytes of request id.
tmesh_frames_t *tmesh_frames_new_request(const char *command, tmesh_bytes_t request_id);
// The server's answer, and what it sends by itself (the request id stays empty).
tmesh_frames_t *tmesh_frames_new_answer(const tmesh_frames_address_t *to, int status);
tmesh_frames_t *tmesh_frames_new_push(const tmesh_frames_address_t *to, const char *command);

// Turns a received message that was parsed into its answer: who asked, and the request id, stay
// where they are. Its payloads and all views of it are gone.
void tmesh_frames_make_answer(tmesh_frames_t *self, int status, tmesh_bytes_t body);

// Copied. Until it is set, the body is empty, which means {}.
void tmesh_frames_set_body(tmesh_frames_t *self, tmesh_bytes_t body);
// Takes the contents of the buffer, which is empty afterwards.
void tmesh_frames_take_body(tmesh_frames_t *self, tmesh_buffer_t *body);
// Copied; returns the index that {"frame": N} refers to. At most TMESH_FRAMES_PAYLOADS_MAX.
size_t tmesh_frames_add_payload(tmesh_frames_t *self, tmesh_bytes_t payload);
// Not copied: release(data, hint) is called once libzmq is done with it, in any thread.
size_t tmesh_frames_add_payload_lent(tmesh_frames_t *self, tmesh_bytes_t payload,
                                     void (*release)(void *data, void *hint), void *hint);

// Takes the bytes of the content from an allowance until libzmq is done with the message, or until
// it is destroyed. Once, when nothing will be added any more.
void tmesh_frames_count(tmesh_frames_t *self, tmesh_allowance_t *allowance);
bool tmesh_frames_are_counted(const tmesh_frames_t *self);

// Sends without waiting; on success *self_p is NULL. Otherwise it is still yours:
// TMESH_ERR_FULL, nothing was sent, the same message can be tried again; TMESH_ERR_NOT_FOUND, a
// ROUTER knows no such peer (set ZMQ_ROUTER_MANDATORY); TMESH_ERR_CONNECTION, the peer went away in
// the middle and the message is gone; TMESH_ERR_CLOSED, the context ends.
tmesh_err_t tmesh_frames_send(tmesh_frames_t **self_p, void *socket);

#endif
