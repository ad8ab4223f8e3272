#include "services/moves/dlq.h"

#include "runtime/base/memory.h"
#include "services/domain/json_text.h"
#include "services/moves/step_name.h"

static void add_text(tmesh_buffer_t *json, const char *key, const char *text)
{
    if (!text) return;
    tmesh_buffer_printf(json, ",\"%s\":", key);
    tmesh_json_add_string(json, text);
}

static void add_step(tmesh_buffer_t *json, const tmesh_definition_t *definition,
                     const tmesh_work_step_t *step)
{
    const tmesh_step_row_t *row = &step->row;
    tmesh_uuid_text_t id;
    add_text(json, "step_uuid", tmesh_uuid_format(row->id.bytes, id));
    add_text(json, "step_name", tmesh_step_name_of(definition, row));
    add_text(json, "step_state", tmesh_step_state_word(row->state));
    tmesh_buffer_printf(json, ",\"attempts\":%u,\"max_attempts\":%u", row->attempts,
                        row->max_attempts);
    add_text(json, "worker", row->worker);
    if (!step->stored_result) return;
    add_text(json, "error_code", step->stored_result->error_code);
    add_text(json, "error_message", step->stored_result->error_message);
}

static tmesh_bytes_t snapshot_of(const tmesh_work_t *work, const tmesh_definition_t *definition,
                                 const tmesh_work_task_t *task, const tmesh_work_step_t *step)
{
    const tmesh_task_row_t *row = &task->row;
    tmesh_auto(tmesh_buffer) json = tmesh_buffer_new();
    tmesh_uuid_text_t id;
    tmesh_buffer_printf(json, "{\"task_uuid\":\"%s\"", tmesh_uuid_format(row->id.bytes, id));
    add_text(json, "namespace", definition->namespace_name);
    add_text(json, "task_name", definition->name);
    add_text(json, "task_version", definition->version);
    add_text(json, "current_state", tmesh_task_state_word(row->state));
    tmesh_buffer_printf(json,
                        ",\"snapshot_ms\":%lld,\"task_details\":{\"priority\":%d,"
                        "\"created_ms\":%lld,\"updated_ms\":%lld,\"total_steps\":%u,"
                        "\"completed_steps\":%u,\"failed_steps\":%u}",
                        (long long)work->now_ms, row->priority, (long long)row->created_ms,
                        (long long)row->updated_ms, row->steps_total, row->steps_done,
                        row->steps_failed);
    if (step) add_step(json, definition, step);
    tmesh_buffer_add_text(json, "}");
    return tmesh_arena_bytes(work->arena, tmesh_buffer_bytes(json));
}

tmesh_work_dlq_t *tmesh_moves_enter_dlq(tmesh_tools_t *tools, tmesh_work_t *work,
                                        tmesh_work_task_t *task, const tmesh_work_step_t *step,
                                        tmesh_dlq_reason_t reason, tmesh_bytes_t metadata)
{
    const tmesh_definition_t *definition = NULL;
    if (tmesh_definitions_get(tools->definitions, task->row.definition_id, &definition)) {
        return NULL;
    }
    tmesh_dlq_row_t row = {
        .id = tmesh_dlq_id_new(tools->random, work->now_ms),
        .task_id = task->row.id,
        .step_number = step ? tmesh_step_number(step->row.id) : 0,
        .reason = reason,
        .status = TMESH_DLQ_STATUS_PENDING,
        .created_ms = work->now_ms,
        .updated_ms = work->now_ms,
        .metadata = metadata,
        .snapshot = snapshot_of(work, definition, task, step),
    };
    tmesh_work_dlq_t *entry = tmesh_work_add_dlq(work, &row);
    entry->is_new = true;
    entry->stored_status = TMESH_DLQ_STATUS_NONE;
    return entry;
}
