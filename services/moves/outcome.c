#include "services/moves/outcome.h"

#include <assert.h>

#include "runtime/base/memory.h"
#include "services/moves/announcements.h"
#include "services/moves/lifecycle.h"
#include "services/moves/metering.h"
#include "services/moves/pack.h"
#include "services/moves/step_name.h"

tmesh_outcome_t *tmesh_outcome_new(void)
{
    tmesh_outcome_t *self = tmesh_alloc(sizeof *self);
    self->due_ms = TMESH_DUE_NONE;
    return self;
}

void tmesh_outcome_destroy(tmesh_outcome_t **self_p)
{
    tmesh_outcome_t *self = *self_p;
    if (!self) return;
    tmesh_arena_destroy(&self->arena);
    tmesh_free(self->settled);
    tmesh_free(self->cancelled);
    tmesh_free(self->announcements);
    tmesh_free(self->overdue);
    tmesh_free(self);
    *self_p = NULL;
}

void tmesh_outcome_add_cancelled(tmesh_outcome_t *self, tmesh_cancelled_run_t run)
{
    if (self->cancelled_count == self->cancelled_capacity) {
        self->cancelled_capacity = self->cancelled_capacity ? self->cancelled_capacity * 2 : 8;
        self->cancelled = tmesh_realloc_array(self->cancelled, self->cancelled_capacity,
                                              sizeof *self->cancelled);
    }
    self->cancelled[self->cancelled_count++] = run;
}

void tmesh_outcome_add_overdue(tmesh_outcome_t *self, tmesh_overdue_t task)
{
    if (self->overdue_count == self->overdue_capacity) {
        self->overdue_capacity = self->overdue_capacity ? self->overdue_capacity * 2 : 8;
        self->overdue = tmesh_realloc_array(self->overdue, self->overdue_capacity,
                                            sizeof *self->overdue);
    }
    self->overdue[self->overdue_count++] = task;
}

// What retention looks at: tasks that ended, and those that nobody has to look into any more.
static void note_ended(tmesh_credit_t *credit, const tmesh_work_t *work)
{
    for (uint32_t i = 0; i < work->task_count; i++) {
        const tmesh_work_task_t *task = work->tasks[i];
        bool has_ended = task->has_moved && task->row.completed_ms;
        if (has_ended) tmesh_credit_note_ended(credit, task->row.completed_ms);
    }
    for (uint32_t i = 0; i < work->dlq_entry_count; i++) {
        const tmesh_work_dlq_t *entry = work->dlq_entries[i];
        if (entry->is_changed && entry->row.status != TMESH_DLQ_STATUS_PENDING) {
            tmesh_credit_note_ended(credit, 0);
        }
    }
}

static void collect(tmesh_outcome_t *self, const tmesh_work_t *work)
{
    for (uint32_t i = 0; i < work->step_count; i++) {
        const tmesh_work_step_t *step = work->steps[i];
        if (!step->is_changed) continue;
        if (step->row.due_ms < self->due_ms) self->due_ms = step->row.due_ms;
        const tmesh_step_row_t *row = &step->row;
        if (row->state == TMESH_STEP_ENQUEUED && !row->claimed && !row->held) {
            self->left_unclaimed = true;
        }
    }
    self->settled = tmesh_alloc_array(work->task_count, sizeof *self->settled);
    for (uint32_t i = 0; i < work->task_count; i++) {
        const tmesh_work_task_t *task = work->tasks[i];
        if (task->is_changed && task->row.due_ms < self->due_ms) self->due_ms = task->row.due_ms;
        if (!task->has_moved || !tmesh_task_state_is_settled(task->row.state)) continue;
        self->settled[self->settled_count++] =
            (tmesh_settled_t){task->row.id, task->row.state};
    }
}

