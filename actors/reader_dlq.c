#include "actors/reader_dlq.h"

#include <stdlib.h>

#include "runtime/base/memory.h"
#include "services/wire/writer.h"

static void write_time(tmesh_writer_t *writer, const char *key, int64_t time_ms)
{
    if (time_ms) tmesh_writer_integer(writer, key, time_ms);
    else tmesh_writer_null(writer, key);
}

static int64_t priority_of(const tmesh_dlq_row_t *row, int64_t now_ms)
{
    return tmesh_dlq_priority(row->reason, now_ms - row->created_ms);
}

static void write_entry(tmesh_writer_t *writer, const tmesh_dlq_row_t *row, int64_t now_ms)
{
    tmesh_writer_open_object(writer, NULL);
    tmesh_writer_uuid(writer, "dlq_entry_uuid", row->id.bytes);
    tmesh_writer_uuid(writer, "task_uuid", row->task_id.bytes);
    if (row->step_number) {
        tmesh_step_id_t step_id = tmesh_step_id_of(row->task_id, row->step_number);
        tmesh_writer_uuid(writer, "step_uuid", step_id.bytes);
    } else {
        tmesh_writer_null(writer, "step_uuid");
    }
    tmesh_writer_text(writer, "dlq_reason", tmesh_dlq_reason_word(row->reason));
    tmesh_writer_text(writer, "resolution_status", tmesh_dlq_status_word(row->status));
    tmesh_writer_integer(writer, "dlq_timestamp", row->created_ms);
    tmesh_writer_integer(writer, "updated_at", row->updated_ms);
    write_time(writer, "resolution_timestamp", row->resolved_ms);
    tmesh_writer_text(writer, "resolution_notes", row->notes);
    tmesh_writer_text(writer, "resolved_by", row->resolved_by);
    if (row->status == TMESH_DLQ_STATUS_PENDING) {
        tmesh_writer_integer(writer, "priority", priority_of(row, now_ms));
    } else {
        tmesh_writer_null(writer, "priority");
    }
    tmesh_writer_json(writer, "metadata", row->metadata);
    tmesh_writer_json(writer, "task_snapshot", row->snapshot);
    tmesh_writer_close_object(writer);
}

static void write_entries(tmesh_writer_t *writer, const char *key, const tmesh_dlq_row_t *rows,
                          size_t count, int64_t now_ms)
{
    tmesh_writer_open_array(writer, key);
    for (size_t i = 0; i < count; i++) write_entry(writer, &rows[i], now_ms);
    tmesh_writer_close_array(writer);
}

static tmesh_err_t list(tmesh_reader_t *reader, const tmesh_query_dlq_request_t *request,
                        int64_t now_ms, tmesh_arena_t *arena, tmesh_writer_t *writer)
{
    tmesh_dlq_filter_t filter = {
        .status = request->status,
        .reason = request->reason,
        .has_task = request->has_task,
        .task_id = request->task_id,
        .has_before = request->has_before,
        .before = request->before,
        .limit = request->limit,
    };
    tmesh_dlq_row_t *rows = NULL;
    size_t count = 0;
    tmesh_err_t err = tmesh_reader_dlq_entries(reader, &filter, arena, &rows, &count);
    if (err) return err;
    tmesh_writer_open_object(writer, NULL);
    write_entries(writer, "entries", rows, count, now_ms);
    if (count > 0 && count == request->limit) {
        tmesh_writer_uuid(writer, "next", rows[count - 1].id.bytes);
    } else {
        tmesh_writer_null(writer, "next");
    }
    tmesh_writer_close_object(writer);
    return TMESH_OK;
}

static tmesh_err_t get(tmesh_reader_t *reader, const tmesh_query_dlq_request_t *request,
                       int64_t now_ms, tmesh_arena_t *arena, tmesh_writer_t *writer)
{
    tmesh_dlq_row_t row = {0};
    if (request->what == TMESH_DLQ_QUERY_ENTRY) {
        tmesh_err_t err = tmesh_reader_dlq_entry(reader, request->entry_id, arena, &row);
        if (err) return err;
    } else {
        tmesh_dlq_filter_t filter = {.has_task = true, .task_id = request->task_id, .limit = 1};
        tmesh_dlq_row_t *rows = NULL;
        size_t count = 0;
        tmesh_err_t err = tmesh_reader_dlq_entries(reader, &filter, arena, &rows, &count);
        if (err) return err;
        if (count == 0) return TMESH_ERR_NOT_FOUND;
        row = rows[0];
    }
    write_entry(writer, &row, now_ms);
    return TMESH_OK;
}

