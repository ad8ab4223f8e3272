// embed/runtime_private.h - a runtime from inside, for embed/ alone:
// runtime.c opens and closes it, commands.c what is asked of it.
#ifndef TMESH_EMBED_RUNTIME_PRIVATE_H
#define TMESH_EMBED_RUNTIME_PRIVATE_H

#include <pthread.h>
#include <sys/queue.h>

#include "embed/clients.h"
#include "embed/crew.h"
#include "embed/subscription.h"
#include "node/node.h"
#include "taskmesh/runtime.h"

struct tmesh_runtime {
    tmesh_config_t *config;
    tmesh_arena_t *arena;         // of the next
    const char *const *shown;     // the options (tmesh_options_show)
    FILE *log_stream; // NULL: the host wants no log
    tmesh_log_t *log;
    tmesh_clock_t *clock;
    tmesh_node_t *node;       // NULL until it has been started, like the next
    tmesh_clients_t *clients;
    pthread_mutex_t lock;
    // Behind the lock:
    tmesh_crew_t **crews;
    size_t crew_count;
    tmesh_subscription_list_t subscriptions;
};

#endif
