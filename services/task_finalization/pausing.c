#include "services/task_finalization/pausing.h"

#include "services/moves/enqueue.h"

static void mark(tmesh_work_t *work, tmesh_work_task_t *task, int64_t paused_ms)
{
    task->row.paused_ms = paused_ms;
    task->row.updated_ms = work->now_ms;
    task->is_changed = true;
}

void tmesh_pausing_pause(tmesh_work_t *work, tmesh_work_task_t *task, tmesh_outcome_t *outcome)
{
    if (task->row.paused_ms) return;
    mark(work, task, work->now_ms);
    for (uint32_t i = 0; i < work->step_count; i++) {
        tmesh_work_step_t *step = work->steps[i];
        if (step->task != task || step->row.state != TMESH_STEP_ENQUEUED) continue;
        if (step->row.claimed) { // it may have been sent just now: then it finishes
            tmesh_outcome_add_cancelled(outcome, (tmesh_cancelled_run_t){
                .step_id = step->row.id,
                .run = step->row.run,
                .only_unsent = true,
                .reason = "task_paused",
            });
        }
        tmesh_moves_hold(step);
    }
}

tmesh_err_t tmesh_pausing_resume(tmesh_tools_t *tools, tmesh_work_t *work, tmesh_work_task_t *task)
{
    if (!task->row.paused_ms) return TMESH_OK;
    mark(work, task, 0);
    if (task->row.state == TMESH_TASK_BLOCKED_BY_FAILURES) return TMESH_OK; // go_on releases them
    for (uint32_t i = 0; i < work->step_count; i++) {
        tmesh_work_step_t *step = work->steps[i];
        if (step->task != task || !step->row.held) continue;
        tmesh_err_t err = tmesh_moves_claim(tools, work, step);
        if (err) return err;
    }
    return TMESH_OK;
}
