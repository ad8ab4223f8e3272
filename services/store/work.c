#include "services/store/work.h"

#include <assert.h>
#include <string.h>

#include "runtime/base/memory.h"

enum { FIRST_CAPACITY = 8 };

tmesh_work_t *tmesh_work_new(void)
{
    tmesh_work_t *self = tmesh_alloc(sizeof *self);
    self->arena = tmesh_arena_new();
    self->tasks_by_id = tmesh_map_new();
    self->steps_by_id = tmesh_map_new();
    self->identities = tmesh_map_new();
    return self;
}

void tmesh_work_destroy(tmesh_work_t **self_p)
{
    tmesh_work_t *self = *self_p;
    if (!self) return;
    tmesh_map_destroy(&self->tasks_by_id);
    tmesh_map_destroy(&self->steps_by_id);
    tmesh_map_destroy(&self->identities);
    tmesh_arena_destroy(&self->arena);
    tmesh_free(self);
    *self_p = NULL;
}

tmesh_arena_t *tmesh_work_take_arena(tmesh_work_t *self)
{
    tmesh_arena_t *arena = self->arena;
    self->arena = NULL;
    return arena;
}

// Room for one more in a list that lives in the arena; the old place is given up until the arena
// goes, which at most doubles what the list takes.
static void *grown(tmesh_work_t *self, void *list, uint32_t count, uint32_t *capacity, size_t size)
{
    if (count < *capacity) return list;
    uint32_t wanted = *capacity ? *capacity * 2 : FIRST_CAPACITY;
    void *larger = tmesh_arena_alloc(self->arena, wanted * size);
    if (count) memcpy(larger, list, count * size);
    *capacity = wanted;
    return larger;
}

#define ADD(self, list, item)                                                                      \
    do {                                                                                           \
        (self)->list##s = grown(self, (self)->list##s, (self)->list##_count,                       \
                                &(self)->list##_capacity, sizeof *(self)->list##s);                \
        (self)->list##s[(self)->list##_count++] = (item);                                          \
    } while (0)

tmesh_work_task_t *tmesh_work_add_task(tmesh_work_t *self, const tmesh_task_row_t *row)
{
    tmesh_work_task_t *known = tmesh_work_find_task(self, row->id);
    if (known) return known;
    tmesh_work_task_t *task = tmesh_arena_alloc(self->arena, sizeof *task);
    task->row = *row;
    ADD(self, task, task);
    tmesh_map_put(self->tasks_by_id, row->id.bytes, sizeof row->id.bytes, task);
    return task;
}

tmesh_work_step_t *tmesh_work_add_step(tmesh_work_t *self, const tmesh_step_row_t *row)
{
    tmesh_work_step_t *known = tmesh_work_find_step(self, row->id);
    if (known) return known;
    tmesh_work_step_t *step = tmesh_arena_alloc(self->arena, sizeof *step);
    step->row = *row;
    step->task = tmesh_work_find_task(self, tmesh_task_id_of_step(row->id));
    assert(step->task);
    ADD(self, step, step);
    tmesh_map_put(self->steps_by_id, row->id.bytes, sizeof row->id.bytes, step);
    return step;
}

void tmesh_work_add_identity(tmesh_work_t *self, const tmesh_identity_t *identity,
                             const tmesh_work_identity_t *found)
{
    tmesh_work_identity_t *copy = tmesh_arena_copy(self->arena, found, sizeof *found);
    tmesh_map_put(self->identities, identity->bytes, sizeof identity->bytes, copy);
}

tmesh_work_task_t *tmesh_work_find_task(const tmesh_work_t *self, tmesh_task_id_t id)
{
    return tmesh_map_get(self->tasks_by_id, id.bytes, sizeof id.bytes);
}

tmesh_work_step_t *tmesh_work_find_step(const tmesh_work_t *self, tmesh_step_id_t id)
{
    return tmesh_map_get(self->steps_by_id, id.bytes, sizeof id.bytes);
}

const tmesh_work_identity_t *tmesh_work_find_identity(const tmesh_work_t *self,
                                                      const tmesh_identity_t *identity)
{
    return tmesh_map_get(self->identities, identity->bytes, sizeof identity->bytes);
}

void tmesh_work_add_result(tmesh_work_t *self, const tmesh_result_row_t *row)
{
    ADD(self, result, *row);
}

void tmesh_work_add_unreadable(tmesh_work_t *self, tmesh_step_id_t id)
{
    ADD(self, unreadable, id);
}

void tmesh_work_add_checkpoint(tmesh_work_t *self, const tmesh_checkpoint_row_t *row)
{
    ADD(self, checkpoint, *row);
}

tmesh_work_dlq_t *tmesh_work_add_dlq(tmesh_work_t *self, const tmesh_dlq_row_t *row)
{
    tmesh_work_dlq_t *known = tmesh_work_find_dlq(self, row->id);
    if (known) return known;
    tmesh_work_dlq_t *entry = tmesh_arena_alloc(self->arena, sizeof *entry);
    entry->row = *row;
    entry->stored_status = row->status;
    self->dlq_entries = grown(self, self->dlq_entries, self->dlq_entry_count,
                              &self->dlq_entry_capacity, sizeof *self->dlq_entries);
    self->dlq_entries[self->dlq_entry_count++] = entry;
    return entry;
}

