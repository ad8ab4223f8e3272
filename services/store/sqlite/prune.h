// services/store/sqlite/prune.h - ended tasks are removed with all that they have (SPEC 9.3).
#ifndef TMESH_SERVICES_STORE_SQLITE_PRUNE_H
#define TMESH_SERVICES_STORE_SQLITE_PRUNE_H

#include "services/store/sqlite/connection.h"

// Within a transaction, as services/store/store.h says.
tmesh_err_t tmesh_sqlite_prune(tmesh_sqlite_connection_t *connection, int64_t until_ms,
                               uint32_t limit, uint32_t *count_p);
tmesh_err_t tmesh_sqlite_prune_next(tmesh_sqlite_connection_t *connection,
                                    int64_t *completed_ms_p);

#endif
