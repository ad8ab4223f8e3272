// client/connection.h - one DEALER to one server, or to one of several.
// Belongs to one thread. libzmq reconnects by itself; a fresh socket (renew) also drops what was
// queued for a server that may be gone, so that it is not said twice, and goes on to the next server.
#ifndef TMESH_CLIENT_CONNECTION_H
#define TMESH_CLIENT_CONNECTION_H

#include <poll.h>

#include "services/wire/frame.h"

enum { TMESH_CONNECTION_MESSAGE_BYTES_MAX = 512 * 1024 * 1024 };

typedef struct tmesh_connection tmesh_connection_t;

// One endpoint, or several with commas: the first, until it is renewed. `zmq` NULL: a libzmq context of
// its own; otherwise it is lent, and stays.
// TMESH_ERR_INVALID: an endpoint can't be used; *fault_p (yours) says why.
tmesh_err_t tmesh_connection_open(const char *endpoints, void *zmq, tmesh_connection_t **self_p,
                                  tmesh_fault_t **fault_p);
// What was sent before still goes out, if that takes no longer than linger_ms.
void tmesh_connection_set_linger(tmesh_connection_t *self, int linger_ms);
void tmesh_connection_destroy(tmesh_connection_t **self_p);
void tmesh_connection_renew(tmesh_connection_t *self);
// Is there another endpoint to go on to?
bool tmesh_connection_has_choice(const tmesh_connection_t *self);

// As tmesh_frames_send: TMESH_ERR_FULL also while there is no server.
tmesh_err_t tmesh_connection_send(tmesh_connection_t *self, tmesh_frames_t **frames_p);
// As tmesh_frames_receive: TMESH_ERR_TIMEOUT when nothing is waiting. Messages that are not of this
// protocol are dropped.
tmesh_err_t tmesh_connection_receive(tmesh_connection_t *self, tmesh_frames_t **frames_p);

// Waits for a message (for room to send too, if for_room), for one of the caller's descriptors or
// for timeout_ms (-1: no limit). TMESH_OK when anything is ready, TMESH_ERR_TIMEOUT,
// TMESH_ERR_BUSY after a signal.
tmesh_err_t tmesh_connection_wait(tmesh_connection_t *self, bool for_room, struct pollfd *fds,
                                  size_t fd_count, int64_t timeout_ms);

#endif
