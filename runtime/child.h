// runtime/child.h - one actor of a registry, in a thread of its own or driven by hand.
// Private to runtime/. Owned by the registry's thread; `dead` and what is lent to views may be read
// by any.
#ifndef TMESH_RUNTIME_CHILD_H
#define TMESH_RUNTIME_CHILD_H

#include <stdatomic.h>

#include "runtime/actor_thread.h"
#include "runtime/actor_view.h"

typedef struct {
    const tmesh_actor_class_t *class;
    void *services; // lent
    size_t group;   // number of its group
    tmesh_restart_strategy_t strategy;
    tmesh_mailbox_t *mailbox;
    tmesh_pool_t *pool; // of the messages that it sends
    tmesh_counters_t *counters;
    tmesh_actor_thread_t *thread; // in a thread
    tmesh_context_t *context;     // by hand
    tmesh_actor_t *actor;         // by hand
    _Atomic bool dead;            // has failed for good
} tmesh_child_t;

// Before it starts. `depot`: of the memory for its messages; lent.
void tmesh_child_init(tmesh_child_t *self, const tmesh_actor_class_t *class, void *services,
                      tmesh_depot_t *depot);
// When it has ended and nobody can send to it any more.
void tmesh_child_clear(tmesh_child_t *self);
// Return when the actor is ready, or has failed to be.
tmesh_err_t tmesh_child_start_thread(tmesh_child_t *self, const tmesh_context_config_t *context,
                                     const tmesh_restart_policy_t *policy, int failure_fd,
                                     tmesh_fault_t **fault_p);
tmesh_err_t tmesh_child_start_by_hand(tmesh_child_t *self, const tmesh_context_config_t *context,
                                      const tmesh_restart_policy_t *policy,
                                      tmesh_fault_t **fault_p);
// By hand: as tmesh_actor_turn, and TMESH_ERR_FATAL for ever once it is dead.
tmesh_err_t tmesh_child_turn(tmesh_child_t *self, size_t *taken_p);
// Handles what waits and ends its life; the error is what `stopped` said.
tmesh_err_t tmesh_child_stop(tmesh_child_t *self);
// Any thread. Monotonic; it is stuck when it has not come back to its mailbox for so long.
tmesh_actor_view_t tmesh_child_view(const tmesh_child_t *self, int64_t now_ms,
                                    int64_t stuck_after_ms);

#endif
