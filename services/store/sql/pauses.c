#include "services/store/sql/pauses.h"

#include "runtime/base/memory.h"
#include "services/store/sql/rows_list.h"

// In the table the whole namespace is the empty callable, which no template can have.
static void bind_callable(tmesh_sql_t *sql, const char *callable)
{
    tmesh_sql_bind_text(sql, callable ? callable : "");
}

tmesh_err_t tmesh_sql_pauses_put(tmesh_sql_connection_t *connection, const tmesh_pause_row_t *row,
                                 bool *changed_p)
{
    tmesh_auto(tmesh_sql) sql = tmesh_sql_use(connection, TMESH_STATEMENT_INSERT_PAUSE);
    tmesh_sql_bind_text(sql, row->namespace_name);
    bind_callable(sql, row->callable);
    tmesh_sql_bind_int(sql, row->since_ms);
    tmesh_sql_bind_text(sql, row->by);
    tmesh_sql_bind_text(sql, row->reason);
    tmesh_err_t err = tmesh_sql_run(sql);
    if (!err) *changed_p = tmesh_sql_changes(sql) > 0;
    return err;
}

tmesh_err_t tmesh_sql_pauses_remove(tmesh_sql_connection_t *connection, const char *namespace_name,
                                    const char *callable, bool *changed_p)
{
    tmesh_auto(tmesh_sql) sql = tmesh_sql_use(connection, TMESH_STATEMENT_DELETE_PAUSE);
    tmesh_sql_bind_text(sql, namespace_name);
    bind_callable(sql, callable);
    tmesh_err_t err = tmesh_sql_run(sql);
    if (!err) *changed_p = tmesh_sql_changes(sql) > 0;
    return err;
}

tmesh_err_t tmesh_sql_pauses_list(tmesh_sql_connection_t *connection, tmesh_arena_t *arena,
                                  tmesh_pause_row_t **rows_p, size_t *count_p)
{
    tmesh_auto(tmesh_sql) sql = tmesh_sql_use(connection, TMESH_STATEMENT_PAUSES);
    tmesh_rows_list_t list = {.arena = arena, .size = sizeof(tmesh_pause_row_t)};
    while (tmesh_sql_next(sql)) {
        tmesh_pause_row_t *row = tmesh_rows_list_add(&list);
        row->namespace_name = tmesh_sql_read_text(sql, arena);
        row->callable = tmesh_sql_read_text(sql, arena);
        if (row->callable && !*row->callable) row->callable = NULL;
        row->since_ms = tmesh_sql_read_int(sql);
        row->by = tmesh_sql_read_text(sql, arena);
        row->reason = tmesh_sql_read_text(sql, arena);
    }
    if (sql->err) return sql->err;
    *rows_p = list.rows;
    *count_p = list.count;
    return TMESH_OK;
}
