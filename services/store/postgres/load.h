// services/store/postgres/load.h - what a transaction wants, from the tables into a work: everything is
// asked for at once, in one round trip; only what can be claimed costs one more before.
#ifndef TMESH_SERVICES_STORE_POSTGRES_LOAD_H
#define TMESH_SERVICES_STORE_POSTGRES_LOAD_H

#include "services/store/postgres/connection.h"
#include "services/store/store.h"

// Begins the transaction, too. After an error the work holds a part of it and is to be destroyed.
tmesh_err_t tmesh_postgres_load_begin(tmesh_postgres_connection_t *connection,
                                      const tmesh_wants_t *wants, tmesh_work_t *work,
                                      tmesh_postgres_stamp_t *stamp);
// Within a transaction that was begun so.
tmesh_err_t tmesh_postgres_load_more(tmesh_postgres_connection_t *connection,
                                     const tmesh_wants_t *wants, tmesh_work_t *work);

#endif
