#include "services/moves/open_steps.h"

void tmesh_open_steps_withdraw(tmesh_work_step_t *step, const char *reason,
                               tmesh_outcome_t *outcome)
{
    if (tmesh_step_state_is_in_flight(step->row.state) && step->row.run > 0) {
        tmesh_outcome_add_cancelled(outcome, (tmesh_cancelled_run_t){
            .step_id = step->row.id, .run = step->row.run, .reason = reason});
    }
    step->row.claimed = false;
    step->row.held = false;
    step->row.due_ms = TMESH_DUE_NONE;
    step->row.due_for = TMESH_STEP_DUE_NOTHING;
    step->is_changed = true;
}

tmesh_err_t tmesh_open_steps_cancel(tmesh_work_t *work, tmesh_work_step_t *step,
                                    const char *reason, tmesh_outcome_t *outcome)
{
    tmesh_open_steps_withdraw(step, reason, outcome);
    return tmesh_work_move_step(work, step, TMESH_STEP_EV_CANCEL, 0, NULL) ? TMESH_ERR_CORRUPT
                                                                           : TMESH_OK;
}

static bool is_open(tmesh_step_state_t state)
{
    return !tmesh_step_state_is_done(state) && state != TMESH_STEP_CANCELLED &&
           state != TMESH_STEP_ERROR;
}

tmesh_err_t tmesh_open_steps_end(tmesh_work_t *work, const tmesh_work_task_t *task,
                                 const char *reason, tmesh_outcome_t *outcome, uint32_t *count_p)
{
    for (uint32_t i = 0; i < work->step_count; i++) {
        tmesh_work_step_t *step = work->steps[i];
        if (step->task != task || !is_open(step->row.state)) continue;
        tmesh_err_t err = tmesh_open_steps_cancel(work, step, reason, outcome);
        if (err) return err;
        (*count_p)++;
    }
    return TMESH_OK;
}
