#include "runtime/base/memory.h"
#include "services/moves/evaluate.h"
#include "services/task_finalization/task_finalization.h"

static tmesh_finalize_action_t action_of(tmesh_task_state_t before, tmesh_task_state_t after)
{
    if (before == after) return TMESH_FINALIZE_NO_ACTION;
    switch (after) {
    case TMESH_TASK_COMPLETE: return TMESH_FINALIZE_COMPLETED;
    case TMESH_TASK_BLOCKED_BY_FAILURES: return TMESH_FINALIZE_BLOCKED;
    case TMESH_TASK_ERROR: return TMESH_FINALIZE_FAILED;
    case TMESH_TASK_WAITING_FOR_RETRY: return TMESH_FINALIZE_WAITING;
    default: return TMESH_FINALIZE_REENQUEUED;
    }
}

// Only a task that claims to have steps in process while it has none moves: every other state is
// where its last transaction wanted it to be.
static bool has_nothing_in_process(const tmesh_task_row_t *row)
{
    return row->state == TMESH_TASK_STEPS_IN_PROCESS && row->steps_in_flight == 0;
}

static tmesh_err_t decide(tmesh_tools_t *tools, tmesh_work_t *work,
                          tmesh_finalize_task_batch_t *batch)
{
    for (size_t i = 0; i < batch->any.count; i++) {
        const tmesh_finalize_task_request_t *request = tmesh_finalize_task_request(batch, i);
        tmesh_work_task_t *task = tmesh_work_find_task(work, request->task_id);
        if (!task) {
            tmesh_fault_t *fault = tmesh_fault_new(TMESH_ERR_NOT_FOUND, "unknown_task", NULL,
                                                   "there is no such task");
            tmesh_item_fail(&batch->any.items[i], fault->err, &fault);
            continue;
        }
        tmesh_task_state_t before = task->row.state;
        if (has_nothing_in_process(&task->row)) {
            tmesh_err_t err = tmesh_moves_evaluate(tools, work, task, NULL, 0);
            if (err) return err;
        }
        tmesh_finalize_task_reply_t *reply = tmesh_finalize_task_reply(batch, i);
        reply->action = action_of(before, task->row.state);
        reply->state = task->row.state;
        reply->total_steps = task->row.steps_total;
        reply->completed_steps = task->row.steps_done;
    }
    return TMESH_OK;
}

tmesh_err_t tmesh_finalization_run(tmesh_tools_t *tools, tmesh_finalize_task_batch_t *batch,
                                   tmesh_outcome_t *outcome)
{
    tmesh_auto_free tmesh_task_id_t *ids = tmesh_alloc_array(batch->any.count, sizeof *ids);
    for (size_t i = 0; i < batch->any.count; i++) {
        ids[i] = tmesh_finalize_task_request(batch, i)->task_id;
    }
    tmesh_wants_t wants = {.task_ids = ids, .task_count = batch->any.count};
    tmesh_work_t *work = NULL;
    tmesh_err_t err = tmesh_store_begin(tools->store, &wants, &work);
    if (err) return err;
    err = decide(tools, work, batch);
    if (err) {
        tmesh_outcome_abandon(outcome, tools, &work);
        return err;
    }
    return tmesh_outcome_commit(outcome, tools, &work);
}
