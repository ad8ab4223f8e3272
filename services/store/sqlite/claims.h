// services/store/sqlite/claims.h - what the workers of claimed steps need: context and results of
// the parents. Within the transaction that claims them, after everything was written.
#ifndef TMESH_SERVICES_STORE_SQLITE_CLAIMS_H
#define TMESH_SERVICES_STORE_SQLITE_CLAIMS_H

#include "services/store/sqlite/connection.h"
#include "services/store/work.h"

// A claim whose task is held by the same work is loaded too: its row says so afterwards (held, not
// claimed), as for one that was handed over a moment before. CORRUPT when a claimed step's task has
// no request.
tmesh_err_t tmesh_sqlite_claims_load(tmesh_sqlite_connection_t *connection, tmesh_work_t *work);
// Results of the parents of a step, in the order of their numbers. Those of batchables with more than
// `workers_max` workers are left out.
tmesh_err_t tmesh_sqlite_claims_inputs(tmesh_sqlite_connection_t *connection,
                                       tmesh_arena_t *arena, tmesh_step_id_t child,
                                       uint32_t workers_max,
                                       const tmesh_claim_input_t **inputs_p, uint32_t *count_p);

#endif
