#include "services/store/sql/columns.h"

#include <assert.h>
#include <string.h>

static const uint8_t no_token[sizeof(tmesh_run_token_t)];

void tmesh_columns_bind_task(tmesh_sql_t *sql, const tmesh_task_row_t *row)
{
    assert(row->state != TMESH_TASK_NONE);
    tmesh_sql_bind_blob(sql, row->id.bytes, sizeof row->id.bytes);
    tmesh_sql_bind_int(sql, row->definition_id);
    tmesh_sql_bind_int(sql, row->state);
    tmesh_sql_bind_int(sql, row->priority);
    tmesh_sql_bind_int(sql, row->steps_total);
    tmesh_sql_bind_int(sql, row->steps_done);
    tmesh_sql_bind_int(sql, row->steps_failed);
    tmesh_sql_bind_int(sql, row->steps_in_flight);
    tmesh_sql_bind_int(sql, row->steps_waiting);
    tmesh_sql_bind_int(sql, row->steps_cancelled);
    tmesh_sql_bind_int(sql, row->last_number);
    tmesh_sql_bind_due(sql, row->due_ms);
    tmesh_sql_bind_int(sql, row->created_ms);
    tmesh_sql_bind_int(sql, row->updated_ms);
    tmesh_sql_bind_int(sql, row->completed_ms);
    tmesh_sql_bind_int(sql, row->paused_ms);
    tmesh_sql_bind_int(sql, row->steps_tolerated);
    tmesh_sql_bind_int(sql, row->deadline_ms);
}

void tmesh_columns_read_task(tmesh_sql_t *sql, tmesh_task_row_t *row)
{
    tmesh_sql_read_blob(sql, row->id.bytes, sizeof row->id.bytes);
    row->definition_id = tmesh_sql_read_int(sql);
    row->state = (tmesh_task_state_t)tmesh_sql_read_within(sql, TMESH_TASK_NONE + 1,
                                                           TMESH_TASK_STATE_COUNT - 1);
    row->priority = (int32_t)tmesh_sql_read_within(sql, INT32_MIN, INT32_MAX);
    row->steps_total = tmesh_sql_read_u32(sql);
    row->steps_done = tmesh_sql_read_u32(sql);
    row->steps_failed = tmesh_sql_read_u32(sql);
    row->steps_in_flight = tmesh_sql_read_u32(sql);
    row->steps_waiting = tmesh_sql_read_u32(sql);
    row->steps_cancelled = tmesh_sql_read_u32(sql);
    row->last_number = tmesh_sql_read_u32(sql);
    row->due_ms = tmesh_sql_read_due(sql);
    row->created_ms = tmesh_sql_read_int(sql);
    row->updated_ms = tmesh_sql_read_int(sql);
    row->completed_ms = tmesh_sql_read_int(sql);
    row->paused_ms = tmesh_sql_read_int(sql);
    row->steps_tolerated = tmesh_sql_read_u32(sql);
    row->deadline_ms = tmesh_sql_read_int(sql);
}

void tmesh_columns_bind_request(tmesh_sql_t *sql, const tmesh_request_row_t *row)
{
    tmesh_sql_bind_blob(sql, row->task_id.bytes, sizeof row->task_id.bytes);
    tmesh_sql_bind_text(sql, row->initiator);
    tmesh_sql_bind_text(sql, row->source_system);
    tmesh_sql_bind_text(sql, row->reason);
    tmesh_sql_bind_text(sql, row->correlation_id);
    tmesh_sql_bind_text(sql, row->parent_correlation_id);
    tmesh_sql_bind_text(sql, row->idempotency_key);
    tmesh_sql_bind_text(sql, row->auto_idempotency_key);
    if (row->has_identity) {
        tmesh_sql_bind_blob(sql, row->identity.bytes, sizeof row->identity.bytes);
    } else {
        tmesh_sql_bind_null(sql);
    }
    tmesh_sql_bind_bytes(sql, row->tags);
    tmesh_sql_bind_bytes(sql, row->options);
    tmesh_sql_bind_bytes(sql, row->context);
}

