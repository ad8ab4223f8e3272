#include <assert.h>
#include <errno.h>
#include <stdatomic.h>
#include <string.h>

#include "runtime/base/memory.h"
#include "services/wire/frame.h"
#include "services/wire/frame_parts.h"
#include "services/wire/handover.h"

enum {
    BODY_COPIED_BYTES_MAX = 1024, // up to here a copy is cheaper than a counted reference
    STATUS_TEXT_BYTES = 4,
    OWN_BYTES_MAX = 32, // surely inside of zmq_msg_t; more may be a part of a buffer of libzmq
    INTERRUPTS_MAX = 1000, // a signal storm is not a reason to hang
};

static void fill(tmesh_frames_part_t *part, const void *data, size_t size)
{
    int failed = zmq_msg_init_size(&part->message, size);
    assert(!failed); // lack of memory stops the process
    void *place = zmq_msg_data(&part->message);
    if (size) memcpy(place, data, size);
    part->view = (tmesh_bytes_t){place, size};
}

// Lends it bytes: release(data, hint) is called when libzmq is done with them.
static void lend(tmesh_frames_part_t *part, void *data, size_t size,
                 void (*release)(void *data, void *hint), void *hint)
{
    int failed = zmq_msg_init_data(&part->message, data, size, release, hint);
    assert(!failed);
    tmesh_frames_look(part);
}

static void add_copy(tmesh_frames_t *self, const void *data, size_t size)
{
    fill(tmesh_frames_add_part(self), data, size);
}

static void add_head(tmesh_frames_t *self, const char *word, tmesh_bytes_t request_id)
{
    assert(strlen(word) <= TMESH_FRAMES_COMMAND_BYTES_MAX);
    assert(request_id.size <= TMESH_FRAMES_REQUEST_ID_BYTES_MAX);
    self->head = self->count;
    add_copy(self, TMESH_WIRE_VERSION, strlen(TMESH_WIRE_VERSION));
    add_copy(self, word, strlen(word));
    add_copy(self, request_id.data, request_id.size);
    add_copy(self, NULL, 0); // the body, until it is set
}

tmesh_frames_t *tmesh_frames_new_request(const char *command, tmesh_bytes_t request_id)
{
    tmesh_frames_t *self = tmesh_frames_new_empty();
    add_head(self, command, request_id);
    return self;
}

static tmesh_frames_t *new_routed(const tmesh_frames_address_t *to)
{
    tmesh_frames_t *self = tmesh_frames_new_empty();
    self->routed = true;
    self->through_req = to->through_req;
    add_copy(self, to->routing_id, to->routing_id_size);
    if (to->through_req) add_copy(self, NULL, 0);
    return self;
}

static void write_status(char text[STATUS_TEXT_BYTES], int status)
{
    assert(status >= 100 && status <= 599);
    text[0] = (char)('0' + status / 100);
    text[1] = (char)('0' + status / 10 % 10);
    text[2] = (char)('0' + status % 10);
    text[3] = 0;
}

tmesh_frames_t *tmesh_frames_new_answer(const tmesh_frames_address_t *to, int status)
{
    char text[STATUS_TEXT_BYTES];
    write_status(text, status);
    tmesh_frames_t *self = new_routed(to);
    add_head(self, text, tmesh_bytes(to->request_id, to->request_id_size));
    return self;
}

tmesh_frames_t *tmesh_frames_new_push(const tmesh_frames_address_t *to, const char *command)
{
    tmesh_frames_t *self = new_routed(to);
    add_head(self, command, TMESH_BYTES_NONE);
    return self;
}

static tmesh_frames_part_t *body_part(tmesh_frames_t *self)
{
    return &self->parts[self->head + TMESH_FRAMES_HEAD - 1];
}

static void replace(tmesh_frames_part_t *part, const void *data, size_t size)
{
    zmq_msg_close(&part->message);
    fill(part, data, size);
}

void tmesh_frames_set_body(tmesh_frames_t *self, tmesh_bytes_t body)
{
    replace(body_part(self), body.data, body.size);
}

void tmesh_frames_make_answer(tmesh_frames_t *self, int status, tmesh_bytes_t body)
{
    assert(self->count >= self->head + TMESH_FRAMES_HEAD);
    char text[STATUS_TEXT_BYTES];
    write_status(text, status);
    while (self->count > self->head + TMESH_FRAMES_HEAD) {
        zmq_msg_close(&self->parts[--self->count].message);
    }
    replace(&self->parts[self->head + 1], text, strlen(text));
    tmesh_bytes_t id = tmesh_frames_request_id(self);
    assert(id.size <= TMESH_FRAMES_REQUEST_ID_BYTES_MAX);
    if (id.size > OWN_BYTES_MAX) { // an answer that has to wait must not keep that buffer
        char copy[TMESH_FRAMES_REQUEST_ID_BYTES_MAX];
        memcpy(copy, id.data, id.size);
        replace(&self->parts[self->head + 2], copy, id.size);
    }
    tmesh_frames_set_body(self, body);
}

