// services/store/postgres/works.h - transactions, from begin to their end, whatever happens to the
// connection meanwhile. The first four are the functions of the backend (services/store/store.h).
#ifndef TMESH_SERVICES_STORE_POSTGRES_WORKS_H
#define TMESH_SERVICES_STORE_POSTGRES_WORKS_H

#include "services/store/postgres/connection.h"
#include "services/store/store.h"

tmesh_err_t tmesh_postgres_works_begin(tmesh_store_t *store, const tmesh_wants_t *wants,
                                       tmesh_work_t **work_p);
tmesh_err_t tmesh_postgres_works_extend(tmesh_store_t *store, const tmesh_wants_t *wants,
                                        tmesh_work_t *work);
tmesh_err_t tmesh_postgres_works_commit(tmesh_store_t *store, tmesh_work_t *work);
void tmesh_postgres_works_abandon(tmesh_store_t *store);

// A transaction without a work, on the connection that this thread holds until its end.
typedef struct {
    tmesh_store_t *store; // lent
    tmesh_postgres_connection_t *connection;
    uint64_t changes_before; // of the connection
} tmesh_postgres_short_t;

tmesh_err_t tmesh_postgres_works_begin_short(tmesh_postgres_short_t *self, tmesh_store_t *store);
// Commits it if there is anything to commit, or gives it up because of `err`, which it returns then.
tmesh_err_t tmesh_postgres_works_end_short(const tmesh_postgres_short_t *self, tmesh_err_t err);

#endif
