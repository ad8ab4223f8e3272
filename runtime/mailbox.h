// runtime/mailbox.h - the bounded queue in front of one actor.
// Owned by its actor. Any thread may post through an outbox of its own; only the actor takes.
//
// With a ZeroMQ context it is an inproc PULL socket whose messages are 8-byte pointers; without one
// it is a plain list for a single thread, which is what tests and simulations drive.
#ifndef TMESH_RUNTIME_MAILBOX_H
#define TMESH_RUNTIME_MAILBOX_H

#include <stdbool.h>
#include <stdint.h>

#include "runtime/message.h"

typedef struct tmesh_mailbox tmesh_mailbox_t; // the struct is in mailbox.c, nowhere else
typedef struct tmesh_outbox tmesh_outbox_t;   // one thread's way into one mailbox

// `zmq` NULL: for one thread. `address` must be unique within the context: it is its inproc name.
tmesh_err_t tmesh_mailbox_open(tmesh_mailbox_t **self_p, const char *address, uint32_t limit,
                               void *zmq);
// Frees what still waits. Every outbox must be gone, and the actor's thread too.
void tmesh_mailbox_destroy(tmesh_mailbox_t **self_p);

// The oldest message (yours), or NULL. The actor's thread only.
tmesh_message_t *tmesh_mailbox_take(tmesh_mailbox_t *self);
// The same, but NULL only when the mailbox is empty: waits, for moments, for a message that another
// thread is posting just now. After close, NULL means that only replies can still come.
tmesh_message_t *tmesh_mailbox_take_last(tmesh_mailbox_t *self);
// Said by the actor when it has handled what it took: nothing is in its hands any more.
void tmesh_mailbox_handled(tmesh_mailbox_t *self);
// The socket to wait on, or NULL.
void *tmesh_mailbox_socket(const tmesh_mailbox_t *self);

// Keeps a place for a reply that will come, so that it can not fail. TMESH_ERR_FULL when all
// places are taken, TMESH_ERR_CLOSED. Any thread.
tmesh_err_t tmesh_mailbox_reserve(tmesh_mailbox_t *self);
void tmesh_mailbox_unreserve(tmesh_mailbox_t *self);
// Later posts fail with TMESH_ERR_CLOSED (replies still arrive). Any thread.
void tmesh_mailbox_close(tmesh_mailbox_t *self);

// Waiting messages and reserved places, now and at most. Any thread.
uint32_t tmesh_mailbox_depth(const tmesh_mailbox_t *self);
uint32_t tmesh_mailbox_depth_max(const tmesh_mailbox_t *self);
// Nothing is in the actor's hands; nothing waits and nothing is reserved, unless it is closed (then
// nobody handles what comes). Any thread.
bool tmesh_mailbox_is_idle(const tmesh_mailbox_t *self);
// How many posts and reservations were ever tried: while it does not change, a mailbox that was
// idle still is. Any thread.
uint64_t tmesh_mailbox_visits(const tmesh_mailbox_t *self);

tmesh_outbox_t *tmesh_outbox_new(tmesh_mailbox_t *mailbox);
void tmesh_outbox_destroy(tmesh_outbox_t **self_p);
// Hands over a message: on success it is ours and *message_p is NULL, otherwise it is still yours.
// Never blocks. TMESH_ERR_FULL when `limit` messages are already waiting, TMESH_ERR_CLOSED.
tmesh_err_t tmesh_outbox_post(tmesh_outbox_t *self, tmesh_message_t **message_p);
// The same for a reply whose place was reserved: can not fail.
void tmesh_outbox_post_reserved(tmesh_outbox_t *self, tmesh_message_t **message_p);

#endif
