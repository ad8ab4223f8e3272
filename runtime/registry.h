// runtime/registry.h - all actors of one runtime: built in order, stopped in reverse.
// Used by one thread, except where it says otherwise: "any thread" means from start to destroy.
#ifndef TMESH_RUNTIME_REGISTRY_H
#define TMESH_RUNTIME_REGISTRY_H

#include "runtime/actor.h"
#include "runtime/actor_view.h"
#include "runtime/kin.h"

enum { TMESH_ACTORS_MAX = 16 };

typedef struct tmesh_registry tmesh_registry_t;

typedef struct {
    tmesh_clock_t *clock;             // lent
    tmesh_log_t *log;                 // lent, may be NULL
    uint64_t random_seed;             // 0: from the kernel
    uint32_t mailbox_limit;           // messages per mailbox; 0: 10,000
    tmesh_restart_policy_t restarts;  // restarts_max 0 and window_ms 0: the default
    bool threads;                     // false: driven by tmesh_registry_turn, for tests
    int64_t stuck_after_ms;           // 0: 5,000
} tmesh_registry_config_t;

tmesh_err_t tmesh_registry_open(tmesh_registry_t **self_p, const tmesh_registry_config_t *config);
// Stops what still runs. Safe on a half-built registry.
void tmesh_registry_destroy(tmesh_registry_t **self_p);

// Adds an actor; `services` is lent and handed to class->create. Before start only; two actors of
// one registry have two classes and two names.
void tmesh_registry_add(tmesh_registry_t *self, const tmesh_actor_class_t *class, void *services);
// The actors added from now on, up to the next call, are a group: when one of them breaks and begins
// again, so do those that `strategy` names, each before it handles anything that the fresh life has
// said to it. What they have in their mailboxes stays. Before the first call: TMESH_ONE_FOR_ONE.
void tmesh_registry_begin_group(tmesh_registry_t *self, tmesh_restart_strategy_t strategy);
// Starts all in the order they were added. When one fails, those already running are stopped in
// reverse, and *fault_p (yours) says which one failed and why. Once in a registry's life.
tmesh_err_t tmesh_registry_start(tmesh_registry_t *self, tmesh_fault_t **fault_p);
// Waits until at one moment every mailbox of the first `count` actors is empty, no reply is under way
// and nobody has anything in hand. Actors that have failed do not count. Without threads: takes
// turns until then, and time does not matter.
tmesh_err_t tmesh_registry_drain(tmesh_registry_t *self, size_t count, int64_t timeout_ms);
// Stops the actors in reverse order, from the last down to the one at index `from`. A failing
// `stopped` is logged and stops nobody else. Each refuses new messages, handles those that wait and
// then ends.
void tmesh_registry_stop(tmesh_registry_t *self, size_t from);

// Without threads: one turn of every actor in order. *handled_p: how many messages were taken.
// TMESH_ERR_FATAL when an actor has failed for good.
tmesh_err_t tmesh_registry_turn(tmesh_registry_t *self, size_t *handled_p);
// The same of the actor at this index alone, so that a test can choose another order.
tmesh_err_t tmesh_registry_turn_one(tmesh_registry_t *self, size_t index, size_t *handled_p);
// Without threads: the earliest tick of any actor, monotonic ms; INT64_MAX: none.
int64_t tmesh_registry_due_ms(tmesh_registry_t *self);

// The context of all threads outside the mesh; its verbs may be called from any thread.
tmesh_context_t *tmesh_registry_context(tmesh_registry_t *self);
// How often one of their messages needed memory from the heap. Any thread.
uint64_t tmesh_registry_foreign_allocations(const tmesh_registry_t *self);
// Readable (poll) once an actor has failed for good; -1 without threads. tmesh_registry_failed then
// names it: NULL while nothing failed. Any thread.
int tmesh_registry_failure_fd(const tmesh_registry_t *self);
const char *tmesh_registry_failed(const tmesh_registry_t *self);

// Any thread.
size_t tmesh_registry_count(const tmesh_registry_t *self);
tmesh_actor_view_t tmesh_registry_view(const tmesh_registry_t *self, size_t index);

#endif
