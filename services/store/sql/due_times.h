// services/store/sql/due_times.h - when somebody must look, over all tasks and steps.
#ifndef TMESH_SERVICES_STORE_SQL_DUE_TIMES_H
#define TMESH_SERVICES_STORE_SQL_DUE_TIMES_H

#include "services/store/sql/statements.h"

// Within a transaction that writes: what an earlier life had claimed or sent is up for adoption.
tmesh_err_t tmesh_sql_due_times_take_over(tmesh_sql_connection_t *connection, int64_t due_ms,
                                          uint32_t *count_p);
// TMESH_DUE_NONE when there is none.
tmesh_err_t tmesh_sql_due_times_next(tmesh_sql_connection_t *connection, int64_t *due_ms_p);

#endif
