// runtime/context.h - the mesh as one thread sees it: who to write to, the time, chance, the log.
// Each actor has its own; foreign threads share one (tmesh_registry_context), whose verbs lock.
#ifndef TMESH_RUNTIME_CONTEXT_H
#define TMESH_RUNTIME_CONTEXT_H

#include "runtime/base/clock.h"
#include "runtime/base/log.h"
#include "runtime/base/random.h"
#include "runtime/message.h"

// Lent for as long as the actor lives. The random source belongs to this thread alone.
const tmesh_clock_t *tmesh_context_clock(const tmesh_context_t *self);
tmesh_random_t *tmesh_context_random(tmesh_context_t *self);
tmesh_log_t *tmesh_context_log(const tmesh_context_t *self);
// The ZeroMQ context of this runtime (not CZMQ's), for an actor that owns outward sockets.
void *tmesh_context_zmq(const tmesh_context_t *self);
// A socket of it, as from zmq_socket, that leaves the host's random() alone; NULL without threads.
void *tmesh_context_socket(const tmesh_context_t *self, int type);

// A switch for tests: every `tell` of an actor of this runtime is dropped with this probability, as
// if it had been lost (it still succeeds); those of threads outside the mesh are not. What must happen has to happen by due times then.
void tmesh_context_lose_tells(tmesh_context_t *self, unsigned percent);

#endif
