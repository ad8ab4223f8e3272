#include "services/store/sqlite/dlq.h"

#include <string.h>

#include "runtime/base/memory.h"
#include "services/store/sqlite/rows_list.h"

static void bind_dlq(tmesh_sql_t *sql, const tmesh_dlq_row_t *row)
{
    tmesh_sql_bind_blob(sql, row->id.bytes, sizeof row->id.bytes);
    tmesh_sql_bind_blob(sql, row->task_id.bytes, sizeof row->task_id.bytes);
    tmesh_sql_bind_int(sql, row->step_number);
    tmesh_sql_bind_int(sql, row->reason);
    tmesh_sql_bind_int(sql, row->status);
    tmesh_sql_bind_int(sql, row->created_ms);
    tmesh_sql_bind_int(sql, row->updated_ms);
    tmesh_sql_bind_int(sql, row->resolved_ms);
    tmesh_sql_bind_text(sql, row->resolved_by);
    tmesh_sql_bind_text(sql, row->notes);
    tmesh_sql_bind_bytes(sql, row->metadata);
    tmesh_sql_bind_bytes(sql, row->snapshot);
}

static void read_dlq(tmesh_sql_t *sql, tmesh_arena_t *arena, tmesh_dlq_row_t *row)
{
    tmesh_sql_read_blob(sql, row->id.bytes, sizeof row->id.bytes);
    tmesh_sql_read_blob(sql, row->task_id.bytes, sizeof row->task_id.bytes);
    row->step_number = (uint16_t)tmesh_sql_read_within(sql, 0, UINT16_MAX);
    row->reason = (tmesh_dlq_reason_t)tmesh_sql_read_within(sql, TMESH_DLQ_REASON_NONE + 1,
                                                            TMESH_DLQ_REASON_COUNT - 1);
    row->status = (tmesh_dlq_status_t)tmesh_sql_read_within(sql, TMESH_DLQ_STATUS_NONE + 1,
                                                            TMESH_DLQ_STATUS_COUNT - 1);
    row->created_ms = tmesh_sql_read_int(sql);
    row->updated_ms = tmesh_sql_read_int(sql);
    row->resolved_ms = tmesh_sql_read_int(sql);
    row->resolved_by = tmesh_sql_read_text(sql, arena);
    row->notes = tmesh_sql_read_text(sql, arena);
    row->metadata = tmesh_sql_read_bytes(sql, arena);
    row->snapshot = tmesh_sql_read_bytes(sql, arena);
}

tmesh_err_t tmesh_sqlite_dlq_find(tmesh_sqlite_connection_t *connection, tmesh_dlq_id_t id,
                                  tmesh_arena_t *arena, tmesh_dlq_row_t *row)
{
    tmesh_auto(tmesh_sql) sql = tmesh_sqlite_connection_use(connection, TMESH_STATEMENT_DLQ_ENTRY);
    tmesh_sql_bind_blob(sql, id.bytes, sizeof id.bytes);
    if (!tmesh_sql_next(sql)) return sql->err ? sql->err : TMESH_ERR_NOT_FOUND;
    tmesh_dlq_row_t found = {0};
    read_dlq(sql, arena, &found);
    if (!sql->err) *row = found;
    return sql->err;
}

tmesh_err_t tmesh_sqlite_dlq_load(tmesh_sqlite_connection_t *connection,
                                  const tmesh_wants_t *wants, tmesh_work_t *work)
{
    for (size_t i = 0; i < wants->dlq_count; i++) {
        tmesh_dlq_row_t row = {0};
        tmesh_err_t err = tmesh_sqlite_dlq_find(connection, wants->dlq_ids[i], work->arena, &row);
        if (err && err != TMESH_ERR_NOT_FOUND) return err;
        if (!err) tmesh_work_add_dlq(work, &row);
    }
    return TMESH_OK;
}

tmesh_err_t tmesh_sqlite_dlq_save(tmesh_sqlite_connection_t *connection, const tmesh_work_t *work)
{
    for (uint32_t i = 0; i < work->dlq_entry_count; i++) {
        tmesh_work_dlq_t *entry = work->dlq_entries[i];
        if (!entry->is_new && !entry->is_changed) continue;
        tmesh_auto(tmesh_sql) sql = tmesh_sqlite_connection_use(
            connection, entry->is_new ? TMESH_STATEMENT_INSERT_DLQ : TMESH_STATEMENT_UPDATE_DLQ);
        bind_dlq(sql, &entry->row);
        tmesh_err_t err = tmesh_sql_run(sql);
        if (err) return err;
        entry->is_left_out = tmesh_sql_changes(sql) == 0;
    }
    return TMESH_OK;
}

tmesh_err_t tmesh_sqlite_dlq_list(tmesh_sqlite_connection_t *connection,
                                  const tmesh_dlq_filter_t *filter, tmesh_arena_t *arena,
                                  tmesh_dlq_row_t **rows_p, size_t *count_p)
{
    tmesh_dlq_id_t before = filter->before;
    if (!filter->has_before) memset(&before, 0xff, sizeof before); // later than any
    tmesh_auto(tmesh_sql) sql = tmesh_sqlite_connection_use(
        connection,
        filter->oldest_first ? TMESH_STATEMENT_DLQ_LIST_OLDEST : TMESH_STATEMENT_DLQ_LIST);
    tmesh_sql_bind_blob(sql, before.bytes, sizeof before.bytes);
    tmesh_sql_bind_int(sql, filter->status);
    if (filter->has_task) {
        tmesh_sql_bind_blob(sql, filter->task_id.bytes, sizeof filter->task_id.bytes);
    } else {
        tmesh_sql_bind_null(sql);
    }
    tmesh_sql_bind_int(sql, filter->reason);
    tmesh_sql_bind_int(sql, filter->limit);
    tmesh_rows_list_t list = {.arena = arena, .size = sizeof(tmesh_dlq_row_t)};
    while (tmesh_sql_next(sql)) read_dlq(sql, arena, tmesh_rows_list_add(&list));
    if (sql->err) return sql->err;
    *rows_p = list.rows;
    *count_p = list.count;
    return TMESH_OK;
}

tmesh_err_t tmesh_sqlite_dlq_stats(tmesh_sqlite_connection_t *connection, tmesh_arena_t *arena,
                                   tmesh_dlq_stat_t **rows_p, size_t *count_p)
{
    tmesh_auto(tmesh_sql) sql = tmesh_sqlite_connection_use(connection, TMESH_STATEMENT_DLQ_STATS);
    tmesh_rows_list_t list = {.arena = arena, .size = sizeof(tmesh_dlq_stat_t)};
    while (tmesh_sql_next(sql)) {
        tmesh_dlq_stat_t *stat = tmesh_rows_list_add(&list);
        stat->reason = (tmesh_dlq_reason_t)tmesh_sql_read_within(sql, TMESH_DLQ_REASON_NONE + 1,
                                                                 TMESH_DLQ_REASON_COUNT - 1);
        stat->status = (tmesh_dlq_status_t)tmesh_sql_read_within(sql, TMESH_DLQ_STATUS_NONE + 1,
                                                                 TMESH_DLQ_STATUS_COUNT - 1);
        stat->count = (uint64_t)tmesh_sql_read_int(sql);
        stat->oldest_ms = tmesh_sql_read_int(sql);
        stat->newest_ms = tmesh_sql_read_int(sql);
    }
    if (sql->err) return sql->err;
    *rows_p = list.rows;
    *count_p = list.count;
    return TMESH_OK;
}
