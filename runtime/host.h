// runtime/host.h - CZMQ's actors and libzmq's sockets, without what the two would do to the program
// that we live in. Private to runtime/.
//
// The first use of CZMQ installs handlers for SIGINT and SIGTERM, seeds random() and logs to
// stdout, and each new actor draws from random(), as a new ROUTER of libzmq does. A library does none of these to its host: a host
// that uses CZMQ itself and wants them calls zsys_init() before it starts a runtime.
#ifndef TMESH_RUNTIME_HOST_H
#define TMESH_RUNTIME_HOST_H

#include <czmq.h>

// The thread is created with all signals blocked, except those that a fault of its own raises.
// `function` must signal its pipe at once.
zactor_t *tmesh_host_zactor_new(zactor_fn *function, void *argument);
// Returns when `function` has.
void tmesh_host_zactor_destroy(zactor_t **self_p);

// As zmq_socket.
void *tmesh_host_socket(void *zmq, int type);

#endif
