#include "services/moves/grow.h"

#include "runtime/base/memory.h"
#include "services/moves/batch.h"
#include "services/moves/create.h"
#include "services/templates/growth.h"

// The task of a choice as growth sees it: by index of its definition.
struct tmesh_growing {
    tmesh_tools_t *tools;
    tmesh_work_t *work;
    tmesh_work_task_t *task;
    const tmesh_definition_t *definition;
    bool *has_row;
    bool *is_done;
    tmesh_choice_t *choices; // of steps that have chosen; empty for others
    tmesh_growth_t *status;
    uint16_t *order; // parents before children
};

static bool is_named(void *self, uint16_t branching, uint16_t step)
{
    const tmesh_choice_t *made = &((tmesh_growing_t *)self)->choices[branching];
    for (uint16_t i = 0; i < made->count; i++) {
        if (made->steps[i] == step) return true;
    }
    return false;
}

static tmesh_growth_facts_t facts_of(tmesh_growing_t *plan)
{
    return (tmesh_growth_facts_t){
        .definition = plan->definition,
        .has_row = plan->has_row,
        .is_done = plan->is_done,
        .named = is_named,
        .named_self = plan,
    };
}

static tmesh_work_step_t *step_at(const tmesh_growing_t *plan, uint16_t index)
{
    return tmesh_work_find_step(plan->work,
                                tmesh_step_id_of(plan->task->row.id, (uint16_t)(index + 1)));
}

// What was chosen earlier stands in the results.
static tmesh_err_t load_made(tmesh_growing_t *plan)
{
    uint16_t count = plan->definition->step_count;
    tmesh_auto_free tmesh_step_id_t *ids = tmesh_alloc_array(count, sizeof *ids);
    tmesh_wants_t wants = {.step_ids = ids};
    for (uint16_t i = 0; i < count; i++) {
        bool made = plan->is_done[i] && tmesh_choice_is_up_to(&plan->definition->steps[i]);
        if (made) ids[wants.step_count++] = step_at(plan, i)->row.id;
    }
    return tmesh_store_extend(plan->tools->store, &wants, plan->work);
}

static void read_made(tmesh_growing_t *plan)
{
    for (uint16_t i = 0; i < plan->definition->step_count; i++) {
        if (!plan->is_done[i]) continue;
        if (!tmesh_choice_is_up_to(&plan->definition->steps[i])) continue;
        const tmesh_result_row_t *result = step_at(plan, i)->stored_result;
        if (!result || !result->success) continue; // resolved by hand: it named nothing
        tmesh_auto(tmesh_fault) unused = NULL;     // it was read before it was accepted
        if (tmesh_choice_read(plan->work->arena, plan->definition, i, result->body,
                              &plan->choices[i], &unused)) {
            plan->choices[i] = (tmesh_choice_t){0};
        }
    }
}

static tmesh_err_t see_task(tmesh_growing_t *self)
{
    tmesh_wants_t wants = {
        .task_ids = &self->task->row.id, .task_count = 1, .with_all_steps = true};
    tmesh_err_t err = tmesh_store_extend(self->tools->store, &wants, self->work);
    if (err) return err;
    tmesh_arena_t *arena = self->work->arena;
    uint16_t count = self->definition->step_count;
    self->has_row = tmesh_arena_alloc(arena, count * sizeof *self->has_row);
    self->is_done = tmesh_arena_alloc(arena, count * sizeof *self->is_done);
    self->choices = tmesh_arena_alloc(arena, count * sizeof *self->choices);
    self->status = tmesh_arena_alloc(arena, count * sizeof *self->status);
    self->order = tmesh_arena_alloc(arena, count * sizeof *self->order);
    for (uint32_t i = 0; i < self->work->step_count; i++) {
        const tmesh_work_step_t *step = self->work->steps[i];
        if (step->task != self->task) continue;
        if (step->row.template_index >= count) return TMESH_ERR_CORRUPT;
        self->has_row[step->row.template_index] = true;
        bool is_done = !step->row.batch_of && tmesh_step_state_is_done(step->row.state);
        if (is_done) self->is_done[step->row.template_index] = true;
    }
    err = load_made(self);
    if (!err) read_made(self);
    return err;
}

// How many steps are, or will be, of this one of the definition.
static uint64_t copies_of(tmesh_growing_t *self, uint16_t index)
{
    const tmesh_step_definition_t *of_step = &self->definition->steps[index];
    if (of_step->type != TMESH_STEP_TYPE_BATCH_WORKER) return 1;
    for (uint16_t i = 0; i < of_step->parent_count; i++) {
        uint16_t parent = of_step->parents[i];
        if (self->definition->steps[parent].type != TMESH_STEP_TYPE_BATCHABLE) continue;
        return is_named(self, parent, index) ? self->choices[parent].cursor_count : 0;
    }
    return 0;
}

