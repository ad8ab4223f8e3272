#include "services/moves/batch.h"

#include <stdlib.h>
#include <string.h>

#include "runtime/base/memory.h"
#include "services/domain/json_text.h"
#include "services/moves/failure.h"
#include "services/moves/open_steps.h"

// A batch while its workers are made.
typedef struct {
    tmesh_work_t *work;
    tmesh_work_task_t *task;
    const tmesh_definition_t *definition;
    uint16_t worker; // index of their template
    const tmesh_batch_config_t *config;
    tmesh_work_step_t *batchable;
} making_t;

static void add_value(tmesh_buffer_t *json, const char *key, tmesh_bytes_t value)
{
    tmesh_buffer_printf(json, ",\"%s\":", key);
    if (value.data) {
        tmesh_buffer_add(json, value.data, value.size);
    } else {
        tmesh_buffer_add_text(json, "null");
    }
}

// What a worker finds in its inputs besides what its template gives to all of them.
static tmesh_bytes_t inputs_of(const making_t *self, const tmesh_batch_cursor_t *cursor,
                               bool is_no_op)
{
    tmesh_auto(tmesh_buffer) json = tmesh_buffer_new();
    tmesh_buffer_add_text(json, "{\"cursor\":{\"batch_id\":");
    tmesh_json_add_string(json, cursor->batch_id);
    add_value(json, "start_cursor", cursor->start_cursor);
    add_value(json, "end_cursor", cursor->end_cursor);
    add_value(json, "batch_size", cursor->batch_size);
    tmesh_buffer_add_text(json, "},\"batch_metadata\":{\"cursor_field\":");
    tmesh_json_add_string(json, self->config->cursor_field);
    tmesh_buffer_printf(json, ",\"failure_strategy\":\"%s\"},\"is_no_op\":%s",
                        tmesh_batch_failure_strategy_words[self->config->failure_strategy],
                        is_no_op ? "true" : "false");
    tmesh_buffer_add_text(json, ",\"__template_step_name\":");
    tmesh_json_add_string(json, self->definition->steps[self->worker].name);
    tmesh_buffer_add_text(json, "}");
    return tmesh_arena_bytes(self->work->arena, tmesh_buffer_bytes(json));
}

// Workers are numbered after the steps of the definition and those of earlier batches.
static uint32_t last_number(const making_t *self)
{
    uint32_t last = self->definition->step_count;
    for (uint32_t i = 0; i < self->work->step_count; i++) {
        const tmesh_work_step_t *step = self->work->steps[i];
        if (step->task == self->task && step->row.batch_last > last) last = step->row.batch_last;
    }
    return last;
}

static tmesh_err_t create_worker(const making_t *self, uint32_t position,
                                 const tmesh_choice_t *choice, tmesh_is_parent_t *is_parent,
                                 void *is_parent_self, tmesh_touched_t *touched)
{
    const tmesh_batch_cursor_t *cursor = &choice->cursors[position];
    tmesh_batch_place_t place = {
        .number = (uint16_t)(self->batchable->row.batch_first + position),
        .name = tmesh_arena_printf(self->work->arena, "%s_%s",
                                   self->definition->steps[self->worker].name, cursor->batch_id),
        .inputs = inputs_of(self, cursor, choice->is_no_op),
        .batch_of = tmesh_step_number(self->batchable->row.id),
        .awaits_slot = position >= self->config->parallelism,
        .tolerated = self->config->failure_strategy != TMESH_BATCH_FAIL_FAST,
    };
    tmesh_work_step_t *step = NULL;
    tmesh_err_t err = tmesh_moves_create_step(self->work, self->task, self->definition,
                                              self->worker, &place, is_parent, is_parent_self,
                                              &step);
    if (err) return TMESH_ERR_CORRUPT;
    if (step->row.parents_open == 0) tmesh_touched_add(touched, self->work, self->task, step);
    return TMESH_OK;
}

