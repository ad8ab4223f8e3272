#include "services/task_finalization/resetting.h"

#include "services/moves/failure.h"

tmesh_err_t tmesh_resetting_steps_of(tmesh_tools_t *tools, tmesh_work_t *work,
                                     const tmesh_work_task_t *task, const char *note,
                                     uint32_t *count_p)
{
    *count_p = 0;
    for (uint32_t i = 0; i < work->step_count; i++) {
        tmesh_work_step_t *step = work->steps[i];
        bool has_failed = (step->row.state == TMESH_STEP_ERROR && !step->row.tolerated) ||
                          step->row.state == TMESH_STEP_CANCELLED;
        if (step->task != task || !has_failed) continue;
        tmesh_moves_forget_attempts(tools, step);
        if (tmesh_work_move_step(work, step, TMESH_STEP_EV_RESET_FOR_RETRY, 0, note)) {
            return TMESH_ERR_CORRUPT;
        }
        (*count_p)++;
    }
    return TMESH_OK;
}