void tmesh_columns_read_request(tmesh_sql_t *sql, tmesh_arena_t *arena, tmesh_request_row_t *row)
{
    row->initiator = tmesh_sql_read_text(sql, arena);
    row->source_system = tmesh_sql_read_text(sql, arena);
    row->reason = tmesh_sql_read_text(sql, arena);
    row->correlation_id = tmesh_sql_read_text(sql, arena);
    row->parent_correlation_id = tmesh_sql_read_text(sql, arena);
    row->idempotency_key = tmesh_sql_read_text(sql, arena);
    row->auto_idempotency_key = tmesh_sql_read_text(sql, arena);
    row->has_identity =
        tmesh_sql_read_blob_or_null(sql, row->identity.bytes, sizeof row->identity.bytes);
    row->tags = tmesh_sql_read_bytes(sql, arena);
    row->options = tmesh_sql_read_bytes(sql, arena);
}

void tmesh_columns_bind_step(tmesh_sql_t *sql, const tmesh_step_row_t *row)
{
    assert(row->state != TMESH_STEP_NONE);
    assert(row->queue_id <= INT64_MAX);
    tmesh_sql_bind_blob(sql, row->id.bytes, sizeof row->id.bytes);
    tmesh_sql_bind_int(sql, row->template_index);
    tmesh_sql_bind_int(sql, (int64_t)row->queue_id);
    tmesh_sql_bind_int(sql, row->state);
    tmesh_sql_bind_int(sql, row->attempts);
    tmesh_sql_bind_int(sql, row->max_attempts);
    tmesh_sql_bind_int(sql, row->retryable);
    tmesh_sql_bind_int(sql, row->parents_open);
    tmesh_sql_bind_int(sql, row->run);
    if (memcmp(row->token.bytes, no_token, sizeof no_token) == 0) {
        tmesh_sql_bind_null(sql);
    } else {
        tmesh_sql_bind_blob(sql, row->token.bytes, sizeof row->token.bytes);
    }
    tmesh_sql_bind_int(sql, row->claimed);
    tmesh_sql_bind_int(sql, row->held);
    tmesh_sql_bind_int(sql, row->order_key);
    tmesh_sql_bind_int(sql, row->enqueued_ms);
    tmesh_sql_bind_int(sql, row->sent_ms);
    tmesh_sql_bind_int(sql, row->completed_ms);
    tmesh_sql_bind_due(sql, row->due_ms);
    tmesh_sql_bind_int(sql, row->due_for);
    tmesh_sql_bind_int(sql, row->workers_lost);
    tmesh_sql_bind_text(sql, row->worker);
    tmesh_sql_bind_int(sql, row->handed_over);
    tmesh_sql_bind_text(sql, row->name);
    tmesh_sql_bind_int(sql, row->batch_of);
    tmesh_sql_bind_int(sql, row->awaits_slot);
    tmesh_sql_bind_int(sql, row->tolerated);
    tmesh_sql_bind_int(sql, row->batch_first);
    tmesh_sql_bind_int(sql, row->batch_last);
    tmesh_sql_bind_int(sql, row->batch_free);
}

