#include "services/store/sql/dlq.h"

#include <string.h>

#include "runtime/base/memory.h"
#include "services/store/sql/columns.h"
#include "services/store/sql/rows_list.h"

tmesh_err_t tmesh_sql_dlq_find(tmesh_sql_connection_t *connection, tmesh_dlq_id_t id,
                               tmesh_arena_t *arena, tmesh_dlq_row_t *row)
{
    tmesh_auto(tmesh_sql) sql = tmesh_sql_use(connection, TMESH_STATEMENT_DLQ_ENTRY);
    tmesh_sql_bind_blob(sql, id.bytes, sizeof id.bytes);
    if (!tmesh_sql_next(sql)) return sql->err ? sql->err : TMESH_ERR_NOT_FOUND;
    tmesh_dlq_row_t found = {0};
    tmesh_columns_read_dlq(sql, arena, &found);
    if (!sql->err) *row = found;
    return sql->err;
}

tmesh_err_t tmesh_sql_dlq_save(tmesh_sql_connection_t *connection, const tmesh_work_t *work)
{
    tmesh_auto(tmesh_sql) insert = tmesh_sql_use(connection, TMESH_STATEMENT_INSERT_DLQ);
    tmesh_auto(tmesh_sql) update = tmesh_sql_use(connection, TMESH_STATEMENT_UPDATE_DLQ);
    for (uint32_t i = 0; i < work->dlq_entry_count; i++) {
        tmesh_work_dlq_t *entry = work->dlq_entries[i];
        if (!entry->is_new && !entry->is_changed) continue;
        tmesh_sql_t *sql = entry->is_new ? insert : update;
        tmesh_columns_bind_dlq(sql, &entry->row);
        tmesh_err_t err = tmesh_sql_add(sql);
        if (err) return err;
        entry->is_left_out = tmesh_sql_changes(sql) == 0;
    }
    return TMESH_OK;
}

tmesh_err_t tmesh_sql_dlq_list(tmesh_sql_connection_t *connection, const tmesh_dlq_filter_t *filter,
                               tmesh_arena_t *arena, tmesh_dlq_row_t **rows_p, size_t *count_p)
{
    tmesh_dlq_id_t before = filter->before;
    if (!filter->has_before) memset(&before, 0xff, sizeof before); // later than any
    tmesh_auto(tmesh_sql) sql = tmesh_sql_use(
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
    while (tmesh_sql_next(sql)) tmesh_columns_read_dlq(sql, arena, tmesh_rows_list_add(&list));
    if (sql->err) return sql->err;
    *rows_p = list.rows;
    *count_p = list.count;
    return TMESH_OK;
}

tmesh_err_t tmesh_sql_dlq_stats(tmesh_sql_connection_t *connection, tmesh_arena_t *arena,
                                tmesh_dlq_stat_t **rows_p, size_t *count_p)
{
    tmesh_auto(tmesh_sql) sql = tmesh_sql_use(connection, TMESH_STATEMENT_DLQ_STATS);
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
