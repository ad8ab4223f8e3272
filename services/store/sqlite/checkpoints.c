#include "services/store/sqlite/checkpoints.h"

#include "runtime/base/memory.h"
#include "services/store/sqlite/rows_list.h"

static void bind_checkpoint(tmesh_sql_t *sql, const tmesh_checkpoint_row_t *row)
{
    tmesh_sql_bind_blob(sql, row->step_id.bytes, sizeof row->step_id.bytes);
    tmesh_sql_bind_int(sql, row->number);
    tmesh_sql_bind_int(sql, row->run);
    tmesh_sql_bind_int(sql, row->at_ms);
    tmesh_sql_bind_int(sql, row->items_processed);
    tmesh_sql_bind_bytes(sql, row->cursor);
    tmesh_sql_bind_bytes(sql, row->accumulated);
}

static void read_checkpoint(tmesh_sql_t *sql, tmesh_arena_t *arena,
                            tmesh_checkpoint_row_t *row)
{
    tmesh_sql_read_blob(sql, row->step_id.bytes, sizeof row->step_id.bytes);
    row->number = tmesh_sql_read_u32(sql);
    row->run = tmesh_sql_read_u32(sql);
    row->at_ms = tmesh_sql_read_int(sql);
    row->items_processed = tmesh_sql_read_int(sql);
    row->cursor = tmesh_sql_read_bytes(sql, arena);
    row->accumulated = tmesh_sql_read_bytes(sql, arena);
}

static tmesh_err_t append(tmesh_sqlite_connection_t *connection, const tmesh_checkpoint_row_t *row)
{
    tmesh_auto(tmesh_sql) sql =
        tmesh_sqlite_connection_use(connection, TMESH_STATEMENT_INSERT_CHECKPOINT);
    bind_checkpoint(sql, row);
    return tmesh_sql_run(sql);
}

static tmesh_err_t trim(tmesh_sqlite_connection_t *connection, tmesh_step_id_t step_id)
{
    tmesh_auto(tmesh_sql) strip =
        tmesh_sqlite_connection_use(connection, TMESH_STATEMENT_STRIP_CHECKPOINTS);
    tmesh_sql_bind_blob(strip, step_id.bytes, sizeof step_id.bytes);
    tmesh_err_t err = tmesh_sql_run(strip);
    if (err) return err;
    tmesh_auto(tmesh_sql) forget =
        tmesh_sqlite_connection_use(connection, TMESH_STATEMENT_FORGET_CHECKPOINTS);
    tmesh_sql_bind_blob(forget, step_id.bytes, sizeof step_id.bytes);
    tmesh_sql_bind_int(forget, TMESH_CHECKPOINTS_KEPT);
    return tmesh_sql_run(forget);
}

tmesh_err_t tmesh_sqlite_checkpoints_save(tmesh_sqlite_connection_t *connection,
                                          const tmesh_work_t *work)
{
    for (uint32_t i = 0; i < work->checkpoint_count; i++) {
        tmesh_err_t err = append(connection, &work->checkpoints[i]);
        if (!err) err = trim(connection, work->checkpoints[i].step_id);
        if (err) return err;
    }
    return TMESH_OK;
}

tmesh_err_t tmesh_sqlite_checkpoints_last(tmesh_sqlite_connection_t *connection,
                                          tmesh_step_id_t step_id, tmesh_arena_t *arena,
                                          const tmesh_checkpoint_row_t **checkpoint_p)
{
    *checkpoint_p = NULL;
    tmesh_auto(tmesh_sql) sql =
        tmesh_sqlite_connection_use(connection, TMESH_STATEMENT_LAST_CHECKPOINT);
    tmesh_sql_bind_blob(sql, step_id.bytes, sizeof step_id.bytes);
    if (!tmesh_sql_next(sql)) return sql->err;
    tmesh_checkpoint_row_t row = {0};
    read_checkpoint(sql, arena, &row);
    if (!sql->err) *checkpoint_p = tmesh_arena_copy(arena, &row, sizeof row);
    return sql->err;
}

tmesh_err_t tmesh_sqlite_checkpoints_list(tmesh_sqlite_connection_t *connection,
                                          tmesh_step_id_t step_id, tmesh_arena_t *arena,
                                          tmesh_checkpoint_row_t **rows_p, size_t *count_p)
{
    tmesh_auto(tmesh_sql) sql =
        tmesh_sqlite_connection_use(connection, TMESH_STATEMENT_CHECKPOINTS);
    tmesh_sql_bind_blob(sql, step_id.bytes, sizeof step_id.bytes);
    tmesh_rows_list_t list = {.arena = arena, .size = sizeof(tmesh_checkpoint_row_t)};
    while (tmesh_sql_next(sql)) {
        read_checkpoint(sql, arena, tmesh_rows_list_add(&list));
    }
    if (sql->err) return sql->err;
    *rows_p = list.rows;
    *count_p = list.count;
    return TMESH_OK;
}