// By priority: minutes count alike for all, so the time at which each would have had none decides.
static int compare(const void *a, const void *b)
{
    const tmesh_dlq_row_t *left = a;
    const tmesh_dlq_row_t *right = b;
    int64_t left_ms = left->created_ms - 60000 * tmesh_dlq_priority(left->reason, 0);
    int64_t right_ms = right->created_ms - 60000 * tmesh_dlq_priority(right->reason, 0);
    return (left_ms > right_ms) - (left_ms < right_ms);
}

// The most urgent ones are among the oldest of each reason.
static tmesh_err_t investigate(tmesh_reader_t *reader, uint32_t limit, tmesh_arena_t *arena,
                               tmesh_dlq_row_t **rows_p, size_t *count_p)
{
    tmesh_dlq_row_t *all =
        tmesh_arena_alloc(arena, (TMESH_DLQ_REASON_COUNT * (size_t)limit + 1) * sizeof *all);
    size_t count = 0;
    for (int reason = 1; reason < TMESH_DLQ_REASON_COUNT; reason++) {
        tmesh_dlq_filter_t filter = {
            .status = TMESH_DLQ_STATUS_PENDING,
            .reason = (tmesh_dlq_reason_t)reason,
            .oldest_first = true,
            .limit = limit,
        };
        tmesh_dlq_row_t *rows = NULL;
        size_t found = 0;
        tmesh_err_t err = tmesh_reader_dlq_entries(reader, &filter, arena, &rows, &found);
        if (err) return err;
        for (size_t i = 0; i < found; i++) all[count++] = rows[i];
    }
    qsort(all, count, sizeof *all, compare);
    *rows_p = all;
    *count_p = count < limit ? count : limit;
    return TMESH_OK;
}

static tmesh_err_t sum_up(tmesh_reader_t *reader, const tmesh_query_dlq_request_t *request,
                          int64_t now_ms, tmesh_arena_t *arena, tmesh_writer_t *writer)
{
    tmesh_dlq_stat_t *stats = NULL;
    tmesh_dlq_row_t *rows = NULL;
    size_t stat_count = 0;
    size_t count = 0;
    tmesh_err_t err = tmesh_reader_dlq_stats(reader, arena, &stats, &stat_count);
    if (!err) err = investigate(reader, request->limit, arena, &rows, &count);
    if (err) return err;
    tmesh_writer_open_object(writer, NULL);
    tmesh_writer_open_array(writer, "stats");
    for (size_t i = 0; i < stat_count; i++) {
        tmesh_writer_open_object(writer, NULL);
        tmesh_writer_text(writer, "dlq_reason", tmesh_dlq_reason_word(stats[i].reason));
        tmesh_writer_text(writer, "resolution_status", tmesh_dlq_status_word(stats[i].status));
        tmesh_writer_integer(writer, "count", (int64_t)stats[i].count);
        tmesh_writer_integer(writer, "oldest_at", stats[i].oldest_ms);
        tmesh_writer_integer(writer, "newest_at", stats[i].newest_ms);
        tmesh_writer_close_object(writer);
    }
    tmesh_writer_close_array(writer);
    write_entries(writer, "investigation_queue", rows, count, now_ms);
    tmesh_writer_close_object(writer);
    return TMESH_OK;
}

tmesh_err_t tmesh_reader_dlq_answer(const tmesh_reader_services_t *services,
                                    const tmesh_query_dlq_request_t *request,
                                    tmesh_query_dlq_reply_t *reply)
{
    static tmesh_err_t (*const answers[])(tmesh_reader_t *reader,
                                          const tmesh_query_dlq_request_t *request, int64_t now_ms,
                                          tmesh_arena_t *arena, tmesh_writer_t *writer) = {
        [TMESH_DLQ_QUERY_LIST] = list,
        [TMESH_DLQ_QUERY_ENTRY] = get,
        [TMESH_DLQ_QUERY_OF_TASK] = get,
        [TMESH_DLQ_QUERY_STATS] = sum_up,
    };
    reply->arena = tmesh_arena_new();
    tmesh_auto(tmesh_buffer) body = tmesh_buffer_new();
    tmesh_writer_t writer = tmesh_writer(body);
    tmesh_err_t err = answers[request->what](services->reader, request,
                                             tmesh_clock_now_ms(services->clock), reply->arena,
                                             &writer);
    if (!err) reply->encoded.body = tmesh_arena_text(reply->arena, tmesh_buffer_text(body));
    return err;
}
