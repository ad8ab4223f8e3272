// runtime/mailbox.h - the bounded queue in front of one actor.
// Owned by its actor. Any thread may post; only the actor takes. Nobody waits to post.
//
// What travels is an 8-byte pointer, through a ring. With a ZeroMQ context the actor can sleep until
// something comes, and threads that live among sockets may send to its inproc address; without one
// the mailbox is for a single thread, which is what tests and simulations drive.
#ifndef TMESH_RUNTIME_MAILBOX_H
#define TMESH_RUNTIME_MAILBOX_H

#include <stdbool.h>
#include <stdint.h>

#include "runtime/message.h"

typedef struct tmesh_mailbox tmesh_mailbox_t; // the struct is in mailbox.c, nowhere else
typedef struct tmesh_outbox tmesh_outbox_t;   // a socket connected to one mailbox

enum { TMESH_MAILBOX_WAITS = 2 }; // things to wait for in poll

// `zmq` NULL: for one thread. `address` must be unique within the context: it is its inproc name.
tmesh_err_t tmesh_mailbox_open(tmesh_mailbox_t **self_p, const char *address, uint32_t limit,
                               void *zmq);
// Frees what still waits. Every outbox must be gone, and the actor's thread too.
void tmesh_mailbox_destroy(tmesh_mailbox_t **self_p);

// Hands over a message: on success it is ours and *message_p is NULL, otherwise it is still yours.
// TMESH_ERR_FULL when `limit` messages are already waiting, TMESH_ERR_CLOSED. Any thread.
tmesh_err_t tmesh_mailbox_post(tmesh_mailbox_t *self, tmesh_message_t **message_p);
// Keeps a place for a reply that will come, so that it can not fail. TMESH_ERR_FULL when all
// places are taken, TMESH_ERR_CLOSED. Any thread.
tmesh_err_t tmesh_mailbox_reserve(tmesh_mailbox_t *self);
void tmesh_mailbox_unreserve(tmesh_mailbox_t *self);
// The same as post for a reply whose place was reserved: can not fail. Any thread.
void tmesh_mailbox_post_reserved(tmesh_mailbox_t *self, tmesh_message_t **message_p);
// Later posts fail with TMESH_ERR_CLOSED (replies still arrive). Any thread.
void tmesh_mailbox_close(tmesh_mailbox_t *self);

// Takes the oldest messages (yours), at most `max`; how many? The actor's thread only, as all of
// these.
size_t tmesh_mailbox_take_many(tmesh_mailbox_t *self, tmesh_message_t **messages, size_t max);
// One, or NULL.
tmesh_message_t *tmesh_mailbox_take(tmesh_mailbox_t *self);
// The same, but NULL only when the mailbox is empty: waits, for moments, for a message that another
// thread is posting just now. After close, NULL means that only replies can still come.
tmesh_message_t *tmesh_mailbox_take_last(tmesh_mailbox_t *self);
// Said by the actor when it has handled what it took: nothing is in its hands any more.
void tmesh_mailbox_handled(tmesh_mailbox_t *self);

// Is anything waiting, or just being posted? Any thread.
bool tmesh_mailbox_holds_any(const tmesh_mailbox_t *self);
// To sleep: doze fills `items` (zmq_pollitem_t) with what to wait for, and returns false when a
// message has come meanwhile; wake tells it what poll said. wake follows every doze.
bool tmesh_mailbox_doze(tmesh_mailbox_t *self, void *items);
void tmesh_mailbox_wake(tmesh_mailbox_t *self, const void *items);

// Waiting messages and reserved places, now and at most. Any thread.
uint32_t tmesh_mailbox_depth(const tmesh_mailbox_t *self);
uint32_t tmesh_mailbox_depth_max(const tmesh_mailbox_t *self);
// Nothing is in the actor's hands; nothing waits and nothing is reserved, unless it is closed (then
// nobody handles what comes). Any thread.
bool tmesh_mailbox_is_idle(const tmesh_mailbox_t *self);
// How many messages were ever accepted: while it does not change, a mailbox that was idle has had
// nothing to handle. It wraps. Any thread.
uint32_t tmesh_mailbox_arrivals(const tmesh_mailbox_t *self);

// The way in for a thread that lives among sockets: through the actor's inproc socket, with the same
// limit. One thread's own. Order is kept within one way, not between the two.
tmesh_outbox_t *tmesh_outbox_new(tmesh_mailbox_t *mailbox);
void tmesh_outbox_destroy(tmesh_outbox_t **self_p);
// As tmesh_mailbox_post.
tmesh_err_t tmesh_outbox_post(tmesh_outbox_t *self, tmesh_message_t **message_p);

#endif
