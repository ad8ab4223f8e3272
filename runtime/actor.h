// runtime/actor.h - what an actor is, and how one is driven, batch by batch.
//
// An actor is one object with one thread: it needs no locks. This file knows no threads: a test or
// a simulator calls tmesh_actor_turn by itself; runtime/actor_thread.h does it in a zactor thread.
#ifndef TMESH_RUNTIME_ACTOR_H
#define TMESH_RUNTIME_ACTOR_H

#include <stdbool.h>

#include "runtime/base/random.h"
#include "runtime/context.h"
#include "runtime/counters.h"
#include "runtime/message.h"
#include "runtime/restart_window.h"

struct tmesh_actor_class {
    const char *name;
    // Makes the object; nothing that can fail. `context` is lent for the object's life, `services`
    // is whatever was given to the registry.
    void *(*create)(tmesh_context_t *context, void *services);
    void (*destroy)(void *self);
    // May be NULL. An error of `started` stops the start; one of `stopped` is logged.
    tmesh_err_t (*started)(void *self, tmesh_fault_t **fault_p);
    tmesh_err_t (*stopped)(void *self);
    // May be NULL, together: `due_ms` says on the monotonic clock when `tick` wants to be called
    // (INT64_MAX: never); asked after each turn.
    int64_t (*due_ms)(void *self);
    tmesh_err_t (*tick)(void *self);
    // May be NULL, together: a ZeroMQ socket to wait for beside the mailbox. `readable` takes a
    // bounded number of messages and says in *more_p whether it left any. TMESH_ERR_FATAL of
    // `readable`, `tick` or a handler ends this life of the actor; other errors are logged.
    void *(*socket)(void *self);
    tmesh_err_t (*readable)(void *self, bool *more_p);
};

typedef struct tmesh_actor tmesh_actor_t;

// `context` is lent and must outlive the actor.
tmesh_actor_t *tmesh_actor_new(const tmesh_actor_class_t *class, void *services,
                               tmesh_context_t *context, const tmesh_restart_policy_t *policy);
void tmesh_actor_destroy(tmesh_actor_t **self_p);

tmesh_err_t tmesh_actor_start(tmesh_actor_t *self, tmesh_fault_t **fault_p);
// Ends the life of the object; what still waits in the mailbox is answered with TMESH_ERR_CLOSED.
tmesh_err_t tmesh_actor_stop(tmesh_actor_t *self);

// Takes what waits in the mailbox (up to the batch limit), calls the handlers, sends the answers,
// calls tick when it is due. Answers to what an earlier life has asked are dropped. Returns
// TMESH_ERR_FATAL when the actor has failed too often and its supervisor must act: its mailbox is
// closed then, and only stop is left. Other errors of handlers are answered, not returned.
tmesh_err_t tmesh_actor_turn(tmesh_actor_t *self, size_t *taken_p);
// Calls `readable`, when the class has it. Errors as in turn.
tmesh_err_t tmesh_actor_read(tmesh_actor_t *self, bool *more_p);
// Refuses new messages and handles those that wait: the last thing before stop. Errors as in turn.
tmesh_err_t tmesh_actor_finish(tmesh_actor_t *self);
// When the next tick is due, on the monotonic clock in ms; INT64_MAX: never.
int64_t tmesh_actor_due_ms(tmesh_actor_t *self);

const tmesh_actor_class_t *tmesh_actor_class_of(const tmesh_actor_t *self);
// The living object: tests only.
void *tmesh_actor_object(tmesh_actor_t *self);

#endif
