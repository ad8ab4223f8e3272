// services/store/sqlite/load.h - what a transaction wants, from the tables into a work.
#ifndef TMESH_SERVICES_STORE_SQLITE_LOAD_H
#define TMESH_SERVICES_STORE_SQLITE_LOAD_H

#include "services/store/sqlite/connection.h"
#include "services/store/store.h"

// Within a transaction. After an error the work holds a part of it and is to be destroyed.
tmesh_err_t tmesh_sqlite_load(tmesh_sqlite_connection_t *connection, const tmesh_wants_t *wants,
                              tmesh_work_t *work);

#endif
