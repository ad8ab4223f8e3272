#include "services/moves/evaluate.h"

#include <string.h>

#include "runtime/base/memory.h"
#include "services/domain/finality.h"
#include "services/moves/enqueue.h"

static tmesh_err_t move(tmesh_work_t *work, tmesh_work_task_t *task, tmesh_task_event_t event)
{
    return tmesh_work_move_task(work, task, event, NULL) ? TMESH_ERR_CORRUPT : TMESH_OK;
}

tmesh_err_t tmesh_moves_evaluate(tmesh_tools_t *tools, tmesh_work_t *work, tmesh_work_task_t *task,
                                 tmesh_work_step_t *const *ready, size_t ready_count)
{
    if (task->row.state != TMESH_TASK_STEPS_IN_PROCESS) return TMESH_OK;
    tmesh_err_t err = move(work, task, TMESH_TASK_EV_STEP_COMPLETED);
    return err ? err : tmesh_moves_conclude(tools, work, task, ready, ready_count);
}

tmesh_err_t tmesh_moves_conclude(tmesh_tools_t *tools, tmesh_work_t *work, tmesh_work_task_t *task,
                                 tmesh_work_step_t *const *ready, size_t ready_count)
{
    const tmesh_task_row_t *row = &task->row;
    tmesh_task_counts_t counts = {
        .total = row->steps_total,
        .done = row->steps_done,
        .failed = row->steps_failed,
        .tolerated = row->steps_tolerated,
        .in_flight = row->steps_in_flight,
        .waiting = row->steps_waiting,
        .ready = (uint32_t)ready_count,
    };
    tmesh_task_event_t event = tmesh_finality_assess(&counts);
    if (event == TMESH_TASK_EV_READY_STEPS_FOUND) {
        return tmesh_moves_enqueue(tools, work, task, ready, ready_count);
    }
    if (event == TMESH_TASK_EV_PERMANENT_FAILURE) {
        task->hold_steps = true;
        for (size_t i = 0; i < ready_count; i++) { // they wait with the task
            ready[i]->row.due_ms = TMESH_DUE_NONE;
            ready[i]->row.due_for = TMESH_STEP_DUE_NOTHING;
        }
    }
    return move(work, task, event);
}

tmesh_touched_t *tmesh_touched_new(void)
{
    tmesh_touched_t *self = tmesh_alloc(sizeof *self);
    self->by_id = tmesh_map_new();
    return self;
}

void tmesh_touched_destroy(tmesh_touched_t **self_p)
{
    tmesh_touched_t *self = *self_p;
    if (!self) return;
    tmesh_map_destroy(&self->by_id);
    tmesh_free(self->tasks);
    tmesh_free(self);
    *self_p = NULL;
}

static tmesh_touched_task_t *find_or_add(tmesh_touched_t *self, tmesh_work_t *work,
                                         tmesh_work_task_t *task)
{
    const uint8_t *id = task->row.id.bytes;
    tmesh_touched_task_t *touched = tmesh_map_get(self->by_id, id, sizeof task->row.id.bytes);
    if (touched) return touched;
    touched = tmesh_arena_alloc(work->arena, sizeof *touched);
    touched->task = task;
    tmesh_map_put(self->by_id, id, sizeof task->row.id.bytes, touched);
    if (self->count == self->capacity) {
        self->capacity = self->capacity ? self->capacity * 2 : 8;
        self->tasks = tmesh_realloc_array(self->tasks, self->capacity, sizeof *self->tasks);
    }
    self->tasks[self->count++] = touched;
    return touched;
}

void tmesh_touched_add(tmesh_touched_t *self, tmesh_work_t *work, tmesh_work_task_t *task,
                       tmesh_work_step_t *ready)
{
    tmesh_touched_task_t *touched = find_or_add(self, work, task);
    if (!ready) return;
    if (touched->ready_count == touched->ready_capacity) {
        uint32_t capacity = touched->ready_capacity ? touched->ready_capacity * 2 : 4;
        tmesh_work_step_t **larger = tmesh_arena_alloc(work->arena, capacity * sizeof *larger);
        if (touched->ready_count) {
            memcpy(larger, touched->ready, touched->ready_count * sizeof *larger);
        }
        touched->ready = larger;
        touched->ready_capacity = capacity;
    }
    touched->ready[touched->ready_count++] = ready;
}

tmesh_err_t tmesh_touched_evaluate(tmesh_touched_t *self, tmesh_tools_t *tools, tmesh_work_t *work)
{
    for (uint32_t i = 0; i < self->count; i++) {
        const tmesh_touched_task_t *touched = self->tasks[i];
        tmesh_err_t err = tmesh_moves_evaluate(tools, work, touched->task, touched->ready,
                                               touched->ready_count);
        if (err) return err;
    }
    return TMESH_OK;
}