tmesh_err_t tmesh_batch_create(tmesh_work_t *work, tmesh_work_task_t *task,
                               const tmesh_definition_t *definition, uint16_t batchable,
                               const tmesh_choice_t *choice, tmesh_is_parent_t *is_parent,
                               void *self, tmesh_touched_t *touched)
{
    making_t making = {.work = work, .task = task, .definition = definition};
    making.worker = choice->steps[0];
    making.config = definition->steps[making.worker].batch_config;
    making.batchable =
        tmesh_work_find_step(work, tmesh_step_id_of(task->row.id, (uint16_t)(batchable + 1)));
    if (!making.batchable || !making.config) return TMESH_ERR_CORRUPT;
    uint32_t first = last_number(&making) + 1;
    uint32_t last = first + choice->cursor_count - 1;
    if (last > TMESH_STEPS_PER_TASK_MAX) return TMESH_ERR_CORRUPT; // each batch has been limited
    tmesh_step_row_t *row = &making.batchable->row;
    row->batch_first = (uint16_t)first;
    row->batch_last = (uint16_t)last;
    uint32_t parallelism = making.config->parallelism;
    row->batch_free = parallelism > choice->cursor_count ? parallelism - choice->cursor_count : 0;
    making.batchable->is_changed = true;
    for (uint32_t i = 0; i < choice->cursor_count; i++) {
        tmesh_err_t err = create_worker(&making, i, choice, is_parent, self, touched);
        if (err) return err;
    }
    return TMESH_OK;
}

static tmesh_work_step_t *batchable_of(const tmesh_work_t *work, const tmesh_work_step_t *worker)
{
    return tmesh_work_find_step(
        work, tmesh_step_id_of(worker->task->row.id, worker->row.batch_of));
}

static bool are_siblings(const tmesh_work_step_t *one, const tmesh_work_step_t *other)
{
    return one->task == other->task && one->row.batch_of == other->row.batch_of;
}

// The workers of one batch that await a slot, in the order of their numbers: a transaction that ends
// many looks through all of its steps once, not once for each.
struct tmesh_batch_line {
    tmesh_work_step_t **steps;
    uint32_t count;
    uint32_t first; // those before it have had their turn
    uint32_t seen;  // of the work's steps
};

static int compare_places(const void *one, const void *other)
{
    const tmesh_work_step_t *const *a = one;
    const tmesh_work_step_t *const *b = other;
    return tmesh_step_id_compare((*a)->row.id, (*b)->row.id);
}

// The steps that were loaded since it was last looked at take their places.
static struct tmesh_batch_line *line_of(const tmesh_work_t *work, tmesh_work_step_t *batchable,
                                        const tmesh_work_step_t *worker)
{
    struct tmesh_batch_line *line = batchable->line;
    if (!line) line = batchable->line = tmesh_arena_alloc(work->arena, sizeof *line);
    if (line->seen == work->step_count) return line;
    uint32_t left = line->count - line->first;
    uint32_t more = work->step_count - line->seen;
    tmesh_work_step_t **steps = tmesh_arena_alloc(work->arena, (left + more) * sizeof *steps);
    if (left) memcpy(steps, line->steps + line->first, left * sizeof *steps);
    uint32_t count = left;
    for (uint32_t i = line->seen; i < work->step_count; i++) {
        tmesh_work_step_t *step = work->steps[i];
        if (step->row.awaits_slot && are_siblings(step, worker)) steps[count++] = step;
    }
    qsort(steps, count, sizeof *steps, compare_places);
    *line = (struct tmesh_batch_line){.steps = steps, .count = count, .seen = work->step_count};
    return line;
}

static tmesh_work_step_t *next_in_line(const tmesh_work_t *work, tmesh_work_step_t *batchable,
                                       const tmesh_work_step_t *worker)
{
    struct tmesh_batch_line *line = line_of(work, batchable, worker);
    while (line->first < line->count) {
        tmesh_work_step_t *next = line->steps[line->first++];
        if (next->row.awaits_slot) return next; // else it has settled without one
    }
    return NULL;
}

static void stop_waiting(tmesh_work_step_t *worker)
{
    worker->row.awaits_slot = false;
    worker->row.parents_open--;
    worker->is_changed = true;
}

