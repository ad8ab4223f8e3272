#include "actors/reader_views.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "services/moves/step_name.h"

tmesh_view_t tmesh_view_begin(tmesh_arena_t *arena, tmesh_buffer_t *body)
{
    return (tmesh_view_t){.arena = arena, .body = body, .writer = tmesh_writer(body)};
}

tmesh_encoded_t tmesh_view_end(tmesh_view_t *self)
{
    return (tmesh_encoded_t){
        .body = tmesh_arena_text(self->arena, tmesh_buffer_text(self->body)),
        .frame_count = self->frame_count,
        .frames = self->frames,
    };
}

void tmesh_view_payload(tmesh_view_t *self, const char *key, tmesh_bytes_t payload)
{
    if (!payload.data) {
        tmesh_writer_null(&self->writer, key);
        return;
    }
    if (self->frame_count == self->frame_capacity) {
        size_t capacity = self->frame_capacity ? self->frame_capacity * 2 : 8;
        tmesh_bytes_t *larger = tmesh_arena_alloc(self->arena, capacity * sizeof *larger);
        if (self->frame_count) {
            memcpy(larger, self->frames, self->frame_count * sizeof *larger);
        }
        self->frames = larger;
        self->frame_capacity = capacity;
    }
    tmesh_writer_frame(&self->writer, key, self->frame_count);
    self->frames[self->frame_count++] = payload;
}

static void write_time(tmesh_writer_t *writer, const char *key, int64_t at_ms)
{
    if (at_ms > 0 && at_ms != TMESH_DUE_NONE) {
        tmesh_writer_integer(writer, key, at_ms);
    } else {
        tmesh_writer_null(writer, key);
    }
}

static void write_counts(tmesh_writer_t *writer, const tmesh_task_row_t *row)
{
    uint32_t pending = row->steps_total - row->steps_done - row->steps_failed -
                       row->steps_tolerated - row->steps_in_flight - row->steps_waiting -
                       row->steps_cancelled;
    tmesh_writer_integer(writer, "total_steps", row->steps_total);
    tmesh_writer_integer(writer, "pending_steps", pending);
    tmesh_writer_integer(writer, "in_progress_steps", row->steps_in_flight);
    tmesh_writer_integer(writer, "completed_steps", row->steps_done);
    tmesh_writer_integer(writer, "failed_steps", row->steps_failed);
    tmesh_writer_integer(writer, "tolerated_steps", row->steps_tolerated);
    tmesh_writer_integer(writer, "waiting_steps", row->steps_waiting);
    tmesh_writer_integer(writer, "cancelled_steps", row->steps_cancelled);
    uint32_t settled = row->steps_done + row->steps_tolerated;
    uint32_t hundredths =
        row->steps_total ? (uint32_t)(settled * UINT64_C(10000) / row->steps_total) : 0;
    char percent[16];
    int length = snprintf(percent, sizeof percent, "%u.%02u", hundredths / 100, hundredths % 100);
    tmesh_writer_json(writer, "completion_percentage", tmesh_bytes(percent, (size_t)length));
}

static int64_t earliest_due(const tmesh_step_view_t *steps, size_t count)
{
    int64_t due_ms = TMESH_DUE_NONE;
    for (size_t i = 0; i < count; i++) {
        if (steps[i].row.due_ms < due_ms) due_ms = steps[i].row.due_ms;
    }
    return due_ms;
}

void tmesh_view_task(tmesh_view_t *self, const tmesh_task_view_t *task,
                     const tmesh_view_facts_t *facts, const tmesh_step_view_t *steps,
                     size_t step_count)
{
    tmesh_writer_t *writer = &self->writer;
    const tmesh_task_row_t *row = &task->row;
    const tmesh_request_row_t *request = &task->request;
    tmesh_writer_uuid(writer, "task_uuid", row->id.bytes);
    tmesh_writer_text(writer, "namespace", task->namespace_name);
    tmesh_writer_text(writer, "name", task->name);
    tmesh_writer_text(writer, "version", task->version);
    tmesh_writer_text(writer, "status", tmesh_task_state_word(row->state));
    tmesh_writer_bool(writer, "settled", tmesh_task_state_is_settled(row->state));
    tmesh_writer_bool(writer, "ended", tmesh_task_state_is_terminal(row->state));
    write_time(writer, "created_at", row->created_ms);
    write_time(writer, "updated_at", row->updated_ms);
    write_time(writer, "completed_at", row->completed_ms);
    write_time(writer, "paused_at", row->paused_ms);
    tmesh_writer_integer(writer, "priority", row->priority);
    tmesh_writer_text(writer, "initiator", request->initiator);
    tmesh_writer_text(writer, "source_system", request->source_system);
    tmesh_writer_text(writer, "reason", request->reason);
    tmesh_writer_text(writer, "correlation_id", request->correlation_id);
    tmesh_writer_text(writer, "parent_correlation_id", request->parent_correlation_id);
    tmesh_writer_text(writer, "idempotency_key", request->idempotency_key);
    tmesh_writer_json(writer, "tags", request->tags);
    tmesh_writer_json(writer, "options", request->options);
    write_counts(writer, row);
    char reason[256];
    tmesh_writer_text(writer, "waiting_reason",
                      tmesh_view_task_reason(task, facts, steps, step_count, reason));
    write_time(writer, "due_at", earliest_due(steps, step_count));
    if (request->context.data) tmesh_view_payload(self, "context", request->context);
}

