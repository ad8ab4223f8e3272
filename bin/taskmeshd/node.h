// bin/taskmeshd/node.h - one node, wired: store, credit board, actors, in the order that counts.
// Wiring only; the only place that knows which store and which actors exist.
#ifndef TMESH_BIN_TASKMESHD_NODE_H
#define TMESH_BIN_TASKMESHD_NODE_H

#include "runtime/base/log.h"
#include "services/config/config.h"

typedef struct tmesh_node tmesh_node_t;

// Opens the store, registers the templates of config->templates, starts all actors. When it
// returns, the node serves. On failure *fault_p (yours) says what could not be started and why.
// Config, log and version are lent for the node's life. Signals must be blocked before.
tmesh_err_t tmesh_node_open(tmesh_node_t **self_p, const tmesh_config_t *config, tmesh_log_t *log,
                            const char *version, tmesh_fault_t **fault_p);
// What is still running is stopped without waiting for anybody.
void tmesh_node_destroy(tmesh_node_t **self_p);

// Closes the door, waits for the results of running steps and for the mailboxes, at most
// stop_timeout_ms altogether, then stops all actors.
void tmesh_node_stop(tmesh_node_t *self);

// Readable once an actor has failed for good; its name then.
int tmesh_node_failure_fd(const tmesh_node_t *self);
const char *tmesh_node_failed(const tmesh_node_t *self);

#endif