void tmesh_columns_read_step(tmesh_sql_t *sql, tmesh_arena_t *arena, tmesh_step_row_t *row)
{
    tmesh_sql_read_blob(sql, row->id.bytes, sizeof row->id.bytes);
    row->template_index = (uint16_t)tmesh_sql_read_within(sql, 0, UINT16_MAX);
    row->queue_id = (uint64_t)tmesh_sql_read_within(sql, 0, INT64_MAX);
    row->state = (tmesh_step_state_t)tmesh_sql_read_within(sql, TMESH_STEP_NONE + 1,
                                                           TMESH_STEP_STATE_COUNT - 1);
    row->attempts = tmesh_sql_read_u32(sql);
    row->max_attempts = tmesh_sql_read_u32(sql);
    row->retryable = tmesh_sql_read_bool(sql);
    row->parents_open = tmesh_sql_read_u32(sql);
    row->run = tmesh_sql_read_u32(sql);
    if (!tmesh_sql_read_blob_or_null(sql, row->token.bytes, sizeof row->token.bytes)) {
        memset(&row->token, 0, sizeof row->token);
    }
    row->claimed = tmesh_sql_read_bool(sql);
    row->held = tmesh_sql_read_bool(sql);
    row->order_key = tmesh_sql_read_int(sql);
    row->enqueued_ms = tmesh_sql_read_int(sql);
    row->sent_ms = tmesh_sql_read_int(sql);
    row->completed_ms = tmesh_sql_read_int(sql);
    row->due_ms = tmesh_sql_read_due(sql);
    row->due_for = (tmesh_step_due_t)tmesh_sql_read_within(sql, TMESH_STEP_DUE_NOTHING,
                                                           TMESH_STEP_DUE_UNCLAIMED);
    row->workers_lost = tmesh_sql_read_u32(sql);
    row->worker = tmesh_sql_read_text(sql, arena);
    row->handed_over = tmesh_sql_read_bool(sql);
    row->name = tmesh_sql_read_text(sql, arena);
    row->batch_of = (uint16_t)tmesh_sql_read_within(sql, 0, UINT16_MAX);
    row->awaits_slot = tmesh_sql_read_bool(sql);
    row->tolerated = tmesh_sql_read_bool(sql);
    row->batch_first = (uint16_t)tmesh_sql_read_within(sql, 0, UINT16_MAX);
    row->batch_last = (uint16_t)tmesh_sql_read_within(sql, 0, UINT16_MAX);
    row->batch_free = tmesh_sql_read_u32(sql);
}

void tmesh_columns_bind_result(tmesh_sql_t *sql, const tmesh_result_row_t *row)
{
    tmesh_sql_bind_blob(sql, row->step_id.bytes, sizeof row->step_id.bytes);
    tmesh_sql_bind_int(sql, row->run);
    tmesh_sql_bind_int(sql, row->success);
    tmesh_sql_bind_int(sql, row->received_ms);
    tmesh_sql_bind_text(sql, row->worker);
    tmesh_sql_bind_int(sql, row->answer);
    tmesh_sql_bind_int(sql, row->retryable);
    tmesh_sql_bind_text(sql, row->error_code);
    tmesh_sql_bind_text(sql, row->error_message);
    tmesh_sql_bind_bytes(sql, row->error);
    tmesh_sql_bind_bytes(sql, row->metadata);
    tmesh_sql_bind_bytes(sql, row->body);
}

void tmesh_columns_read_result(tmesh_sql_t *sql, tmesh_arena_t *arena, tmesh_result_row_t *row)
{
    tmesh_sql_read_blob(sql, row->step_id.bytes, sizeof row->step_id.bytes);
    row->run = tmesh_sql_read_u32(sql);
    row->success = tmesh_sql_read_bool(sql);
    row->received_ms = tmesh_sql_read_int(sql);
    row->worker = tmesh_sql_read_text(sql, arena);
    row->answer = (tmesh_step_state_t)tmesh_sql_read_within(sql, TMESH_STEP_NONE,
                                                            TMESH_STEP_STATE_COUNT - 1);
    row->retryable = tmesh_sql_read_bool(sql);
    row->error_code = tmesh_sql_read_text(sql, arena);
    row->error_message = tmesh_sql_read_text(sql, arena);
    row->error = tmesh_sql_read_bytes(sql, arena);
    row->metadata = tmesh_sql_read_bytes(sql, arena);
    row->body = tmesh_sql_read_bytes(sql, arena);
}

