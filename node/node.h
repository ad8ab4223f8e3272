// node/node.h - one node, wired: store, credit board, actors, in the order that counts.
// Wiring only; the only place that knows which store and which actors exist.
//
// Beside the addresses of the options a node has two that only its own process reaches, through
// its libzmq context: several nodes of one process never meet, each has a context of its own.
#ifndef TMESH_NODE_NODE_H
#define TMESH_NODE_NODE_H

#include "runtime/base/log.h"
#include "runtime/context.h"
#include "services/config/config.h"

#define TMESH_NODE_DOOR "inproc://taskmesh.door"     // of the gateway
#define TMESH_NODE_EVENTS "inproc://taskmesh.events" // of the publisher

typedef struct tmesh_node tmesh_node_t;

// An empty node_name becomes the machine's: what happens is recorded under it. Before open.
void tmesh_node_name(tmesh_config_t *config);

// Opens the store, registers the templates of config->templates, starts all actors. When it
// returns, the node serves. On failure *fault_p (yours) says what could not be started and why.
// Config, log (may be NULL) and version are lent for the node's life. A program that takes its
// signals by signalfd blocks them before.
tmesh_err_t tmesh_node_open(tmesh_node_t **self_p, const tmesh_config_t *config, tmesh_log_t *log,
                            const char *version, tmesh_fault_t **fault_p);
// What is still running is stopped without waiting for anybody.
void tmesh_node_destroy(tmesh_node_t **self_p);

// Closes the door, waits for the results of running steps and for the mailboxes, at most
// stop_timeout_ms altogether, then stops all actors.
void tmesh_node_stop(tmesh_node_t *self);

// For threads outside the mesh: its verbs, and the libzmq context (tmesh_context_zmq), whose sockets
// must be closed before the node is destroyed.
tmesh_context_t *tmesh_node_context(const tmesh_node_t *self);

// Readable once an actor has failed for good; its name then.
int tmesh_node_failure_fd(const tmesh_node_t *self);
const char *tmesh_node_failed(const tmesh_node_t *self);

#endif
