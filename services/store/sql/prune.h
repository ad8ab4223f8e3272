// services/store/sql/prune.h - ended tasks are removed with all that they have (SPEC 9.3).
#ifndef TMESH_SERVICES_STORE_SQL_PRUNE_H
#define TMESH_SERVICES_STORE_SQL_PRUNE_H

#include "services/store/sql/statements.h"

// Within a transaction, as services/store/store.h says.
tmesh_err_t tmesh_sql_prune(tmesh_sql_connection_t *connection, int64_t until_ms,
                               uint32_t limit, uint32_t *count_p);
tmesh_err_t tmesh_sql_prune_next(tmesh_sql_connection_t *connection,
                                    int64_t *completed_ms_p);

#endif