void tmesh_columns_bind_transition(tmesh_sql_t *sql, const tmesh_transition_row_t *row)
{
    tmesh_sql_bind_blob(sql, row->task_id.bytes, sizeof row->task_id.bytes);
    tmesh_sql_bind_int(sql, row->number);
    tmesh_sql_bind_int(sql, row->step_number);
    tmesh_sql_bind_text(sql, row->from);
    tmesh_sql_bind_text(sql, row->to);
    tmesh_sql_bind_text(sql, row->event);
    tmesh_sql_bind_int(sql, row->at_ms);
    tmesh_sql_bind_int(sql, row->run);
    tmesh_sql_bind_text(sql, row->worker);
    tmesh_sql_bind_text(sql, row->metadata);
    tmesh_sql_bind_text(sql, row->node);
}

void tmesh_columns_read_transition(tmesh_sql_t *sql, tmesh_arena_t *arena,
                                   tmesh_transition_row_t *row)
{
    tmesh_sql_read_blob(sql, row->task_id.bytes, sizeof row->task_id.bytes);
    row->number = tmesh_sql_read_u32(sql);
    row->step_number = (uint16_t)tmesh_sql_read_within(sql, 0, UINT16_MAX);
    row->from = tmesh_sql_read_text(sql, arena);
    row->to = tmesh_sql_read_text(sql, arena);
    row->event = tmesh_sql_read_text(sql, arena);
    row->at_ms = tmesh_sql_read_int(sql);
    row->run = tmesh_sql_read_u32(sql);
    row->worker = tmesh_sql_read_text(sql, arena);
    row->metadata = tmesh_sql_read_text(sql, arena);
    row->node = tmesh_sql_read_text(sql, arena);
}

void tmesh_columns_read_definition(tmesh_sql_t *sql, tmesh_arena_t *arena,
                                   tmesh_definition_row_t *row)
{
    row->id = tmesh_sql_read_int(sql);
    row->namespace_name = tmesh_sql_read_text(sql, arena);
    row->name = tmesh_sql_read_text(sql, arena);
    row->version = tmesh_sql_read_text(sql, arena);
    tmesh_sql_read_blob(sql, row->hash, sizeof row->hash);
    row->step_count = tmesh_sql_read_u32(sql);
    row->description = tmesh_sql_read_text(sql, arena);
    row->created_ms = tmesh_sql_read_int(sql);
    row->json = TMESH_BYTES_NONE;
}

void tmesh_columns_bind_dlq(tmesh_sql_t *sql, const tmesh_dlq_row_t *row)
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

void tmesh_columns_read_dlq(tmesh_sql_t *sql, tmesh_arena_t *arena, tmesh_dlq_row_t *row)
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

void tmesh_columns_bind_checkpoint(tmesh_sql_t *sql, const tmesh_checkpoint_row_t *row)
{
    tmesh_sql_bind_blob(sql, row->step_id.bytes, sizeof row->step_id.bytes);
    tmesh_sql_bind_int(sql, row->number);
    tmesh_sql_bind_int(sql, row->run);
    tmesh_sql_bind_int(sql, row->at_ms);
    tmesh_sql_bind_int(sql, row->items_processed);
    tmesh_sql_bind_bytes(sql, row->cursor);
    tmesh_sql_bind_bytes(sql, row->accumulated);
}

void tmesh_columns_read_checkpoint(tmesh_sql_t *sql, tmesh_arena_t *arena,
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

tmesh_step_bounds_t tmesh_columns_bounds_of(tmesh_task_id_t task_id)
{
    tmesh_step_bounds_t bounds = {.last = tmesh_step_id_of(task_id, TMESH_STEPS_PER_TASK_MAX)};
    memcpy(bounds.after.bytes, task_id.bytes, sizeof bounds.after.bytes);
    return bounds;
}

void tmesh_columns_bind_bounds(tmesh_sql_t *sql, const tmesh_step_bounds_t *bounds)
{
    tmesh_sql_bind_blob(sql, bounds->after.bytes, sizeof bounds->after.bytes);
    tmesh_sql_bind_blob(sql, bounds->last.bytes, sizeof bounds->last.bytes);
}