tmesh_err_t tmesh_batch_release(tmesh_work_t *work, tmesh_work_step_t *step,
                                tmesh_touched_t *touched)
{
    if (!step->row.batch_of) return TMESH_OK;
    if (step->row.awaits_slot) { // it never had one
        stop_waiting(step);
        return TMESH_OK;
    }
    tmesh_work_step_t *batchable = batchable_of(work, step);
    if (!batchable) return TMESH_ERR_CORRUPT;
    tmesh_work_step_t *next = next_in_line(work, batchable, step);
    if (!next) {
        batchable->row.batch_free++;
        batchable->is_changed = true;
        return TMESH_OK;
    }
    if (next->row.parents_open == 0) return TMESH_ERR_CORRUPT;
    stop_waiting(next);
    batchable->slots_given++;
    bool ready = next->row.parents_open == 0 && next->row.state == TMESH_STEP_PENDING;
    if (ready) tmesh_touched_add(touched, work, next->task, next);
    return TMESH_OK;
}

static bool is_running(const tmesh_step_row_t *row)
{
    return row->state == TMESH_STEP_IN_PROGRESS ||
           (row->state == TMESH_STEP_ENQUEUED && row->claimed);
}

tmesh_err_t tmesh_batch_fail(tmesh_tools_t *tools, tmesh_work_t *work, tmesh_work_step_t *failed,
                             tmesh_outcome_t *outcome)
{
    tmesh_wants_t wants = {
        .task_ids = &failed->task->row.id, .task_count = 1, .with_all_steps = true};
    tmesh_err_t err = tmesh_store_extend(tools->store, &wants, work);
    for (uint32_t i = 0; !err && i < work->step_count; i++) {
        tmesh_work_step_t *step = work->steps[i];
        if (!are_siblings(step, failed) || !is_running(&step->row)) continue;
        err = tmesh_open_steps_cancel(work, step, "batch_failed", outcome);
    }
    return err;
}

static bool has_failed(const tmesh_work_t *work, const tmesh_work_step_t *of_batch)
{
    for (uint32_t i = 0; i < work->step_count; i++) {
        const tmesh_work_step_t *step = work->steps[i];
        if (are_siblings(step, of_batch) && step->row.state == TMESH_STEP_ERROR) return true;
    }
    return false;
}

tmesh_err_t tmesh_batch_reopen(tmesh_tools_t *tools, tmesh_work_t *work,
                               const tmesh_work_step_t *repaired)
{
    if (!repaired->row.batch_of || repaired->row.tolerated) return TMESH_OK;
    if (has_failed(work, repaired)) return TMESH_OK;
    for (uint32_t i = 0; i < work->step_count; i++) {
        tmesh_work_step_t *step = work->steps[i];
        if (!are_siblings(step, repaired) || step->row.state != TMESH_STEP_CANCELLED) continue;
        tmesh_moves_forget_attempts(tools, step);
        if (tmesh_work_move_step(work, step, TMESH_STEP_EV_RESET_FOR_RETRY, 0, NULL)) {
            return TMESH_ERR_CORRUPT;
        }
    }
    return TMESH_OK;
}

bool tmesh_batch_take_back(tmesh_work_t *work, tmesh_work_step_t *worker)
{
    for (uint32_t i = 0; i < worker->child_count; i++) {
        const tmesh_step_row_t *child = &work->steps[worker->children[i]]->row;
        if (child->state != TMESH_STEP_PENDING) return false;
    }
    tmesh_work_step_t *batchable = batchable_of(work, worker);
    if (!batchable) return false;
    for (uint32_t i = 0; i < worker->child_count; i++) {
        tmesh_work_step_t *child = work->steps[worker->children[i]];
        child->row.parents_open++;
        child->is_changed = true;
    }
    if (batchable->row.batch_free > 0) {
        batchable->row.batch_free--;
        batchable->is_changed = true;
    } else {
        worker->row.awaits_slot = true;
        worker->row.parents_open++;
        batchable->line = NULL; // it has a place in it again
    }
    return true;
}
