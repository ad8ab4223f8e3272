#include "services/moves/create.h"

#include <string.h>

// A result of this parent may be applied later in the same transaction, from the list of children
// that was loaded before this step existed.
static void add_child(tmesh_work_t *work, tmesh_work_step_t *parent, uint32_t child)
{
    uint32_t *children =
        tmesh_arena_alloc(work->arena, (parent->child_count + 1) * sizeof *children);
    if (parent->child_count) {
        memcpy(children, parent->children, parent->child_count * sizeof *children);
    }
    children[parent->child_count++] = child;
    parent->children = children;
}

tmesh_err_t tmesh_moves_create_step(tmesh_work_t *work, tmesh_work_task_t *task,
                                    const tmesh_definition_t *definition, uint16_t index,
                                    tmesh_is_parent_t *is_parent, void *self,
                                    tmesh_work_step_t **step_p)
{
    const tmesh_step_definition_t *of_step = &definition->steps[index];
    tmesh_step_row_t row = {
        .id = tmesh_step_id_of(task->row.id, (uint16_t)(index + 1)),
        .template_index = index,
        .queue_id = of_step->queue_id,
        .max_attempts = of_step->retry.max_attempts,
        .retryable = of_step->retry.retryable,
        .due_ms = TMESH_DUE_NONE,
    };
    uint32_t place = work->step_count; // where it will stand
    for (uint16_t i = 0; i < of_step->parent_count; i++) {
        uint16_t parent_index = of_step->parents[i];
        if (!is_parent(self, parent_index, index)) continue;
        tmesh_step_id_t parent_id =
            tmesh_step_id_of(task->row.id, (uint16_t)(parent_index + 1));
        tmesh_work_add_edge(work, parent_id, row.id);
        tmesh_work_step_t *parent = tmesh_work_find_step(work, parent_id);
        if (parent && tmesh_step_state_is_done(parent->row.state)) continue;
        row.parents_open++;
        if (parent) add_child(work, parent, place);
    }
    tmesh_work_step_t *step = tmesh_work_add_step(work, &row);
    step->is_new = true;
    *step_p = step;
    return tmesh_work_move_step(work, step, TMESH_STEP_EV_CREATE, 0, NULL);
}
