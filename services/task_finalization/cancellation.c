#include "runtime/base/memory.h"
#include "services/moves/open_steps.h"
#include "services/task_finalization/operator_note.h"
#include "services/task_finalization/task_finalization.h"

// An error that was tolerated stays what it is: others have gone on from there.
static bool is_open(const tmesh_step_row_t *row)
{
    return !tmesh_step_row_is_settled(row) && row->state != TMESH_STEP_CANCELLED;
}

static tmesh_err_t cancel(tmesh_work_t *work, tmesh_work_task_t *task,
                          const tmesh_cancel_task_request_t *request,
                          tmesh_cancel_task_reply_t *reply, tmesh_outcome_t *outcome)
{
    for (uint32_t i = 0; i < work->step_count; i++) {
        tmesh_work_step_t *step = work->steps[i];
        if (step->task != task || !is_open(&step->row)) continue;
        tmesh_err_t err = tmesh_open_steps_cancel(work, step, "task_cancelled", outcome);
        if (err) return err;
        reply->cancelled_steps++;
    }
    task->free_identity = true;
    task->row.due_ms = TMESH_DUE_NONE;
    const char *note = tmesh_operator_note(work, request->reason, request->by);
    return tmesh_work_move_task(work, task, TMESH_TASK_EV_CANCEL, note) ? TMESH_ERR_CORRUPT
                                                                       : TMESH_OK;
}

static tmesh_fault_t *refusal(const tmesh_work_task_t *task)
{
    if (!task) {
        return tmesh_fault_new(TMESH_ERR_NOT_FOUND, "unknown_task", "/task_uuid",
                               "there is no such task");
    }
    if (!tmesh_task_state_is_terminal(task->row.state)) return NULL;
    return tmesh_fault_new(TMESH_ERR_CONFLICT, "task_ended", NULL, "the task has ended: %s",
                           tmesh_task_state_word(task->row.state));
}

static tmesh_err_t decide(tmesh_work_t *work, tmesh_cancel_task_batch_t *batch,
                          tmesh_outcome_t *outcome)
{
    for (size_t i = 0; i < batch->any.count; i++) {
        const tmesh_cancel_task_request_t *request = tmesh_cancel_task_request(batch, i);
        tmesh_work_task_t *task = tmesh_work_find_task(work, request->task_id);
        tmesh_fault_t *fault = refusal(task);
        if (fault) {
            tmesh_item_fail(&batch->any.items[i], fault->err, &fault);
            continue;
        }
        tmesh_cancel_task_reply_t *reply = tmesh_cancel_task_reply(batch, i);
        tmesh_err_t err =
            request->dry_run ? TMESH_OK : cancel(work, task, request, reply, outcome);
        if (err) return err;
        reply->state = task->row.state;
    }
    return TMESH_OK;
}

tmesh_err_t tmesh_cancellation_run(tmesh_tools_t *tools, tmesh_cancel_task_batch_t *batch,
                                   tmesh_outcome_t *outcome)
{
    tmesh_auto_free tmesh_task_id_t *ids = tmesh_alloc_array(batch->any.count, sizeof *ids);
    for (size_t i = 0; i < batch->any.count; i++) {
        ids[i] = tmesh_cancel_task_request(batch, i)->task_id;
    }
    tmesh_wants_t wants = {
        .task_ids = ids, .task_count = batch->any.count, .with_all_steps = true};
    tmesh_work_t *work = NULL;
    tmesh_err_t err = tmesh_store_begin(tools->store, &wants, &work);
    if (err) return err;
    err = decide(work, batch, outcome);
    if (err) {
        tmesh_outcome_abandon(outcome, tools, &work);
        return err;
    }
    return tmesh_outcome_commit(outcome, tools, &work);
}
