#include "services/store/sql/totals.h"

#include "runtime/base/memory.h"
#include "services/store/sql/rows_list.h"

tmesh_err_t tmesh_sql_totals_open_tasks(tmesh_sql_connection_t *connection, uint64_t *count_p)
{
    tmesh_auto(tmesh_sql) sql = tmesh_sql_use(connection, TMESH_STATEMENT_OPEN_TASKS);
    uint64_t count = tmesh_sql_next(sql) ? (uint64_t)tmesh_sql_read_int(sql) : 0;
    if (!sql->err) *count_p = count;
    return sql->err;
}

tmesh_err_t tmesh_sql_totals_backlog(tmesh_sql_connection_t *connection, uint32_t limit,
                                     tmesh_arena_t *arena, tmesh_backlog_t **rows_p,
                                     size_t *count_p)
{
    tmesh_rows_list_t list = {.arena = arena, .size = sizeof(tmesh_backlog_t)};
    tmesh_auto(tmesh_sql) sql = tmesh_sql_use(connection, TMESH_STATEMENT_BACKLOG);
    tmesh_sql_bind_int(sql, limit);
    while (tmesh_sql_next(sql)) {
        tmesh_backlog_t *row = tmesh_rows_list_add(&list);
        row->namespace_name = tmesh_sql_read_text(sql, arena);
        row->steps = (uint64_t)tmesh_sql_read_int(sql);
    }
    *rows_p = list.rows;
    *count_p = list.count;
    return sql->err;
}