static void write_error(tmesh_writer_t *writer, const tmesh_result_row_t *failure)
{
    if (!failure) {
        tmesh_writer_null(writer, "error");
        return;
    }
    tmesh_writer_open_object(writer, "error");
    tmesh_writer_text(writer, "code", failure->error_code);
    tmesh_writer_text(writer, "message", failure->error_message);
    tmesh_writer_bool(writer, "retryable", failure->retryable);
    tmesh_writer_integer(writer, "run", failure->run);
    tmesh_writer_close_object(writer);
}

// The step as its template has it, or NULL.
static const tmesh_step_definition_t *definition_of(const tmesh_view_facts_t *facts,
                                                    const tmesh_step_row_t *row)
{
    bool is_known = facts->definition && row->template_index < facts->definition->step_count;
    return is_known ? &facts->definition->steps[row->template_index] : NULL;
}

static int compare_number(const void *number, const void *step)
{
    return (int)*(const uint16_t *)number -
           (int)tmesh_step_number(((const tmesh_step_view_t *)step)->row.id);
}

static void write_parents(tmesh_writer_t *writer, const tmesh_step_view_t *step,
                          const tmesh_step_view_t *steps, size_t count,
                          const tmesh_view_facts_t *facts)
{
    tmesh_writer_open_array(writer, "dependencies");
    for (uint16_t i = 0; i < step->parent_count; i++) {
        const tmesh_step_view_t *parent =
            bsearch(&step->parents[i], steps, count, sizeof *steps, compare_number);
        if (!parent) continue;
        tmesh_writer_text(writer, NULL, tmesh_step_name_of(facts->definition, &parent->row));
    }
    tmesh_writer_close_array(writer);
}

void tmesh_view_step(tmesh_view_t *self, const tmesh_step_view_t *step,
                     const tmesh_step_view_t *steps, size_t count,
                     const tmesh_view_facts_t *facts)
{
    tmesh_writer_t *writer = &self->writer;
    const tmesh_step_row_t *row = &step->row;
    bool waits = row->due_for == TMESH_STEP_DUE_ENQUEUE;
    const tmesh_step_definition_t *of_step = definition_of(facts, row);
    tmesh_writer_uuid(writer, "step_uuid", row->id.bytes);
    tmesh_writer_text(writer, "name", tmesh_step_name_of(facts->definition, row));
    if (row->batch_of) {
        tmesh_writer_text(writer, "template_step_name", of_step ? of_step->name : NULL);
    }
    tmesh_writer_text(writer, "type", of_step ? tmesh_step_type_word(of_step->type) : NULL);
    tmesh_writer_text(writer, "callable", of_step ? of_step->callable : NULL);
    tmesh_writer_text(writer, "current_state", tmesh_step_state_word(row->state));
    tmesh_writer_integer(writer, "attempts", row->attempts);
    tmesh_writer_integer(writer, "max_attempts", row->max_attempts);
    tmesh_writer_integer(writer, "run", row->run);
    write_time(writer, "enqueued_at", row->enqueued_ms);
    write_time(writer, "started_at", step->started_ms);
    write_time(writer, "completed_at", row->completed_ms);
    write_time(writer, "next_retry_at", waits ? row->due_ms : 0);
    tmesh_writer_text(writer, "worker", row->worker);
    write_parents(writer, step, steps, count, facts);
    tmesh_view_payload(self, "results", step->success ? step->success->body : TMESH_BYTES_NONE);
    write_error(writer, step->failure);
    if (row->tolerated) {
        tmesh_writer_bool(writer, "failure_tolerated", row->state == TMESH_STEP_ERROR);
    }
    char reason[256];
    tmesh_writer_text(writer, "waiting_reason", tmesh_view_step_reason(step, facts, reason));
}

void tmesh_view_steps(tmesh_view_t *self, const tmesh_step_view_t *steps, size_t count,
                      const tmesh_view_facts_t *facts)
{
    tmesh_writer_open_array(&self->writer, "steps");
    for (size_t i = 0; i < count; i++) {
        tmesh_writer_open_object(&self->writer, NULL);
        tmesh_view_step(self, &steps[i], steps, count, facts);
        tmesh_writer_close_object(&self->writer);
    }
    tmesh_writer_close_array(&self->writer);
}