static void release_body(void *data, void *hint)
{
    (void)hint;
    tmesh_free(data);
}

void tmesh_frames_take_body(tmesh_frames_t *self, tmesh_buffer_t *body)
{
    size_t size = body->size;
    if (size <= BODY_COPIED_BYTES_MAX) {
        tmesh_frames_set_body(self, tmesh_buffer_bytes(body));
        tmesh_buffer_clear(body);
        return;
    }
    tmesh_frames_part_t *part = body_part(self);
    zmq_msg_close(&part->message);
    lend(part, tmesh_buffer_take(body), size, release_body, NULL);
}

static size_t last_payload(const tmesh_frames_t *self)
{
    size_t count = tmesh_frames_payload_count(self);
    assert(count <= TMESH_FRAMES_PAYLOADS_MAX);
    return count - 1;
}

size_t tmesh_frames_add_payload(tmesh_frames_t *self, tmesh_bytes_t payload)
{
    add_copy(self, payload.data, payload.size);
    return last_payload(self);
}

size_t tmesh_frames_add_payload_lent(tmesh_frames_t *self, tmesh_bytes_t payload,
                                     void (*release)(void *data, void *hint), void *hint)
{
    lend(tmesh_frames_add_part(self), (void *)payload.data, payload.size, release, hint);
    return last_payload(self);
}

// A last frame whose end tells that the whole message has ended.
typedef struct {
    zmq_msg_t original;
    _Atomic(tmesh_allowance_t *) allowance; // whoever releases it must see all that was written
    size_t bytes;
} counted_t;

static void release_counted(void *data, void *hint)
{
    (void)data; // the original's
    counted_t *counted = hint;
    tmesh_allowance_t *allowance = atomic_load(&counted->allowance); // first: see there
    zmq_msg_close(&counted->original);
    tmesh_allowance_give_back(allowance, counted->bytes);
    tmesh_free(counted);
}

void tmesh_frames_count(tmesh_frames_t *self, tmesh_allowance_t *allowance)
{
    assert(!self->counted);
    self->counted = true;
    tmesh_frames_part_t *last = &self->parts[self->count - 1];
    counted_t *counted = tmesh_alloc(sizeof *counted);
    counted->bytes = tmesh_frames_content_bytes(self);
    tmesh_allowance_take(allowance, counted->bytes);
    zmq_msg_init(&counted->original);
    zmq_msg_move(&counted->original, &last->message);
    atomic_store(&counted->allowance, allowance);
    lend(last, zmq_msg_data(&counted->original), zmq_msg_size(&counted->original),
         release_counted, counted);
}

bool tmesh_frames_are_counted(const tmesh_frames_t *self)
{
    return self->counted;
}

static tmesh_err_t error_of_send(int code)
{
    switch (code) {
    case EAGAIN: return TMESH_ERR_FULL;
    case EHOSTUNREACH: return TMESH_ERR_NOT_FOUND;
    case ETERM: return TMESH_ERR_CLOSED;
    default: return TMESH_ERR_IO;
    }
}

static tmesh_err_t send_part(void *socket, zmq_msg_t *part, int flags)
{
    tmesh_handover_sends(part);
    for (int i = 0; i < INTERRUPTS_MAX; i++) {
        if (zmq_msg_send(part, socket, flags | ZMQ_DONTWAIT) >= 0) return TMESH_OK;
        if (errno != EINTR) return error_of_send(errno);
    }
    return TMESH_ERR_IO;
}

tmesh_err_t tmesh_frames_send(tmesh_frames_t **self_p, void *socket)
{
    tmesh_frames_t *self = *self_p;
    assert(self->count > self->head + TMESH_FRAMES_HEAD - 1);
    tmesh_err_t result = TMESH_OK;
    for (size_t i = 0; i < self->count; i++) {
        bool is_last = i + 1 == self->count;
        tmesh_err_t err = send_part(socket, &self->parts[i].message, is_last ? 0 : ZMQ_SNDMORE);
        if (err == TMESH_OK) continue;
        if (i == 0 || err == TMESH_ERR_CLOSED) return err;
        // The peer's pipe ended in between. libzmq swallows the rest up to the last frame, which it
        // must therefore be given, or the next message would vanish too.
        result = TMESH_ERR_CONNECTION;
    }
    if (result) return result;
    self->count = 0; // libzmq has them all
    tmesh_frames_destroy(self_p);
    return TMESH_OK;
}
