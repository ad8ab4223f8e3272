#include "runtime/mailbox.h"

#include <assert.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <zmq.h>

#include "runtime/base/memory.h"
#include "runtime/envelope.h"

// ThreadSanitizer does not see that a pointer sent over an inproc socket orders the two threads,
// because libzmq is not instrumented. Said here, in the one place where messages change threads.
#if defined(__SANITIZE_THREAD__)
#define TMESH_TSAN 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define TMESH_TSAN 1
#endif
#endif
#ifdef TMESH_TSAN
void __tsan_acquire(void *address);
void __tsan_release(void *address);
#define HANDED_OVER(message) __tsan_release(message)
#define TAKEN_OVER(message) __tsan_acquire(message)
#else
#define HANDED_OVER(message) (void)(message)
#define TAKEN_OVER(message) (void)(message)
#endif

enum { ADDRESS_BYTES = 128 };

struct tmesh_mailbox {
    char address[ADDRESS_BYTES]; // inproc://...
    uint32_t limit;
    void *zmq;              // lent; NULL: for one thread
    void *pull;             // the actor's end
    tmesh_message_t *first; // without ZeroMQ: what waits, oldest first
    tmesh_message_t **last;
    _Atomic uint32_t depth; // waiting messages and reserved places
    _Atomic uint32_t depth_max;
    _Atomic bool in_hand; // taken and not yet handled
    _Atomic bool closed;
};

struct tmesh_outbox {
    tmesh_mailbox_t *mailbox; // lent
    void *push;               // this thread's end, or NULL
};

static void *open_socket(void *zmq, int type)
{
    void *socket = zmq_socket(zmq, type);
    if (!socket) return NULL;
    const int zero = 0; // the limit is our own counter: a high-water mark is per pipe and vague
    zmq_setsockopt(socket, ZMQ_LINGER, &zero, sizeof zero);
    zmq_setsockopt(socket, ZMQ_RCVHWM, &zero, sizeof zero);
    zmq_setsockopt(socket, ZMQ_SNDHWM, &zero, sizeof zero);
    return socket;
}

tmesh_err_t tmesh_mailbox_open(tmesh_mailbox_t **self_p, const char *address, uint32_t limit,
                               void *zmq)
{
    assert(limit > 0);
    tmesh_auto(tmesh_mailbox) self = tmesh_alloc(sizeof *self);
    self->limit = limit;
    self->zmq = zmq;
    self->last = &self->first;
    snprintf(self->address, sizeof self->address, "inproc://%s", address);
    if (zmq) {
        self->pull = open_socket(zmq, ZMQ_PULL);
        if (!self->pull || zmq_bind(self->pull, self->address) != 0) return TMESH_ERR_IO;
    }
    *self_p = self;
    self = NULL;
    return TMESH_OK;
}

void tmesh_mailbox_destroy(tmesh_mailbox_t **self_p)
{
    tmesh_mailbox_t *self = *self_p;
    if (!self) return;
    for (tmesh_message_t *message; (message = tmesh_mailbox_take(self));) {
        tmesh_message_destroy(&message);
    }
    if (self->pull) zmq_close(self->pull);
    tmesh_free(self);
    *self_p = NULL;
}

tmesh_message_t *tmesh_mailbox_take(tmesh_mailbox_t *self)
{
    tmesh_message_t *message = NULL;
    if (self->pull) {
        if (zmq_recv(self->pull, &message, sizeof message, ZMQ_DONTWAIT) < 0) return NULL;
        TAKEN_OVER(message);
    } else {
        message = self->first;
        if (!message) return NULL;
        self->first = message->next;
        if (!self->first) self->last = &self->first;
    }
    message->next = NULL;
    self->in_hand = true;
    atomic_fetch_sub(&self->depth, 1);
    return message;
}

void tmesh_mailbox_handled(tmesh_mailbox_t *self)
{
    self->in_hand = false;
}

void *tmesh_mailbox_socket(const tmesh_mailbox_t *self)
{
    return self->pull;
}

tmesh_err_t tmesh_mailbox_reserve(tmesh_mailbox_t *self)
{
    uint32_t depth = atomic_fetch_add(&self->depth, 1) + 1;
    if (depth > self->limit) {
        atomic_fetch_sub(&self->depth, 1);
        return TMESH_ERR_FULL;
    }
    uint32_t most = self->depth_max;
    while (depth > most && !atomic_compare_exchange_weak(&self->depth_max, &most, depth)) {
    }
    return TMESH_OK;
}

void tmesh_mailbox_unreserve(tmesh_mailbox_t *self)
{
    atomic_fetch_sub(&self->depth, 1);
}

void tmesh_mailbox_close(tmesh_mailbox_t *self)
{
    self->closed = true;
}

uint32_t tmesh_mailbox_depth(const tmesh_mailbox_t *self)
{
    return self->depth;
}

uint32_t tmesh_mailbox_depth_max(const tmesh_mailbox_t *self)
{
    return self->depth_max;
}

bool tmesh_mailbox_is_idle(const tmesh_mailbox_t *self)
{
    // The actor sets in_hand before it lowers the depth, so one of the two always tells.
    return self->depth == 0 && !self->in_hand;
}

tmesh_outbox_t *tmesh_outbox_new(tmesh_mailbox_t *mailbox)
{
    tmesh_outbox_t *self = tmesh_alloc(sizeof *self);
    self->mailbox = mailbox;
    if (!mailbox->zmq) return self;
    self->push = open_socket(mailbox->zmq, ZMQ_PUSH);
    int rc = self->push ? zmq_connect(self->push, mailbox->address) : -1;
    assert(rc == 0); // the mailbox was bound before, and the context has room for its sockets
    return self;
}

void tmesh_outbox_destroy(tmesh_outbox_t **self_p)
{
    tmesh_outbox_t *self = *self_p;
    if (!self) return;
    if (self->push) zmq_close(self->push);
    tmesh_free(self);
    *self_p = NULL;
}

tmesh_err_t tmesh_outbox_post(tmesh_outbox_t *self, tmesh_message_t **message_p)
{
    if (self->mailbox->closed) return TMESH_ERR_CLOSED;
    tmesh_err_t err = tmesh_mailbox_reserve(self->mailbox);
    if (err) return err;
    tmesh_outbox_post_reserved(self, message_p);
    return TMESH_OK;
}

void tmesh_outbox_post_reserved(tmesh_outbox_t *self, tmesh_message_t **message_p)
{
    tmesh_message_t *message = *message_p;
    *message_p = NULL;
    if (!self->push) {
        message->next = NULL;
        *self->mailbox->last = message;
        self->mailbox->last = &message->next;
        return;
    }
    HANDED_OVER(message);
    int rc = zmq_send(self->push, &message, sizeof message, ZMQ_DONTWAIT);
    assert(rc == (int)sizeof message); // no high-water mark, so there is always room
}
