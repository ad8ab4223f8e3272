// embed/subscription.h - a thread that calls a function for each event of a node.
#ifndef TMESH_EMBED_SUBSCRIPTION_H
#define TMESH_EMBED_SUBSCRIPTION_H

#include <pthread.h>
#include <sys/queue.h>

#include "runtime/context.h"
#include "taskmesh/runtime.h"

struct tmesh_subscription {
    tmesh_runtime_t *owner; // whose list it is in
    TAILQ_ENTRY(tmesh_subscription) link;
    void *socket; // SUB; its thread's alone
    int stop_fd;  // readable once it is to end
    pthread_t thread;
    tmesh_event_fn on_event;
    void *context;
};
typedef TAILQ_HEAD(tmesh_subscription_list, tmesh_subscription) tmesh_subscription_list_t;

// Whatever is committed after it has returned is told. On failure *fault_p is yours: FULL
// "no_thread", or what kept the publisher from answering.
tmesh_err_t tmesh_subscription_open(tmesh_subscription_t **self_p, tmesh_context_t *mesh,
                                    const char *topic, tmesh_event_fn on_event, void *context,
                                    tmesh_fault_t **fault_p);
// Tells what has come in, then ends. Any thread but its own.
void tmesh_subscription_destroy(tmesh_subscription_t **self_p);

#endif
