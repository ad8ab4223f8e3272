// services/store/sql/totals.h - how much of something there is.
#ifndef TMESH_SERVICES_STORE_SQL_TOTALS_H
#define TMESH_SERVICES_STORE_SQL_TOTALS_H

#include "services/store/reader.h"
#include "services/store/sql/statements.h"

tmesh_err_t tmesh_sql_totals_open_tasks(tmesh_sql_connection_t *connection, uint64_t *count_p);
tmesh_err_t tmesh_sql_totals_backlog(tmesh_sql_connection_t *connection, uint32_t limit,
                                     tmesh_arena_t *arena, tmesh_backlog_t **rows_p,
                                     size_t *count_p);

#endif
