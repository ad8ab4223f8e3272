#include "services/store/postgres/settle.h"

#include <poll.h>

#include "runtime/base/memory.h"

enum { PAUSE_MS = 20 };

// As TMESH_STATEMENT_XACT_STATUS says it.
typedef enum { IN_PROGRESS, COMMITTED, ABORTED, UNKNOWN } status_t;

static tmesh_err_t look(tmesh_postgres_connection_t *connection,
                        const tmesh_postgres_stamp_t *stamp, status_t *status_p)
{
    tmesh_auto(tmesh_sql) sql =
        tmesh_postgres_connection_use(connection, TMESH_STATEMENT_XACT_STATUS);
    tmesh_sql_bind_int(sql, stamp->xact_id);
    tmesh_sql_bind_int(sql, stamp->server_life);
    status_t status = UNKNOWN;
    if (tmesh_sql_next(sql)) status = (status_t)tmesh_sql_read_within(sql, IN_PROGRESS, UNKNOWN);
    // A number that this server has not drawn yet: another one took its place, without our commit.
    if (sql->err == TMESH_ERR_INVALID) status = ABORTED;
    else if (sql->err) return sql->err;
    *status_p = status;
    return TMESH_OK;
}

static tmesh_err_t terminate(tmesh_postgres_connection_t *connection,
                             const tmesh_postgres_stamp_t *stamp)
{
    tmesh_auto(tmesh_sql) sql =
        tmesh_postgres_connection_use(connection, TMESH_STATEMENT_TERMINATE);
    tmesh_sql_bind_int(sql, stamp->backend_pid);
    tmesh_sql_bind_int(sql, stamp->xact_id);
    while (tmesh_sql_next(sql)) continue;
    return sql->err;
}

tmesh_err_t tmesh_postgres_settle(tmesh_postgres_connection_t *connection,
                                  const tmesh_postgres_stamp_t *stamp, int64_t for_ms,
                                  bool *is_committed_p)
{
    for (int64_t waited_ms = 0; waited_ms <= for_ms; waited_ms += PAUSE_MS) {
        status_t status = UNKNOWN;
        tmesh_err_t err = look(connection, stamp, &status);
        if (err) return err;
        if (status == UNKNOWN) return TMESH_ERR_NOT_FOUND;
        if (status != IN_PROGRESS) {
            *is_committed_p = status == COMMITTED;
            return TMESH_OK;
        }
        err = terminate(connection, stamp);
        if (err) return err;
        poll(NULL, 0, PAUSE_MS);
    }
    return TMESH_ERR_NOT_FOUND;
}
