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

tmesh_err_t tmesh_postgres_settle(tmesh_postgres_connection_t *connection,
                                  const tmesh_postgres_stamp_t *stamp, bool *is_committed_p)
{
    tmesh_auto(tmesh_sql) sql =
        tmesh_postgres_connection_use(connection, TMESH_STATEMENT_CLOSE_CONNECTION);
    tmesh_sql_bind_blob(sql, stamp->connection_id, sizeof stamp->connection_id);
    if (!tmesh_sql_next(sql)) return sql->err ? sql->err : TMESH_ERR_CORRUPT;
    int64_t last_work = tmesh_sql_read_int(sql);
    if (!sql->err) *is_committed_p = last_work == stamp->work;
    return sql->err;
}