tmesh_work_dlq_t *tmesh_work_find_dlq(const tmesh_work_t *self, tmesh_dlq_id_t id)
{
    for (uint32_t i = 0; i < self->dlq_entry_count; i++) { // a handful
        tmesh_work_dlq_t *entry = self->dlq_entries[i];
        if (memcmp(entry->row.id.bytes, id.bytes, sizeof id.bytes) == 0) return entry;
    }
    return NULL;
}

void tmesh_work_add_edge(tmesh_work_t *self, tmesh_step_id_t parent, tmesh_step_id_t child)
{
    ADD(self, edge, ((tmesh_edge_row_t){parent, child}));
}

void tmesh_work_add_claim(tmesh_work_t *self, tmesh_work_step_t *step, int offer)
{
    ADD(self, claim, ((tmesh_claim_t){.step = step, .run = step->row.run, .offer = offer}));
}

static void add_transition(tmesh_work_t *self, tmesh_work_task_t *task,
                           tmesh_transition_row_t row)
{
    row.task_id = task->row.id;
    row.number = ++task->row.last_number;
    row.node = self->node;
    if (!row.at_ms) row.at_ms = self->now_ms;
    task->row.updated_ms = self->now_ms;
    task->is_changed = true;
    ADD(self, transition, row);
}

tmesh_err_t tmesh_work_move_task(tmesh_work_t *self, tmesh_work_task_t *task,
                                 tmesh_task_event_t event, const char *metadata)
{
    tmesh_task_state_t from = task->row.state;
    tmesh_task_state_t to = tmesh_task_state_next(from, event);
    if (to == TMESH_TASK_NONE) return TMESH_ERR_CONFLICT;
    task->row.state = to;
    task->has_moved = true;
    task->row.completed_ms = tmesh_task_state_is_terminal(to) ? self->now_ms : 0;
    if (tmesh_task_state_is_terminal(to)) task->row.paused_ms = 0; // nothing is left to pause
    add_transition(self, task, (tmesh_transition_row_t){
        .from = tmesh_task_state_word(from),
        .to = tmesh_task_state_word(to),
        .from_code = (uint8_t)from,
        .to_code = (uint8_t)to,
        .event = tmesh_task_event_word(event),
        .metadata = metadata,
    });
    return TMESH_OK;
}

// The counter of the task that a state belongs to; NULL: pending, which is what remains.
static uint32_t *counter_of(tmesh_task_row_t *task, tmesh_step_state_t state, bool tolerated)
{
    if (tmesh_step_state_is_done(state)) return &task->steps_done;
    if (tmesh_step_state_is_in_flight(state)) return &task->steps_in_flight;
    if (state == TMESH_STEP_ERROR) return tolerated ? &task->steps_tolerated : &task->steps_failed;
    if (state == TMESH_STEP_WAITING_FOR_RETRY) return &task->steps_waiting;
    if (state == TMESH_STEP_CANCELLED) return &task->steps_cancelled;
    return NULL;
}

tmesh_err_t tmesh_work_move_step(tmesh_work_t *self, tmesh_work_step_t *step,
                                 tmesh_step_event_t event, int64_t at_ms, const char *metadata)
{
    tmesh_step_state_t from = step->row.state;
    tmesh_step_state_t to = tmesh_step_state_next(from, event);
    if (to == TMESH_STEP_NONE) return TMESH_ERR_CONFLICT;
    tmesh_task_row_t *task = &step->task->row;
    if (from == TMESH_STEP_NONE) task->steps_total++;
    uint32_t *before = counter_of(task, from, step->row.tolerated);
    uint32_t *after = counter_of(task, to, step->row.tolerated);
    if (before) {
        assert(*before > 0);
        (*before)--;
    }
    if (after) (*after)++;
    step->row.state = to;
    step->row.handed_over = false;
    step->row.completed_ms = tmesh_step_state_is_done(to) ? self->now_ms : 0;
    step->is_changed = true;
    bool of_a_run = from != TMESH_STEP_NONE && step->row.run > 0;
    add_transition(self, step->task, (tmesh_transition_row_t){
        .step_number = tmesh_step_number(step->row.id),
        .from = tmesh_step_state_word(from),
        .to = tmesh_step_state_word(to),
        .from_code = (uint8_t)from,
        .to_code = (uint8_t)to,
        .event = tmesh_step_event_word(event),
        .at_ms = at_ms,
        .run = of_a_run ? step->row.run : 0,
        .worker = of_a_run ? step->row.worker : NULL,
        .metadata = metadata,
    });
    return TMESH_OK;
}

void tmesh_work_check(const tmesh_work_t *self)
{
    for (uint32_t i = 0; i < self->task_count; i++) {
        const tmesh_task_row_t *row = &self->tasks[i]->row;
        uint32_t counted = row->steps_done + row->steps_failed + row->steps_tolerated +
                           row->steps_in_flight + row->steps_waiting + row->steps_cancelled;
        assert(counted <= row->steps_total);
        assert(tmesh_task_state_is_terminal(row->state) == (row->completed_ms != 0));
    }
    for (uint32_t i = 0; i < self->step_count; i++) {
        const tmesh_step_row_t *row = &self->steps[i]->row;
        assert(tmesh_step_state_is_done(row->state) == (row->completed_ms != 0));
        assert(!row->claimed || row->run > 0);
        assert(!row->claimed || tmesh_step_state_is_in_flight(row->state));
        assert((row->due_ms == TMESH_DUE_NONE) == (row->due_for == TMESH_STEP_DUE_NOTHING));
    }
    for (uint32_t i = 0; i < self->transition_count; i++) {
        assert(self->transitions[i].number > 0);
        assert(i == 0 || self->transitions[i].at_ms > 0);
    }
}