// Names are lent by the definition, which lives as long as the tools.
static bool describe(tmesh_tools_t *tools, const tmesh_work_t *work,
                     const tmesh_transition_row_t *row, tmesh_happening_t *happening)
{
    const tmesh_work_task_t *task = tmesh_work_find_task(work, row->task_id);
    const tmesh_definition_t *definition = NULL;
    if (!task || tmesh_definitions_get(tools->definitions, task->row.definition_id, &definition)) {
        return false;
    }
    *happening = (tmesh_happening_t){
        .row = row,
        .namespace_name = definition->namespace_name,
        .task_name = definition->name,
        .task_version = definition->version,
    };
    if (row->step_number == 0) return true;
    const tmesh_work_step_t *step =
        tmesh_work_find_step(work, tmesh_step_id_of(row->task_id, row->step_number));
    if (step) happening->step_name = tmesh_step_name_of(definition, &step->row);
    return happening->step_name != NULL;
}

// The passages themselves lie in the work's arena, which becomes ours.
static void collect_happenings(tmesh_outcome_t *self, tmesh_tools_t *tools,
                               const tmesh_work_t *work)
{
    if (!tmesh_audience_is_there(tools->audience)) return;
    self->happenings =
        tmesh_arena_alloc(work->arena, (work->transition_count + 1) * sizeof *self->happenings);
    for (uint32_t i = 0; i < work->transition_count; i++) {
        tmesh_happening_t *happening = &self->happenings[self->happening_count];
        if (describe(tools, work, &work->transitions[i], happening)) self->happening_count++;
    }
    tmesh_announcements_collect(self, tools, work);
}

static void give_credit_back(tmesh_outcome_t *self, tmesh_tools_t *tools, const tmesh_work_t *work)
{
    for (uint32_t i = 0; i < work->claim_count; i++) {
        tmesh_credit_give_back(tools->credit, work->claims[i].offer);
    }
    self->cancelled_count = 0;
    self->overdue_count = 0;
}

// A claim may have been withdrawn again by the same commit: its task got blocked, or was paused, or
// somebody completed the step by hand.
static bool still_holds(const tmesh_claim_t *claim)
{
    return claim->step->row.claimed && claim->step->row.run == claim->run;
}

tmesh_err_t tmesh_outcome_commit(tmesh_outcome_t *self, tmesh_tools_t *tools,
                                 tmesh_work_t **work_p)
{
    assert(!self->arena && !self->settled);
    tmesh_work_t *work = *work_p;
    tmesh_lifecycle_schedule(tools, work);
    work->ancestor_bytes_max = tools->settings->ancestor_bytes_max;
    const int64_t from_ms = tmesh_clock_monotonic_ms(tools->clock);
    tmesh_err_t err = tmesh_store_commit(tools->store, work);
    // It may have taken long to learn that it was committed. Then the hand-off time sends these runs, or
    // has done so: one that has ended meanwhile must not begin once more.
    const bool is_late = tmesh_clock_monotonic_ms(tools->clock) - from_ms >
                         tools->settings->hand_off_ms / 2;
    if (err) {
        give_credit_back(self, tools, work);
        tmesh_work_destroy(work_p);
        return err;
    }
    tmesh_metering_count(tools, work);
    note_ended(tools->credit, work);
    collect(self, work);
    collect_happenings(self, tools, work);
    self->parcels = tmesh_arena_alloc(work->arena, (work->claim_count + 1) * sizeof *self->parcels);
    for (uint32_t i = 0; i < work->claim_count; i++) {
        const tmesh_claim_t *claim = &work->claims[i];
        // What can't be packed now is dispatched by its hand-off time, or shown as overdue.
        bool goes_out = !is_late && still_holds(claim) &&
                        !tmesh_pack(tools, work, claim, &self->parcels[self->parcel_count]);
        if (goes_out) {
            self->parcel_count++;
        } else {
            tmesh_credit_give_back(tools->credit, claim->offer);
        }
    }
    self->arena = tmesh_work_take_arena(work);
    tmesh_work_destroy(work_p);
    return TMESH_OK;
}

void tmesh_outcome_abandon(tmesh_outcome_t *self, tmesh_tools_t *tools, tmesh_work_t **work_p)
{
    give_credit_back(self, tools, *work_p);
    tmesh_store_abandon(tools->store, work_p);
}
