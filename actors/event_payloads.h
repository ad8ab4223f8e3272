// actors/event_payloads.h - payloads on their way to subscribers. A socket limits what a slow
// subscriber leaves unread by messages; these may have a megabyte each, so their bytes are counted
// until libzmq is done with them. Used by one thread; payloads are released in any.
#ifndef TMESH_ACTORS_EVENT_PAYLOADS_H
#define TMESH_ACTORS_EVENT_PAYLOADS_H

#include <zmq.h>

#include "runtime/base/bytes.h"

typedef struct tmesh_event_payloads tmesh_event_payloads_t;

tmesh_event_payloads_t *tmesh_event_payloads_new(size_t bytes_max);
// Payloads that are still under way outlive it.
void tmesh_event_payloads_destroy(tmesh_event_payloads_t **self_p);

// Makes a message of a copy of the payload, once for all its subscribers (zmq_msg_copy); yours to
// send or close. An empty one, and false, when with it more than bytes_max would be under way.
bool tmesh_event_payloads_load(tmesh_event_payloads_t *self, tmesh_bytes_t payload,
                               zmq_msg_t *message);
size_t tmesh_event_payloads_under_way(const tmesh_event_payloads_t *self);

#endif
