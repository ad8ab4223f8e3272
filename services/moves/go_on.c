#include "services/moves/go_on.h"

#include "services/moves/enqueue.h"
#include "services/moves/evaluate.h"

static tmesh_err_t move(tmesh_work_t *work, tmesh_work_task_t *task, tmesh_task_event_t event,
                        const char *metadata)
{
    return tmesh_work_move_task(work, task, event, metadata) ? TMESH_ERR_CORRUPT : TMESH_OK;
}

static tmesh_err_t begin_evaluating(tmesh_work_t *work, tmesh_work_task_t *task,
                                    const char *metadata)
{
    switch (task->row.state) {
    case TMESH_TASK_STEPS_IN_PROCESS:
        return move(work, task, TMESH_TASK_EV_STEP_COMPLETED, metadata);
    case TMESH_TASK_WAITING_FOR_DEPENDENCIES:
        return move(work, task, TMESH_TASK_EV_DEPENDENCIES_READY, metadata);
    case TMESH_TASK_WAITING_FOR_RETRY:
    case TMESH_TASK_BLOCKED_BY_FAILURES:
        return move(work, task, TMESH_TASK_EV_MANUAL_INTERVENTION, metadata);
    default:
        return TMESH_ERR_CORRUPT; // the other states are passed through, or ends
    }
}

// May it start now? A retry without a due time was held when its task was blocked.
static bool is_ready(const tmesh_step_row_t *row)
{
    if (row->due_for == TMESH_STEP_DUE_ENQUEUE) return false; // its time comes
    if (row->state == TMESH_STEP_WAITING_FOR_RETRY) return true;
    return row->state == TMESH_STEP_PENDING && row->parents_open == 0;
}

static size_t find_ready(tmesh_work_t *work, const tmesh_work_task_t *task,
                         tmesh_work_step_t ***ready_p)
{
    size_t count = 0;
    tmesh_work_step_t **ready =
        tmesh_arena_alloc(work->arena, (work->step_count + 1) * sizeof *ready);
    for (uint32_t i = 0; i < work->step_count; i++) {
        tmesh_work_step_t *step = work->steps[i];
        if (step->task == task && is_ready(&step->row)) ready[count++] = step;
    }
    *ready_p = ready;
    return count;
}

// Claims that had not been sent were withdrawn when the task was blocked. This node may have them
// in hand all the same: it is told before the step goes out under its next run.
static tmesh_err_t release(tmesh_tools_t *tools, tmesh_work_t *work, tmesh_work_task_t *task,
                           tmesh_outcome_t *outcome)
{
    for (uint32_t i = 0; i < work->step_count; i++) {
        tmesh_work_step_t *step = work->steps[i];
        if (step->task != task || !step->row.held) continue;
        if (step->row.run > 0) {
            tmesh_outcome_add_cancelled(outcome, (tmesh_cancelled_run_t){
                .step_id = step->row.id,
                .run = step->row.run,
                .only_unsent = true,
                .reason = "task_blocked",
            });
        }
        tmesh_err_t err = tmesh_moves_claim(tools, work, step);
        if (err) return err;
    }
    return TMESH_OK;
}

static bool awaits_its_time(const tmesh_work_t *work, const tmesh_work_task_t *task)
{
    for (uint32_t i = 0; i < work->step_count; i++) {
        const tmesh_work_step_t *step = work->steps[i];
        if (step->task == task && step->row.due_for == TMESH_STEP_DUE_ENQUEUE) return true;
    }
    return false;
}

static tmesh_err_t begin(tmesh_tools_t *tools, tmesh_work_t *work, tmesh_work_task_t *task)
{
    if (awaits_its_time(work, task)) return TMESH_OK;
    tmesh_work_step_t **ready = NULL;
    size_t count = find_ready(work, task, &ready);
    tmesh_err_t err = tmesh_moves_enqueue(tools, work, task, ready, count);
    if (err || count > 0) return err;
    return tmesh_moves_evaluate(tools, work, task, NULL, 0); // nothing is left to do
}

tmesh_err_t tmesh_moves_go_on(tmesh_tools_t *tools, tmesh_work_t *work, tmesh_work_task_t *task,
                              const char *metadata, tmesh_outcome_t *outcome)
{
    if (task->row.state == TMESH_TASK_PENDING) return begin(tools, work, task);
    tmesh_err_t err = begin_evaluating(work, task, metadata);
    if (err) return err;
    tmesh_work_step_t **ready = NULL;
    size_t count = find_ready(work, task, &ready);
    err = tmesh_moves_conclude(tools, work, task, ready, count);
    if (err || task->row.state == TMESH_TASK_BLOCKED_BY_FAILURES) return err;
    task->hold_steps = false; // an action before this one, in the same commit, left it blocked
    return release(tools, work, task, outcome);
}
