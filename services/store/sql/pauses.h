// services/store/sql/pauses.h - namespaces and callables in which nothing new starts.
#ifndef TMESH_SERVICES_STORE_SQL_PAUSES_H
#define TMESH_SERVICES_STORE_SQL_PAUSES_H

#include "services/store/rows.h"
#include "services/store/sql/statements.h"

// Within a transaction that writes. *changed_p false: it was so before.
tmesh_err_t tmesh_sql_pauses_put(tmesh_sql_connection_t *connection, const tmesh_pause_row_t *row,
                                 bool *changed_p);
tmesh_err_t tmesh_sql_pauses_remove(tmesh_sql_connection_t *connection, const char *namespace_name,
                                    const char *callable, bool *changed_p);
// By namespace and callable.
tmesh_err_t tmesh_sql_pauses_list(tmesh_sql_connection_t *connection, tmesh_arena_t *arena,
                                  tmesh_pause_row_t **rows_p, size_t *count_p);

#endif
