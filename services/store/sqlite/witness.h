// services/store/sqlite/witness.h - is this work in the tables, after a commit that failed with an
// I/O error? Something in it must be its own: a transition's number, or a run's token.
#ifndef TMESH_SERVICES_STORE_SQLITE_WITNESS_H
#define TMESH_SERVICES_STORE_SQLITE_WITNESS_H

#include "services/store/sqlite/connection.h"

// A tmesh_sqlite_witness_t whose subject is a tmesh_work_t.
tmesh_err_t tmesh_sqlite_witness_of_work(tmesh_sqlite_connection_t *connection, const void *work,
                                         bool *is_there_p);

#endif
