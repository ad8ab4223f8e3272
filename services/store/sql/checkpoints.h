// services/store/sql/checkpoints.h - how far steps have come, by their own word (SPEC 5.7).
#ifndef TMESH_SERVICES_STORE_SQL_CHECKPOINTS_H
#define TMESH_SERVICES_STORE_SQL_CHECKPOINTS_H

#include "services/store/sql/statements.h"
#include "services/store/work.h"

// Appends those of the work; the last TMESH_CHECKPOINTS_KEPT of each step stay, and only the
// newest with what it has gathered.
tmesh_err_t tmesh_sql_checkpoints_save(tmesh_sql_connection_t *connection,
                                       const tmesh_work_t *work);
// All that are kept, in order.
tmesh_err_t tmesh_sql_checkpoints_list(tmesh_sql_connection_t *connection, tmesh_step_id_t step_id,
                                       tmesh_arena_t *arena, tmesh_checkpoint_row_t **rows_p,
                                       size_t *count_p);

#endif
