// services/store/sql/dlq.h - entries of the dead letter queue.
#ifndef TMESH_SERVICES_STORE_SQL_DLQ_H
#define TMESH_SERVICES_STORE_SQL_DLQ_H

#include "services/store/reader.h"
#include "services/store/sql/statements.h"
#include "services/store/work.h"

// Marks those that are left out (services/store/work.h), where it is known at once.
tmesh_err_t tmesh_sql_dlq_save(tmesh_sql_connection_t *connection, const tmesh_work_t *work);

// For readers, as services/store/reader.h says.
tmesh_err_t tmesh_sql_dlq_find(tmesh_sql_connection_t *connection, tmesh_dlq_id_t id,
                               tmesh_arena_t *arena, tmesh_dlq_row_t *row);
tmesh_err_t tmesh_sql_dlq_list(tmesh_sql_connection_t *connection, const tmesh_dlq_filter_t *filter,
                               tmesh_arena_t *arena, tmesh_dlq_row_t **rows_p, size_t *count_p);
tmesh_err_t tmesh_sql_dlq_stats(tmesh_sql_connection_t *connection, tmesh_arena_t *arena,
                                tmesh_dlq_stat_t **rows_p, size_t *count_p);

#endif
