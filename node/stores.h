// node/stores.h - which store a URL means.
#ifndef TMESH_NODE_STORES_H
#define TMESH_NODE_STORES_H

#include "runtime/base/log.h"
#include "services/config/config.h"
#include "services/store/reader.h"
#include "services/store/store.h"

// Opens the store that config->store names, and a reader of it. In a store that nodes share this one is
// `node_id` from now on. A store that keeps times by a clock of its own does not use `clock`. *fault_p is
// set on an error.
tmesh_err_t tmesh_stores_open(const tmesh_config_t *config, const tmesh_node_id_t *node_id,
                              tmesh_clock_t *clock, tmesh_log_t *log,
                              tmesh_store_t **store_p, tmesh_reader_t **reader_p,
                              tmesh_fault_t **fault_p);

#endif
