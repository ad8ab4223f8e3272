// embed/crew.h - threads that run the handlers of one namespace, and one that speaks for them.
//
// A crew is one worker session of the runtime's own gateway, so its steps are given out by the same
// credit as everybody else's. The session's thread owns the worker: it hands runs to the pool and
// results back. Functions may be called from any thread; never from a handler.
#ifndef TMESH_EMBED_CREW_H
#define TMESH_EMBED_CREW_H

#include <stdbool.h>

#include "embed/clients.h"
#include "runtime/base/log.h"
#include "taskmesh/runtime.h"

enum { TMESH_CREW_HANDLERS_MAX = 64, TMESH_CREW_THREADS_MAX = 256 };

typedef struct tmesh_crew tmesh_crew_t;

typedef struct {
    void *zmq;                // the libzmq context of the node; lent
    tmesh_clients_t *clients; // lent
    tmesh_log_t *log;         // lent, may be NULL
    // Copied. 1 to TMESH_CREW_HANDLERS_MAX handlers, 1 to TMESH_CREW_THREADS_MAX threads.
    const tmesh_serve_options_t *options;
} tmesh_crew_config_t;

// Returns when the gateway gives it steps. -1 and *error when it is refused.
int tmesh_crew_open(tmesh_crew_t **self_p, const tmesh_crew_config_t *config,
                    tmesh_error_t *error);
// Takes no more steps; what runs goes on. Results without an answer are given up after limit_ms.
void tmesh_crew_drain(tmesh_crew_t *self, int64_t limit_ms);
// After drain: true once everything is handed in; false when that took longer than timeout_ms.
bool tmesh_crew_wait(tmesh_crew_t *self, int64_t timeout_ms);
// After drain. Handlers that run are told that nobody waits for them; those that then do not answer
// give their steps up.
void tmesh_crew_cancel(tmesh_crew_t *self);
// After drain. Waits for the handlers that run.
void tmesh_crew_destroy(tmesh_crew_t **self_p);

#endif
