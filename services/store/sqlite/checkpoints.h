// services/store/sqlite/checkpoints.h - how far steps have come, by their own word (SPEC 5.7).
#ifndef TMESH_SERVICES_STORE_SQLITE_CHECKPOINTS_H
#define TMESH_SERVICES_STORE_SQLITE_CHECKPOINTS_H

#include "services/store/sqlite/connection.h"
#include "services/store/work.h"

// Appends those of the work; the last TMESH_CHECKPOINTS_KEPT of each step stay, and only the
// newest with what it has gathered.
tmesh_err_t tmesh_sqlite_checkpoints_save(tmesh_sqlite_connection_t *connection,
                                          const tmesh_work_t *work);
// *checkpoint_p: the newest of the step, in the arena; NULL: there is none.
tmesh_err_t tmesh_sqlite_checkpoints_last(tmesh_sqlite_connection_t *connection,
                                          tmesh_step_id_t step_id, tmesh_arena_t *arena,
                                          const tmesh_checkpoint_row_t **checkpoint_p);
// All that are kept, in order.
tmesh_err_t tmesh_sqlite_checkpoints_list(tmesh_sqlite_connection_t *connection,
                                          tmesh_step_id_t step_id, tmesh_arena_t *arena,
                                          tmesh_checkpoint_row_t **rows_p, size_t *count_p);

#endif
