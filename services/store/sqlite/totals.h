// services/store/sqlite/totals.h - how much of something there is.
#ifndef TMESH_SERVICES_STORE_SQLITE_TOTALS_H
#define TMESH_SERVICES_STORE_SQLITE_TOTALS_H

#include "services/store/reader.h"
#include "services/store/sqlite/connection.h"

tmesh_err_t tmesh_sqlite_totals_open_tasks(tmesh_sqlite_connection_t *connection,
                                           uint64_t *count_p);
tmesh_err_t tmesh_sqlite_totals_backlog(tmesh_sqlite_connection_t *connection,
                                        uint32_t limit, tmesh_arena_t *arena, tmesh_backlog_t **rows_p,
                                        size_t *count_p);

#endif
