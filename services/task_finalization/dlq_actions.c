#include "runtime/base/memory.h"
#include "services/domain/json_text.h"
#include "services/moves/dlq.h"
#include "services/task_finalization/task_finalization.h"

static tmesh_bytes_t metadata_of(tmesh_work_t *work, const char *by)
{
    tmesh_auto(tmesh_buffer) json = tmesh_buffer_new();
    tmesh_buffer_add_text(json, "{\"detection_method\":\"manual\",\"added_by\":");
    tmesh_json_add_string(json, by ? by : "");
    tmesh_buffer_add_text(json, "}");
    return tmesh_arena_bytes(work->arena, tmesh_buffer_bytes(json));
}

static tmesh_work_dlq_t *add(tmesh_tools_t *tools, tmesh_work_t *work,
                             const tmesh_update_dlq_request_t *request, tmesh_fault_t **fault_p)
{
    tmesh_work_task_t *task = tmesh_work_find_task(work, request->task_id);
    tmesh_work_step_t *step = NULL;
    if (request->has_step) step = tmesh_work_find_step(work, request->step_id);
    bool is_step_of_it = step && step->task == task;
    if (!task) {
        *fault_p = tmesh_fault_new(TMESH_ERR_NOT_FOUND, "unknown_task", "/task_uuid",
                                   "there is no such task");
    } else if (request->has_step && !is_step_of_it) {
        *fault_p = tmesh_fault_new(TMESH_ERR_NOT_FOUND, "unknown_step", "/step_uuid",
                                   "the task has no such step");
    }
    if (*fault_p) return NULL;
    tmesh_work_dlq_t *entry = tmesh_moves_enter_dlq(tools, work, task, step, TMESH_DLQ_MANUAL_DLQ,
                                                    metadata_of(work, request->by));
    if (entry) entry->row.notes = request->notes;
    return entry;
}

static void set_status(tmesh_dlq_row_t *row, tmesh_dlq_status_t status, int64_t now_ms)
{
    if (status == TMESH_DLQ_STATUS_NONE) return;
    row->status = status;
    row->resolved_ms = status == TMESH_DLQ_STATUS_PENDING ? 0 : now_ms;
}

static tmesh_work_dlq_t *change(tmesh_work_t *work, const tmesh_update_dlq_request_t *request,
                                tmesh_fault_t **fault_p)
{
    tmesh_work_dlq_t *entry = tmesh_work_find_dlq(work, request->entry_id);
    if (!entry) {
        *fault_p = tmesh_fault_new(TMESH_ERR_NOT_FOUND, "unknown_dlq_entry", "/dlq_entry_uuid",
                                   "there is no such entry");
        return NULL;
    }
    set_status(&entry->row, request->status, work->now_ms);
    if (request->notes) entry->row.notes = request->notes;
    if (request->resolved_by) entry->row.resolved_by = request->resolved_by;
    if (request->metadata.data) entry->row.metadata = request->metadata;
    entry->row.updated_ms = work->now_ms;
    entry->is_changed = true;
    return entry;
}

static void fill(tmesh_update_dlq_reply_t *reply, const tmesh_dlq_row_t *row)
{
    reply->entry_id = row->id;
    reply->task_id = row->task_id;
    reply->reason = row->reason;
    reply->status = row->status;
    reply->created_ms = row->created_ms;
    reply->resolved_ms = row->resolved_ms;
}

static void decide(tmesh_tools_t *tools, tmesh_work_t *work, tmesh_update_dlq_batch_t *batch,
                   tmesh_work_dlq_t **entries)
{
    for (size_t i = 0; i < batch->any.count; i++) {
        const tmesh_update_dlq_request_t *request = tmesh_update_dlq_request(batch, i);
        tmesh_fault_t *fault = NULL;
        entries[i] = request->is_new ? add(tools, work, request, &fault)
                                     : change(work, request, &fault);
        if (entries[i]) {
            fill(tmesh_update_dlq_reply(batch, i), &entries[i]->row);
        } else {
            tmesh_item_fail(&batch->any.items[i], fault ? fault->err : TMESH_ERR_CORRUPT, &fault);
        }
    }
}

// Only the store knows all entries that are pending. Of several changes to one entry in a batch, which
// people hardly make, none was made.
static void refuse_left_out(tmesh_update_dlq_batch_t *batch, tmesh_work_dlq_t *const *entries)
{
    for (size_t i = 0; i < batch->any.count; i++) {
        if (!entries[i] || !entries[i]->is_left_out) continue;
        tmesh_fault_t *fault =
            tmesh_fault_new(TMESH_ERR_CONFLICT, "duplicate_entry", NULL,
                            "an entry for the same task, step and reason is pending already");
        tmesh_item_fail(&batch->any.items[i], TMESH_ERR_CONFLICT, &fault);
    }
}

tmesh_err_t tmesh_dlq_actions_run(tmesh_tools_t *tools, tmesh_update_dlq_batch_t *batch,
                                  tmesh_outcome_t *outcome)
{
    const size_t count = batch->any.count;
    tmesh_auto_free tmesh_task_id_t *task_ids = tmesh_alloc_array(count, sizeof *task_ids);
    tmesh_auto_free tmesh_step_id_t *step_ids = tmesh_alloc_array(count, sizeof *step_ids);
    tmesh_auto_free tmesh_dlq_id_t *dlq_ids = tmesh_alloc_array(count, sizeof *dlq_ids);
    tmesh_wants_t wants = {.task_ids = task_ids, .step_ids = step_ids, .dlq_ids = dlq_ids};
    for (size_t i = 0; i < count; i++) {
        const tmesh_update_dlq_request_t *request = tmesh_update_dlq_request(batch, i);
        if (!request->is_new) dlq_ids[wants.dlq_count++] = request->entry_id;
        else task_ids[wants.task_count++] = request->task_id;
        if (request->has_step) step_ids[wants.step_count++] = request->step_id;
    }
    tmesh_work_t *work = NULL;
    tmesh_err_t err = tmesh_store_begin(tools->store, &wants, &work);
    if (err) return err;
    // In the work's arena, which the outcome keeps.
    tmesh_work_dlq_t **entries = tmesh_arena_alloc(work->arena, count * sizeof *entries);
    decide(tools, work, batch, entries);
    err = tmesh_outcome_commit(outcome, tools, &work);
    if (!err) refuse_left_out(batch, entries);
    return err;
}
