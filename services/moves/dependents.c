#include "services/moves/dependents.h"

#include "services/moves/batch.h"

tmesh_err_t tmesh_moves_count_down(tmesh_work_t *work, tmesh_work_step_t *step,
                                   tmesh_touched_t *touched)
{
    for (uint32_t i = 0; i < step->child_count; i++) {
        tmesh_work_step_t *child = work->steps[step->children[i]];
        if (child->row.parents_open == 0) return TMESH_ERR_CORRUPT;
        child->row.parents_open--;
        child->is_changed = true;
        bool ready = child->row.parents_open == 0 && child->row.state == TMESH_STEP_PENDING;
        if (ready) tmesh_touched_add(touched, work, step->task, child);
    }
    return tmesh_batch_release(work, step, touched);
}
