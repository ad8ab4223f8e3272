#include "services/wire/frame.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

#include "runtime/base/memory.h"
#include "services/wire/frame_parts.h"
#include "services/wire/handover.h"

enum {
    COPIED_BYTES_MAX = 512, // up to here a copy is cheaper than a counted reference
    INTERRUPTS_MAX = 1000,  // a signal storm is not a reason to hang
};

// ---- Receiving ----------------------------------------------------------------------------------

static tmesh_err_t error_of_receive(int code)
{
    if (code == EAGAIN) return TMESH_ERR_TIMEOUT;
    return code == ETERM ? TMESH_ERR_CLOSED : TMESH_ERR_IO;
}

// Adds what comes next as the last part.
static tmesh_err_t receive_part(tmesh_frames_t *self, void *socket)
{
    tmesh_frames_part_t *part = tmesh_frames_add_part(self);
    zmq_msg_init(&part->message);
    part->view = TMESH_BYTES_NONE;
    for (int i = 0; i < INTERRUPTS_MAX; i++) {
        if (zmq_msg_recv(&part->message, socket, ZMQ_DONTWAIT) >= 0) {
            tmesh_handover_received(&part->message);
            tmesh_frames_look(part);
            return TMESH_OK;
        }
        if (errno != EINTR) return error_of_receive(errno);
    }
    return TMESH_ERR_IO;
}

// Keeps the last part, or only its place when the message has become more than we take.
static void judge_part(tmesh_frames_t *self, size_t limit_bytes)
{
    tmesh_frames_part_t *part = &self->parts[self->count - 1];
    bool is_routing_id = self->routed && self->count == 1;
    if (!is_routing_id) self->total_bytes += part->view.size;
    if (self->total_bytes > limit_bytes) self->too_large = true;
    if (self->count > TMESH_FRAMES_ENVELOPE_MAX + TMESH_FRAMES_HEAD + TMESH_FRAMES_PAYLOADS_MAX) {
        self->too_many = true;
    }
    if (!self->too_many && !self->too_large) return;
    zmq_msg_close(&part->message);
    if (self->count > TMESH_FRAMES_ENVELOPE_MAX + TMESH_FRAMES_HEAD) {
        self->count--;
        return;
    }
    zmq_msg_init(&part->message);
    tmesh_frames_look(part);
}

static void find_head(tmesh_frames_t *self)
{
    self->head = self->routed ? 1 : 0;
    if (self->head < self->count && self->parts[self->head].view.size == 0) {
        self->through_req = true;
        self->head++;
    }
    size_t payloads_from = self->head + TMESH_FRAMES_HEAD;
    if (self->count > payloads_from + TMESH_FRAMES_PAYLOADS_MAX) self->too_many = true;
}

tmesh_err_t tmesh_frames_receive(void *socket, bool routed, size_t limit_bytes,
                                 tmesh_frames_t **frames_p)
{
    tmesh_auto(tmesh_frames) self = tmesh_frames_new_empty();
    self->routed = routed;
    tmesh_err_t err = receive_part(self, socket);
    if (err) return err;
    for (bool more = true; more;) { // libzmq hands over whole messages only, so this ends
        more = zmq_msg_more(&self->parts[self->count - 1].message);
        judge_part(self, limit_bytes);
        if (more) err = receive_part(self, socket);
        if (err) return err == TMESH_ERR_TIMEOUT ? TMESH_ERR_IO : err;
    }
    find_head(self);
    *frames_p = self;
    self = NULL;
    return TMESH_OK;
}

static tmesh_fault_t *refusal_of(const tmesh_frames_t *self)
{
    size_t frames = self->count - self->head;
    if (self->too_many) {
        return tmesh_fault_new(TMESH_ERR_INVALID, "too_many_frames", NULL,
                               "a message has at most %d payload frames",
                               TMESH_FRAMES_PAYLOADS_MAX);
    }
    if (self->too_large) {
        return tmesh_fault_new(TMESH_ERR_INVALID, "message_too_large", NULL,
                               "the message has %zu bytes, more than are taken", self->total_bytes);
    }
    if (frames > 0 &&
        !tmesh_bytes_equal_text(tmesh_frames_part(self, self->head), TMESH_WIRE_VERSION)) {
        tmesh_fault_t *fault =
            tmesh_fault_new(TMESH_ERR_INVALID, "unknown_version", NULL,
                            "the first frame names a protocol version that is not spoken here");
        tmesh_fault_set_details(fault, "{\"versions\":[\"" TMESH_WIRE_VERSION "\"]}");
        return fault;
    }
    if (frames < TMESH_FRAMES_HEAD) {
        return tmesh_fault_new(TMESH_ERR_INVALID, "missing_frames", NULL,
                               "a message has at least %d frames: version, command, request id, "
                               "body; this one has %zu",
                               TMESH_FRAMES_HEAD, frames);
    }
    if (tmesh_frames_request_id(self).size > TMESH_FRAMES_REQUEST_ID_BYTES_MAX) {
        return tmesh_fault_new(TMESH_ERR_INVALID, "request_id_too_long", NULL,
                               "a request id has at most %d bytes",
                               TMESH_FRAMES_REQUEST_ID_BYTES_MAX);
    }
    if (tmesh_frames_command(self).size > TMESH_FRAMES_COMMAND_BYTES_MAX) {
        return tmesh_fault_new(TMESH_ERR_INVALID, "command_too_long", NULL,
                               "a command has at most %d bytes", TMESH_FRAMES_COMMAND_BYTES_MAX);
    }
    return NULL;
}

