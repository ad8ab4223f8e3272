#include "runtime/mailbox.h"

#include <assert.h>
#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <zmq.h>

#include "runtime/base/memory.h"
#include "runtime/envelope.h"

enum {
    ADDRESS_BYTES = 128,
    ARRIVAL_WAITS_MAX = 10000, // a post that was accepted arrives within moments
    ARRIVAL_WAIT_MS = 1,
};

// The whole state in one word, so that a post is accepted or refused in one step and none can slip
// in after a close: how many messages wait, how many places are reserved, is it closed.
static const uint64_t one_waiting = 1;
static const uint64_t one_reserved = (uint64_t)1 << 32;
static const uint64_t closed_bit = (uint64_t)1 << 63;

static uint32_t waiting_of(uint64_t state)
{
    return (uint32_t)state;
}

static uint32_t depth_of(uint64_t state)
{
    return waiting_of(state) + (uint32_t)((state & ~closed_bit) >> 32);
}

struct tmesh_mailbox {
    char address[ADDRESS_BYTES]; // inproc://...
    uint32_t limit;
    void *zmq;              // lent; NULL: for one thread
    void *pull;             // the actor's end
    tmesh_message_t *first; // without ZeroMQ: what waits, oldest first
    tmesh_message_t **last;
    // Every change is one read-modify-write, made by the poster before it sends and by the taker
    // before it looks into the message: so this word also orders what the two do with it.
    _Atomic uint64_t state;
    _Atomic uint64_t visits;
    _Atomic uint32_t depth_max;
    _Atomic bool in_hand; // taken and not yet handled
};

struct tmesh_outbox {
    tmesh_mailbox_t *mailbox; // lent
    void *push;               // this thread's end, or NULL
};

