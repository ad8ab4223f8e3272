// services/store/sql/definitions.h - definitions of tasks, the current one of each version, and
// the queues that they name.
#ifndef TMESH_SERVICES_STORE_SQL_DEFINITIONS_H
#define TMESH_SERVICES_STORE_SQL_DEFINITIONS_H

#include "services/store/rows.h"
#include "services/store/sql/statements.h"

// Within a transaction that writes.
tmesh_err_t tmesh_sql_definitions_put(tmesh_sql_connection_t *connection,
                                      tmesh_definition_row_t *row, const tmesh_queue_row_t *queues,
                                      size_t queue_count, bool *created_p);
tmesh_err_t tmesh_sql_definitions_load(tmesh_sql_connection_t *connection, int64_t id,
                                       tmesh_arena_t *arena, tmesh_definition_row_t *row);
// The current ones, without json: all versions of one name; or all that fit, NULL fitting all.
tmesh_err_t tmesh_sql_definitions_versions(tmesh_sql_connection_t *connection,
                                           const char *namespace_name, const char *name,
                                           tmesh_arena_t *arena, tmesh_definition_row_t **rows_p,
                                           size_t *count_p);
tmesh_err_t tmesh_sql_definitions_list(tmesh_sql_connection_t *connection,
                                       const char *namespace_name, const char *name,
                                       tmesh_arena_t *arena, tmesh_definition_row_t **rows_p,
                                       size_t *count_p);

#endif