tmesh_err_t tmesh_frames_parse(const tmesh_frames_t *self, tmesh_fault_t **fault_p)
{
    tmesh_fault_t *fault = refusal_of(self);
    if (!fault) return TMESH_OK;
    *fault_p = fault;
    return fault->err;
}

tmesh_frames_address_t tmesh_frames_address(const tmesh_frames_t *self)
{
    tmesh_frames_address_t address; // bytes that its sizes do not count are not written
    address.through_req = self->through_req;
    address.routing_id_size = 0;
    address.request_id_size = 0;
    if (self->routed) {
        tmesh_bytes_t routing_id = tmesh_frames_part(self, 0);
        assert(routing_id.size <= TMESH_FRAMES_ROUTING_ID_BYTES_MAX);
        address.routing_id_size = (uint8_t)routing_id.size;
        memcpy(address.routing_id, routing_id.data, routing_id.size);
    }
    tmesh_bytes_t request_id = tmesh_frames_request_id(self);
    if (request_id.data && request_id.size <= TMESH_FRAMES_REQUEST_ID_BYTES_MAX) {
        address.request_id_size = (uint8_t)request_id.size;
        memcpy(address.request_id, request_id.data, request_id.size);
    }
    return address;
}

tmesh_bytes_t tmesh_frames_command(const tmesh_frames_t *self)
{
    return tmesh_frames_part(self, self->head + 1);
}

tmesh_bytes_t tmesh_frames_request_id(const tmesh_frames_t *self)
{
    return tmesh_frames_part(self, self->head + 2);
}

tmesh_bytes_t tmesh_frames_body(const tmesh_frames_t *self)
{
    return tmesh_frames_part(self, self->head + 3);
}

int tmesh_frames_status(const tmesh_frames_t *self)
{
    tmesh_bytes_t word = tmesh_frames_command(self);
    if (word.size != 3 || word.data[0] < '1' || word.data[0] > '5') return 0;
    int status = 0;
    for (size_t i = 0; i < word.size; i++) {
        if (word.data[i] < '0' || word.data[i] > '9') return 0;
        status = status * 10 + (word.data[i] - '0');
    }
    return status;
}

size_t tmesh_frames_payload_count(const tmesh_frames_t *self)
{
    size_t payloads_from = self->head + TMESH_FRAMES_HEAD;
    return self->count > payloads_from ? self->count - payloads_from : 0;
}

tmesh_bytes_t tmesh_frames_payload(const tmesh_frames_t *self, size_t index)
{
    assert(index < tmesh_frames_payload_count(self));
    return tmesh_frames_part(self, self->head + TMESH_FRAMES_HEAD + index);
}

size_t tmesh_frames_content_bytes(const tmesh_frames_t *self)
{
    size_t bytes = tmesh_frames_body(self).size;
    for (size_t i = 0; i < tmesh_frames_payload_count(self); i++) {
        bytes += tmesh_frames_payload(self, i).size;
    }
    return bytes;
}

static void release_message(void *object)
{
    zmq_msg_close(object);
}

tmesh_bytes_t tmesh_frames_share_payload(tmesh_frames_t *self, size_t index, tmesh_arena_t *arena)
{
    tmesh_bytes_t payload = tmesh_frames_payload(self, index);
    if (payload.size <= COPIED_BYTES_MAX) return tmesh_arena_bytes(arena, payload);
    zmq_msg_t *shared = tmesh_arena_alloc(arena, sizeof *shared);
    zmq_msg_init(shared);
    zmq_msg_copy(shared, &self->parts[self->head + TMESH_FRAMES_HEAD + index].message);
    tmesh_arena_adopt(arena, shared, release_message);
    return (tmesh_bytes_t){zmq_msg_data(shared), zmq_msg_size(shared)};
}

static void release_frames(void *object)
{
    tmesh_frames_t *frames = object;
    tmesh_frames_destroy(&frames);
}

void tmesh_frames_adopt(tmesh_frames_t **self_p, tmesh_arena_t *arena)
{
    tmesh_arena_adopt(arena, *self_p, release_frames);
    *self_p = NULL;
}

size_t tmesh_frames_total_bytes(const tmesh_frames_t *self)
{
    return self->total_bytes;
}
