#include "services/store/postgres/use.h"

tmesh_err_t tmesh_postgres_use(tmesh_store_postgres_t *self, tmesh_postgres_use_t *use,
                               void *arguments)
{
    tmesh_postgres_connection_t *connection = tmesh_postgres_pool_mine(self->pool);
    if (connection) return use(connection, arguments);
    while (true) { // ends with a connection that is new
        if (self->is_over) return TMESH_ERR_FATAL;
        bool is_new = false;
        tmesh_err_t err = tmesh_postgres_pool_take(self->pool, &connection, &is_new);
        if (err) return err;
        err = use(connection, arguments);
        tmesh_postgres_connection_rollback(connection);
        tmesh_postgres_pool_give(self->pool);
        if (err != TMESH_ERR_CONNECTION || is_new) return err;
        tmesh_postgres_pool_forget_idle(self->pool);
    }
}
