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
