// runtime/actor_thread.h - one actor in a CZMQ zactor thread of its own.
#ifndef TMESH_RUNTIME_ACTOR_THREAD_H
#define TMESH_RUNTIME_ACTOR_THREAD_H

#include <stdatomic.h>

#include "runtime/actor.h"
#include "runtime/context_private.h"

typedef struct tmesh_actor_thread tmesh_actor_thread_t;

// Starts the thread and returns when the actor is ready, or has failed to be (fault_p as in
// tmesh_actor_start). When the actor dies for good, *dead_p becomes true and then the eventfd
// `failure_fd` is raised; both are lent.
tmesh_err_t tmesh_actor_thread_open(tmesh_actor_thread_t **self_p,
                                    const tmesh_actor_class_t *class, void *services,
                                    const tmesh_context_config_t *context,
                                    const tmesh_restart_policy_t *policy, int failure_fd,
                                    _Atomic bool *dead_p, tmesh_fault_t **fault_p);
// Lets it handle what waits, ends its life and returns when the thread is gone. The error is what
// `stopped` said; NULL-safe.
tmesh_err_t tmesh_actor_thread_stop(tmesh_actor_thread_t **self_p);

#endif