// What would be made must be what a task can hold: each batch has its own limit, but they add up, and
// a batch whose workers depend on those of another multiplies.
static tmesh_err_t check_size(tmesh_growing_t *self, const tmesh_step_definition_t *decided,
                              tmesh_fault_t **fault_p)
{
    uint64_t steps = 0;
    uint64_t edges = 0;
    for (uint16_t i = 0; i < self->definition->step_count; i++) {
        const tmesh_step_definition_t *of_step = &self->definition->steps[i];
        bool is_worker = of_step->type == TMESH_STEP_TYPE_BATCH_WORKER;
        steps += 1 + (is_worker ? copies_of(self, i) : 0); // each keeps the number of its place
        if (self->status[i] != TMESH_GROWTH_EXISTS || self->has_row[i]) continue;
        for (uint16_t k = 0; k < of_step->parent_count; k++) {
            uint16_t parent = of_step->parents[k];
            if (self->status[parent] != TMESH_GROWTH_EXISTS) continue;
            edges += copies_of(self, i) * copies_of(self, parent);
        }
    }
    if (steps <= TMESH_STEPS_PER_TASK_MAX && edges <= TMESH_GROWTH_EDGES_MAX) return TMESH_OK;
    bool is_batch = decided->type == TMESH_STEP_TYPE_BATCHABLE;
    *fault_p = tmesh_fault_new(
        TMESH_ERR_INVALID, is_batch ? "invalid_batch" : "invalid_decision",
        is_batch ? "/batch_processing_outcome" : "/decision_point_outcome",
        "the task would have %llu steps, and %llu dependencies more than now: at most %d and %d",
        (unsigned long long)steps, (unsigned long long)edges, TMESH_STEPS_PER_TASK_MAX,
        TMESH_GROWTH_EDGES_MAX);
    return TMESH_ERR_INVALID;
}

static tmesh_err_t check_names(const tmesh_growing_t *self, const tmesh_choice_t *choice,
                               tmesh_fault_t **fault_p)
{
    for (uint16_t i = 0; i < choice->count; i++) {
        if (self->status[choice->steps[i]] != TMESH_GROWTH_ABSENT) continue;
        *fault_p = tmesh_fault_new(TMESH_ERR_INVALID, "invalid_decision",
                                   "/decision_point_outcome/step_names",
                                   "step %.128s is named, but nothing that it depends on exists",
                                   self->definition->steps[choice->steps[i]].name);
        return TMESH_ERR_INVALID;
    }
    return TMESH_OK;
}

tmesh_err_t tmesh_growing_open(tmesh_tools_t *tools, tmesh_work_t *work,
                               tmesh_work_step_t *decided, const tmesh_choice_t *choice,
                               tmesh_growing_t **self_p, tmesh_fault_t **fault_p)
{
    tmesh_growing_t *self = tmesh_arena_alloc(work->arena, sizeof *self);
    *self = (tmesh_growing_t){.tools = tools, .work = work, .task = decided->task};
    const tmesh_step_definition_t *of_step = NULL;
    tmesh_err_t err = tmesh_tools_step_definition(tools, decided, &self->definition, &of_step);
    if (!err) err = see_task(self);
    if (err) return err;
    self->is_done[decided->row.template_index] = true;
    self->choices[decided->row.template_index] = *choice;
    tmesh_growth_facts_t facts = facts_of(self);
    tmesh_growth_settle(&facts, self->status, self->order);
    *self_p = self;
    err = check_names(self, choice, fault_p);
    return err ? err : check_size(self, of_step, fault_p);
}

static bool is_parent(void *self, uint16_t parent, uint16_t step)
{
    tmesh_growing_t *growing = self;
    tmesh_growth_facts_t facts = facts_of(growing);
    return growing->status[parent] == TMESH_GROWTH_EXISTS &&
           tmesh_growth_has_edge(&facts, parent, step);
}

// The batchable among the parents of a worker.
static tmesh_err_t create_batch(tmesh_growing_t *self, uint16_t worker, tmesh_touched_t *touched)
{
    const tmesh_step_definition_t *of_worker = &self->definition->steps[worker];
    for (uint16_t i = 0; i < of_worker->parent_count; i++) {
        uint16_t parent = of_worker->parents[i];
        if (self->definition->steps[parent].type != TMESH_STEP_TYPE_BATCHABLE) continue;
        return tmesh_batch_create(self->work, self->task, self->definition, parent,
                                  &self->choices[parent], is_parent, self, touched);
    }
    return TMESH_ERR_CORRUPT;
}

static tmesh_err_t create_step(tmesh_growing_t *self, uint16_t index, tmesh_touched_t *touched)
{
    if (self->definition->steps[index].type == TMESH_STEP_TYPE_BATCH_WORKER) {
        return create_batch(self, index, touched);
    }
    tmesh_work_step_t *step = NULL;
    tmesh_err_t err = tmesh_moves_create_step(self->work, self->task, self->definition, index, NULL,
                                              is_parent, self, &step);
    if (err) return TMESH_ERR_CORRUPT;
    if (step->row.parents_open == 0) tmesh_touched_add(touched, self->work, self->task, step);
    return TMESH_OK;
}

tmesh_err_t tmesh_growing_create(tmesh_growing_t *self, tmesh_touched_t *touched)
{
    for (uint16_t i = 0; i < self->definition->step_count; i++) {
        uint16_t index = self->order[i];
        if (self->status[index] != TMESH_GROWTH_EXISTS || self->has_row[index]) continue;
        tmesh_err_t err = create_step(self, index, touched);
        if (err) return err;
    }
    return TMESH_OK;
}
