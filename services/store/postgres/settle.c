#include "services/store/postgres/settle.h"

#include "runtime/base/memory.h"

void tmesh_postgres_settle_mark(tmesh_postgres_connection_t *connection)
{
    const tmesh_postgres_stamp_t *stamp = tmesh_postgres_connection_stamp(connection);
    tmesh_auto(tmesh_sql) sql = tmesh_postgres_connection_use(connection, TMESH_STATEMENT_MARK);
    tmesh_sql_bind_blob(sql, stamp->connection_id, sizeof stamp->connection_id);
    tmesh_sql_bind_int(sql, stamp->work);
    tmesh_postgres_sql_send(sql);
}

// So that nobody waits for the locks of a process whose client is gone.
static tmesh_err_t terminate(tmesh_postgres_connection_t *connection,
                             const tmesh_postgres_stamp_t *stamp)
{
    tmesh_auto(tmesh_sql) sql =
        tmesh_postgres_connection_use(connection, TMESH_STATEMENT_TERMINATE);
    tmesh_sql_bind_int(sql, stamp->backend_pid);
    tmesh_sql_bind_int(sql, stamp->now_ms);
    while (tmesh_sql_next(sql)) continue;
    return sql->err;
}

static tmesh_err_t close_other(tmesh_postgres_connection_t *connection,
                               const tmesh_postgres_stamp_t *stamp, int64_t *last_work_p)
{
    tmesh_auto(tmesh_sql) sql =
        tmesh_postgres_connection_use(connection, TMESH_STATEMENT_CLOSE_CONNECTION);
    tmesh_sql_bind_blob(sql, stamp->connection_id, sizeof stamp->connection_id);
    if (!tmesh_sql_next(sql)) return sql->err ? sql->err : TMESH_ERR_CORRUPT;
    *last_work_p = tmesh_sql_read_int(sql);
    return sql->err;
}

tmesh_err_t tmesh_postgres_settle(tmesh_postgres_connection_t *connection,
                                  const tmesh_postgres_stamp_t *stamp, bool *is_committed_p)
{
    int64_t last_work = 0;
    tmesh_err_t err = terminate(connection, stamp);
    if (!err) err = close_other(connection, stamp, &last_work);
    if (!err) *is_committed_p = last_work == stamp->work;
    return err;
}
