// embed/clients.h - clients of the runtime's own gateway, lent to whichever thread asks.
// A client belongs to one thread at a time, so there are as many as were ever in use at once. Any
// thread may call, except for destroy.
#ifndef TMESH_EMBED_CLIENTS_H
#define TMESH_EMBED_CLIENTS_H

#include "taskmesh/client.h"

typedef struct tmesh_clients tmesh_clients_t;

// On this libzmq context, which is lent.
tmesh_clients_t *tmesh_clients_new(void *zmq);
// Waits until all are given back.
void tmesh_clients_destroy(tmesh_clients_t **self_p);

tmesh_client_t *tmesh_clients_take(tmesh_clients_t *self);
void tmesh_clients_give_back(tmesh_clients_t *self, tmesh_client_t **client_p);
// From now on no request waits: those under way end with "interrupted".
void tmesh_clients_interrupt(tmesh_clients_t *self);

#endif
