// services/store/postgres/use.h - one call's use of a connection, for what needs no transaction.
#ifndef TMESH_SERVICES_STORE_POSTGRES_USE_H
#define TMESH_SERVICES_STORE_POSTGRES_USE_H

#include "services/store/postgres/store_private.h"

typedef tmesh_err_t tmesh_postgres_use_t(tmesh_postgres_connection_t *connection, void *arguments);

// On the connection of this thread's work, if it has one, otherwise on any, and again on a new one if
// that was lost while nobody used it.
tmesh_err_t tmesh_postgres_use(tmesh_store_postgres_t *self, tmesh_postgres_use_t *use,
                               void *arguments);

#endif
