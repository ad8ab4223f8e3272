#include "services/moves/create.h"

#include <string.h>

// The step that is being made, before it is in the work.
typedef struct {
    tmesh_work_t *work;
    tmesh_step_row_t row;
    uint32_t place; // where it will stand in the work
} making_t;

// A result of this parent may be applied later in the same transaction, from the list of children
// that was loaded before this step existed.
static void add_child(tmesh_work_t *work, tmesh_work_step_t *parent, uint32_t child)
{
    if (parent->child_count >= parent->child_capacity) {
        uint32_t capacity = parent->child_count < 4 ? 4 : parent->child_count * 2;
        uint32_t *children = tmesh_arena_alloc(work->arena, capacity * sizeof *children);
        if (parent->child_count) {
            memcpy(children, parent->children, parent->child_count * sizeof *children);
        }
        parent->children = children;
        parent->child_capacity = capacity;
    }
    parent->children[parent->child_count++] = child;
}

static void add_parent(making_t *making, tmesh_step_id_t parent_id)
{
    tmesh_work_add_edge(making->work, parent_id, making->row.id);
    tmesh_work_step_t *parent = tmesh_work_find_step(making->work, parent_id);
    if (parent && tmesh_step_row_is_settled(&parent->row)) return;
    making->row.parents_open++;
    if (parent) add_child(making->work, parent, making->place);
}

// All workers that were made by the template at index `worker`: they follow each other.
static void add_batch(making_t *making, tmesh_task_id_t task_id,
                      const tmesh_definition_t *definition, uint16_t worker)
{
    const tmesh_step_definition_t *of_worker = &definition->steps[worker];
    for (uint16_t i = 0; i < of_worker->parent_count; i++) {
        if (definition->steps[of_worker->parents[i]].type != TMESH_STEP_TYPE_BATCHABLE) continue;
        tmesh_step_id_t id = tmesh_step_id_of(task_id, (uint16_t)(of_worker->parents[i] + 1));
        const tmesh_work_step_t *batchable = tmesh_work_find_step(making->work, id);
        if (!batchable || !batchable->row.batch_first) continue;
        for (uint32_t number = batchable->row.batch_first; number <= batchable->row.batch_last;
             number++) {
            add_parent(making, tmesh_step_id_of(task_id, (uint16_t)number));
        }
    }
}

static tmesh_step_row_t row_of(const tmesh_work_task_t *task,
                               const tmesh_definition_t *definition, uint16_t index,
                               const tmesh_batch_place_t *place)
{
    const tmesh_step_definition_t *of_step = &definition->steps[index];
    tmesh_step_row_t row = {
        .id = tmesh_step_id_of(task->row.id, place ? place->number : (uint16_t)(index + 1)),
        .template_index = index,
        .queue_id = of_step->queue_id,
        .max_attempts = of_step->retry.max_attempts,
        .retryable = of_step->retry.retryable,
        .due_ms = TMESH_DUE_NONE,
    };
    if (!place) return row;
    row.name = place->name;
    row.batch_of = place->batch_of;
    row.tolerated = place->tolerated;
    row.awaits_slot = place->awaits_slot;
    row.parents_open = place->awaits_slot;
    return row;
}

tmesh_err_t tmesh_moves_create_step(tmesh_work_t *work, tmesh_work_task_t *task,
                                    const tmesh_definition_t *definition, uint16_t index,
                                    const tmesh_batch_place_t *place,
                                    tmesh_is_parent_t *is_parent, void *self,
                                    tmesh_work_step_t **step_p)
{
    const tmesh_step_definition_t *of_step = &definition->steps[index];
    making_t making = {.work = work, .place = work->step_count};
    making.row = row_of(task, definition, index, place);
    for (uint16_t i = 0; i < of_step->parent_count; i++) {
        uint16_t parent = of_step->parents[i];
        if (!is_parent(self, parent, index)) continue;
        if (definition->steps[parent].type == TMESH_STEP_TYPE_BATCH_WORKER) {
            add_batch(&making, task->row.id, definition, parent);
        } else {
            add_parent(&making, tmesh_step_id_of(task->row.id, (uint16_t)(parent + 1)));
        }
    }
    tmesh_work_step_t *step = tmesh_work_add_step(work, &making.row);
    step->is_new = true;
    if (place) step->inputs = place->inputs;
    *step_p = step;
    return tmesh_work_move_step(work, step, TMESH_STEP_EV_CREATE, 0, NULL);
}
