// services/store/sqlite/ancestors.h - results of the steps above the parents of a claimed one.
#ifndef TMESH_SERVICES_STORE_SQLITE_ANCESTORS_H
#define TMESH_SERVICES_STORE_SQLITE_ANCESTORS_H

#include "services/store/sqlite/connection.h"
#include "services/store/work.h"

// Nearest first, as many as work->ancestor_bytes_max allows. The claim's own parents are known.
tmesh_err_t tmesh_sqlite_ancestors_load(tmesh_sqlite_connection_t *connection, tmesh_work_t *work,
                                        tmesh_claim_t *claim);

#endif
