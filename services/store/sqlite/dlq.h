// services/store/sqlite/dlq.h - entries of the dead letter queue, in a work.
#ifndef TMESH_SERVICES_STORE_SQLITE_DLQ_H
#define TMESH_SERVICES_STORE_SQLITE_DLQ_H

#include "services/store/sqlite/connection.h"
#include "services/store/reader.h"
#include "services/store/store.h"

// Those of wants->dlq_ids that exist.
tmesh_err_t tmesh_sqlite_dlq_load(tmesh_sqlite_connection_t *connection,
                                  const tmesh_wants_t *wants, tmesh_work_t *work);
// Marks those that are left out (services/store/work.h).
tmesh_err_t tmesh_sqlite_dlq_save(tmesh_sqlite_connection_t *connection, const tmesh_work_t *work);

// For readers, as services/store/reader.h says.
tmesh_err_t tmesh_sqlite_dlq_find(tmesh_sqlite_connection_t *connection, tmesh_dlq_id_t id,
                                  tmesh_arena_t *arena, tmesh_dlq_row_t *row);
tmesh_err_t tmesh_sqlite_dlq_list(tmesh_sqlite_connection_t *connection,
                                  const tmesh_dlq_filter_t *filter, tmesh_arena_t *arena,
                                  tmesh_dlq_row_t **rows_p, size_t *count_p);
tmesh_err_t tmesh_sqlite_dlq_stats(tmesh_sqlite_connection_t *connection, tmesh_arena_t *arena,
                                   tmesh_dlq_stat_t **rows_p, size_t *count_p);

#endif
