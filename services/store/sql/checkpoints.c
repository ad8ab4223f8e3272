#include "services/store/sql/checkpoints.h"

#include "runtime/base/memory.h"
#include "services/store/sql/columns.h"
#include "services/store/sql/rows_list.h"

static tmesh_err_t append(tmesh_sql_connection_t *connection, const tmesh_work_t *work)
{
    tmesh_auto(tmesh_sql) sql = tmesh_sql_use(connection, TMESH_STATEMENT_INSERT_CHECKPOINT);
    for (uint32_t i = 0; i < work->checkpoint_count; i++) {
        tmesh_columns_bind_checkpoint(sql, &work->checkpoints[i]);
        tmesh_err_t err = tmesh_sql_add(sql);
        if (err) return err;
    }
    return TMESH_OK;
}

static tmesh_err_t trim(tmesh_sql_connection_t *connection, const tmesh_work_t *work)
{
    tmesh_auto(tmesh_sql) strip = tmesh_sql_use(connection, TMESH_STATEMENT_STRIP_CHECKPOINTS);
    tmesh_auto(tmesh_sql) forget = tmesh_sql_use(connection, TMESH_STATEMENT_FORGET_CHECKPOINTS);
    for (uint32_t i = 0; i < work->checkpoint_count; i++) {
        const tmesh_step_id_t *id = &work->checkpoints[i].step_id;
        tmesh_sql_bind_blob(strip, id->bytes, sizeof id->bytes);
        tmesh_err_t err = tmesh_sql_add(strip);
        if (err) return err;
        tmesh_sql_bind_blob(forget, id->bytes, sizeof id->bytes);
        tmesh_sql_bind_int(forget, TMESH_CHECKPOINTS_KEPT);
        err = tmesh_sql_add(forget);
        if (err) return err;
    }
    return TMESH_OK;
}

tmesh_err_t tmesh_sql_checkpoints_save(tmesh_sql_connection_t *connection, const tmesh_work_t *work)
{
    tmesh_err_t err = append(connection, work);
    return err ? err : trim(connection, work);
}

tmesh_err_t tmesh_sql_checkpoints_list(tmesh_sql_connection_t *connection, tmesh_step_id_t step_id,
                                       tmesh_arena_t *arena, tmesh_checkpoint_row_t **rows_p,
                                       size_t *count_p)
{
    tmesh_auto(tmesh_sql) sql = tmesh_sql_use(connection, TMESH_STATEMENT_CHECKPOINTS);
    tmesh_sql_bind_blob(sql, step_id.bytes, sizeof step_id.bytes);
    tmesh_rows_list_t list = {.arena = arena, .size = sizeof(tmesh_checkpoint_row_t)};
    while (tmesh_sql_next(sql)) {
        tmesh_columns_read_checkpoint(sql, arena, tmesh_rows_list_add(&list));
    }
    if (sql->err) return sql->err;
    *rows_p = list.rows;
    *count_p = list.count;
    return TMESH_OK;
}
