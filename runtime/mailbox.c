#include "runtime/mailbox.h"

#include <assert.h>
#include <errno.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <zmq.h>

#include "runtime/base/memory.h"
#include "runtime/doorbell.h"
#include "runtime/envelope.h"
#include "runtime/ring.h"

enum {
    ADDRESS_BYTES = 128,
    ARRIVAL_YIELDS = 100, // a post that was accepted arrives within moments
    ARRIVAL_WAITS_MAX = 10000,
    ARRIVAL_WAIT_MS = 1,
};

struct tmesh_mailbox {
    tmesh_ring_t *ring;
    tmesh_doorbell_t *bell; // NULL: for one thread, which never sleeps here
    void *zmq;              // lent, or NULL
    void *pull;             // the actor's inproc socket, or NULL
    char address[ADDRESS_BYTES]; // inproc://...
    // Messages that go through the socket hold a reserved place of the ring all the while.
    _Atomic uint32_t in_socket;
    _Atomic uint32_t through_socket; // ever (wraps)
    TMESH_CACHE_ALIGNED _Atomic bool in_hand; // taken and not yet handled
};

struct tmesh_outbox {
    tmesh_mailbox_t *mailbox; // lent
    void *push;
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

static tmesh_err_t open_ways_to_sleep(tmesh_mailbox_t *self, const char *address)
{
    tmesh_err_t err = tmesh_doorbell_open(&self->bell);
    if (err) return err;
    snprintf(self->address, sizeof self->address, "inproc://%s", address);
    self->pull = open_socket(self->zmq, ZMQ_PULL);
    if (!self->pull) return TMESH_ERR_IO;
    int rc;
    do {
        rc = zmq_bind(self->pull, self->address);
    } while (interrupted(rc));
    return rc == 0 ? TMESH_OK : TMESH_ERR_IO;
}

tmesh_err_t tmesh_mailbox_open(tmesh_mailbox_t **self_p, const char *address, uint32_t limit,
                               void *zmq)
{
    tmesh_auto(tmesh_mailbox) self = tmesh_alloc_lines(sizeof *self);
    self->ring = tmesh_ring_new(limit);
    self->zmq = zmq;
    tmesh_err_t err = zmq ? open_ways_to_sleep(self, address) : TMESH_OK;
    if (err) return err;
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
    tmesh_doorbell_destroy(&self->bell);
    tmesh_ring_destroy(&self->ring);
    tmesh_free(self);
    *self_p = NULL;
}

tmesh_err_t tmesh_mailbox_post(tmesh_mailbox_t *self, tmesh_message_t **message_p)
{
    tmesh_err_t err = tmesh_ring_put(self->ring, *message_p);
    if (err) return err;
    *message_p = NULL;
    if (self->bell) tmesh_doorbell_ring(self->bell);
    return TMESH_OK;
}

tmesh_err_t tmesh_mailbox_reserve(tmesh_mailbox_t *self)
{
    return tmesh_ring_reserve(self->ring);
}

void tmesh_mailbox_unreserve(tmesh_mailbox_t *self)
{
    tmesh_ring_unreserve(self->ring);
}

void tmesh_mailbox_post_reserved(tmesh_mailbox_t *self, tmesh_message_t **message_p)
{
    tmesh_ring_put_reserved(self->ring, *message_p);
    *message_p = NULL;
    if (self->bell) tmesh_doorbell_ring(self->bell);
}

void tmesh_mailbox_close(tmesh_mailbox_t *self)
{
    tmesh_ring_close(self->ring);
}

static tmesh_message_t *receive(tmesh_mailbox_t *self)
{
    tmesh_message_t *message = NULL;
    int size;
    do {
        size = zmq_recv(self->pull, &message, sizeof message, ZMQ_DONTWAIT);
    } while (interrupted(size));
    if (size < 0) return NULL;
    assert(size == (int)sizeof message);
    // This counter orders what poster and taker do with the message, where sanitizers see it.
    atomic_fetch_sub(&self->in_socket, 1);
    tmesh_ring_unreserve(self->ring);
    return message;
}

static size_t take_from_socket(tmesh_mailbox_t *self, tmesh_message_t **messages, size_t max)
{
    if (atomic_load_explicit(&self->in_socket, memory_order_relaxed) == 0) return 0;
    size_t count = 0;
    while (count < max && (messages[count] = receive(self))) count++;
    return count;
}

size_t tmesh_mailbox_take_many(tmesh_mailbox_t *self, tmesh_message_t **messages, size_t max)
{
    // Said before they are taken: whoever sees that they wait no more also sees that they are in our
    // hands.
    bool had_any = atomic_load_explicit(&self->in_hand, memory_order_relaxed);
    if (!had_any) atomic_store_explicit(&self->in_hand, true, memory_order_relaxed);
    // Neither way in can starve the other.
    size_t count = take_from_socket(self, messages, max / 2);
    count += tmesh_ring_take(self->ring, (void **)(messages + count), max - count);
    if (count < max) count += take_from_socket(self, messages + count, max - count);
    if (count == 0 && !had_any) atomic_store_explicit(&self->in_hand, false, memory_order_release);
    return count;
}

tmesh_message_t *tmesh_mailbox_take(tmesh_mailbox_t *self)
{
    tmesh_message_t *message = NULL;
    return tmesh_mailbox_take_many(self, &message, 1) > 0 ? message : NULL;
}

bool tmesh_mailbox_holds_any(const tmesh_mailbox_t *self)
{
    return tmesh_ring_holds_any(self->ring) || atomic_load(&self->in_socket) > 0;
}

tmesh_message_t *tmesh_mailbox_take_last(tmesh_mailbox_t *self)
{
    for (int waits = 0; waits < ARRIVAL_YIELDS + ARRIVAL_WAITS_MAX; waits++) {
        tmesh_message_t *message = tmesh_mailbox_take(self);
        if (message || !tmesh_mailbox_holds_any(self)) return message;
        if (waits < ARRIVAL_YIELDS) {
            sched_yield();
        } else {
            zmq_poll(NULL, 0, ARRIVAL_WAIT_MS);
        }
    }
    return NULL; // its poster is stopped in mid-step; destroy will find the message
}

void tmesh_mailbox_handled(tmesh_mailbox_t *self)
{
    atomic_store_explicit(&self->in_hand, false, memory_order_release);
}

bool tmesh_mailbox_doze(tmesh_mailbox_t *self, void *items)
{
    const zmq_pollitem_t waits[TMESH_MAILBOX_WAITS] = {
        {.fd = tmesh_doorbell_fd(self->bell), .events = ZMQ_POLLIN},
        {.socket = self->pull, .events = ZMQ_POLLIN},
    };
    for (size_t i = 0; i < TMESH_MAILBOX_WAITS; i++) ((zmq_pollitem_t *)items)[i] = waits[i];
    tmesh_doorbell_arm(self->bell);
    return !tmesh_ring_holds_any(self->ring); // the socket wakes by itself
}

void tmesh_mailbox_wake(tmesh_mailbox_t *self, const void *items)
{
    tmesh_doorbell_disarm(self->bell, ((const zmq_pollitem_t *)items)[0].revents & ZMQ_POLLIN);
}

uint32_t tmesh_mailbox_depth(const tmesh_mailbox_t *self)
{
    return tmesh_ring_depth(self->ring);
}

uint32_t tmesh_mailbox_depth_max(const tmesh_mailbox_t *self)
{
    return tmesh_ring_depth_max(self->ring);
}

bool tmesh_mailbox_is_idle(const tmesh_mailbox_t *self)
{
    // The depth before in_hand: see tmesh_mailbox_take_many.
    bool empty = tmesh_ring_is_closed(self->ring) || tmesh_ring_depth(self->ring) == 0;
    return empty && !atomic_load(&self->in_hand);
}

uint32_t tmesh_mailbox_arrivals(const tmesh_mailbox_t *self)
{
    return tmesh_ring_arrivals(self->ring) + atomic_load(&self->through_socket);
}

tmesh_outbox_t *tmesh_outbox_new(tmesh_mailbox_t *mailbox)
{
    assert(mailbox->zmq);
    tmesh_outbox_t *self = tmesh_alloc(sizeof *self);
    self->mailbox = mailbox;
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
    zmq_close(self->push);
    tmesh_free(self);
    *self_p = NULL;
}

tmesh_err_t tmesh_outbox_post(tmesh_outbox_t *self, tmesh_message_t **message_p)
{
    // First of all, so that whoever closes the mailbox waits for what is accepted here.
    atomic_fetch_add(&self->mailbox->in_socket, 1);
    tmesh_err_t err = tmesh_ring_reserve(self->mailbox->ring);
    if (err) {
        atomic_fetch_sub(&self->mailbox->in_socket, 1);
        return err;
    }
    atomic_fetch_add(&self->mailbox->through_socket, 1);
    tmesh_message_t *message = *message_p;
    *message_p = NULL;
    int size;
    do {
        size = zmq_send(self->push, &message, sizeof message, ZMQ_DONTWAIT);
    } while (interrupted(size));
    assert(size == (int)sizeof message); // no high-water mark, so there is always room
    return TMESH_OK;
}