// A signal of the host interrupts even calls that do not wait; they have done nothing then.
static bool interrupted(int rc)
{
    return rc < 0 && errno == EINTR;
}

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
    assert(limit <= INT32_MAX); // the counts share a word
    tmesh_auto(tmesh_mailbox) self = tmesh_alloc(sizeof *self);
    self->limit = limit;
    self->zmq = zmq;
    self->last = &self->first;
    snprintf(self->address, sizeof self->address, "inproc://%s", address);
    if (zmq) {
        self->pull = open_socket(zmq, ZMQ_PULL);
        if (!self->pull) return TMESH_ERR_IO;
        int rc;
        do {
            rc = zmq_bind(self->pull, self->address);
        } while (interrupted(rc));
        if (rc != 0) return TMESH_ERR_IO;
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

static tmesh_message_t *receive(void *pull)
{
    tmesh_message_t *message = NULL;
    int size;
    do {
        size = zmq_recv(pull, &message, sizeof message, ZMQ_DONTWAIT);
    } while (interrupted(size));
    if (size < 0) return NULL;
    assert(size == (int)sizeof message);
    return message;
}

static tmesh_message_t *unlink_first(tmesh_mailbox_t *self)
{
    tmesh_message_t *message = self->first;
    if (!message) return NULL;
    self->first = message->next;
    if (!self->first) self->last = &self->first;
    return message;
}

tmesh_message_t *tmesh_mailbox_take(tmesh_mailbox_t *self)
{
    tmesh_message_t *message = self->pull ? receive(self->pull) : unlink_first(self);
    if (!message) return NULL;
    // In this order: whoever sees the lower count also sees that it is in our hands.
    atomic_store_explicit(&self->in_hand, true, memory_order_relaxed);
    atomic_fetch_sub(&self->state, one_waiting);
    message->next = NULL;
    return message;
}

tmesh_message_t *tmesh_mailbox_take_last(tmesh_mailbox_t *self)
{
    for (int waits = 0; waits < ARRIVAL_WAITS_MAX; waits++) {
        tmesh_message_t *message = tmesh_mailbox_take(self);
        if (message || waiting_of(self->state) == 0) return message;
        zmq_pollitem_t item = {.socket = self->pull, .events = ZMQ_POLLIN};
        zmq_poll(&item, 1, ARRIVAL_WAIT_MS);
    }
    return NULL; // its poster is stopped in mid-step; destroy will find the message
}

void tmesh_mailbox_handled(tmesh_mailbox_t *self)
{
    self->in_hand = false;
}

void *tmesh_mailbox_socket(const tmesh_mailbox_t *self)
{
    return self->pull;
}

static void note_depth(tmesh_mailbox_t *self, uint32_t depth)
{
    uint32_t most = self->depth_max;
    while (depth > most && !atomic_compare_exchange_weak(&self->depth_max, &most, depth)) {
    }
}

// `place` is one_waiting or one_reserved.
static tmesh_err_t give_place(tmesh_mailbox_t *self, uint64_t place)
{
    atomic_fetch_add(&self->visits, 1); // before it counts: see tmesh_mailbox_visits
    uint64_t state = self->state;
    do {
        if (state & closed_bit) return TMESH_ERR_CLOSED;
        if (depth_of(state) >= self->limit) return TMESH_ERR_FULL;
    } while (!atomic_compare_exchange_weak(&self->state, &state, state + place));
    note_depth(self, depth_of(state) + 1);
    return TMESH_OK;
}

tmesh_err_t tmesh_mailbox_reserve(tmesh_mailbox_t *self)
{
    return give_place(self, one_reserved);
}

void tmesh_mailbox_unreserve(tmesh_mailbox_t *self)
{
    atomic_fetch_sub(&self->state, one_reserved);
}

void tmesh_mailbox_close(tmesh_mailbox_t *self)
{
    atomic_fetch_or(&self->state, closed_bit);
}

uint32_t tmesh_mailbox_depth(const tmesh_mailbox_t *self)
{
    return depth_of(self->state);
}

uint32_t tmesh_mailbox_depth_max(const tmesh_mailbox_t *self)
{
    return self->depth_max;
}

bool tmesh_mailbox_is_idle(const tmesh_mailbox_t *self)
{
    uint64_t state = self->state; // before in_hand: see tmesh_mailbox_take
    return ((state & closed_bit) || depth_of(state) == 0) && !self->in_hand;
}

uint64_t tmesh_mailbox_visits(const tmesh_mailbox_t *self)
{
    return self->visits;
}

tmesh_outbox_t *tmesh_outbox_new(tmesh_mailbox_t *mailbox)
{
    tmesh_outbox_t *self = tmesh_alloc(sizeof *self);
    self->mailbox = mailbox;
    if (!mailbox->zmq) return self;
    self->push = open_socket(mailbox->zmq, ZMQ_PUSH);
    assert(self->push); // the context has room for the sockets of all its actors
    int rc;
    do {
        rc = zmq_connect(self->push, mailbox->address);
    } while (interrupted(rc));
    assert(rc == 0); // the mailbox was bound before
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

// Its place has been counted.
static void send_message(tmesh_outbox_t *self, tmesh_message_t **message_p)
{
    tmesh_message_t *message = *message_p;
    *message_p = NULL;
    if (!self->push) {
        message->next = NULL;
        *self->mailbox->last = message;
        self->mailbox->last = &message->next;
        return;
    }
    int size;
    do {
        size = zmq_send(self->push, &message, sizeof message, ZMQ_DONTWAIT);
    } while (interrupted(size));
    assert(size == (int)sizeof message); // no high-water mark, so there is always room
}

tmesh_err_t tmesh_outbox_post(tmesh_outbox_t *self, tmesh_message_t **message_p)
{
    tmesh_err_t err = give_place(self->mailbox, one_waiting);
    if (err) return err;
    send_message(self, message_p);
    return TMESH_OK;
}

void tmesh_outbox_post_reserved(tmesh_outbox_t *self, tmesh_message_t **message_p)
{
    // The reserved place becomes a waiting message.
    atomic_fetch_add(&self->mailbox->state, one_waiting - one_reserved);
    send_message(self, message_p);
}
