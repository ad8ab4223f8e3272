#include "services/store/sql/due_times.h"

#include "runtime/base/memory.h"
#include "services/store/rows.h"

tmesh_err_t tmesh_sql_due_times_take_over(tmesh_sql_connection_t *connection, int64_t due_ms,
                                          uint32_t *count_p)
{
    tmesh_auto(tmesh_sql) sql = tmesh_sql_use(connection, TMESH_STATEMENT_TAKE_OVER);
    tmesh_sql_bind_due(sql, due_ms);
    tmesh_sql_bind_int(sql, TMESH_STEP_DUE_ADOPTION);
    tmesh_err_t err = tmesh_sql_run(sql);
    if (!err) *count_p = tmesh_sql_changes(sql);
    return err;
}

tmesh_err_t tmesh_sql_due_times_next(tmesh_sql_connection_t *connection, int64_t *due_ms_p)
{
    tmesh_auto(tmesh_sql) sql = tmesh_sql_use(connection, TMESH_STATEMENT_NEXT_DUE);
    int64_t of_tasks = TMESH_DUE_NONE;
    int64_t of_steps = TMESH_DUE_NONE;
    if (tmesh_sql_next(sql)) {
        of_tasks = tmesh_sql_read_due(sql);
        of_steps = tmesh_sql_read_due(sql);
    }
    if (!sql->err) *due_ms_p = of_tasks < of_steps ? of_tasks : of_steps;
    return sql->err;
}
