// services/moves/evaluate.h - where a task goes after its steps have moved (SPEC 3, 6).
#ifndef TMESH_SERVICES_MOVES_EVALUATE_H
#define TMESH_SERVICES_MOVES_EVALUATE_H

#include "services/moves/tools.h"

// Called once per task and transaction, after the results of its steps were applied. `ready` are
// the steps that may start now; they are enqueued unless a failure blocks the task. A task that
// rests in another state than steps_in_process stays as it is.
tmesh_err_t tmesh_moves_evaluate(tmesh_tools_t *tools, tmesh_work_t *work, tmesh_work_task_t *task,
                                 tmesh_work_step_t *const *ready, size_t ready_count);

// The second half of it: the task is in evaluating_results, and leaves it.
tmesh_err_t tmesh_moves_conclude(tmesh_tools_t *tools, tmesh_work_t *work, tmesh_work_task_t *task,
                                 tmesh_work_step_t *const *ready, size_t ready_count);

// Two facts of one task collected while a batch is applied: what became ready, and that it has to
// be evaluated. Lives in the work's arena.
typedef struct {
    tmesh_work_task_t *task;
    tmesh_work_step_t **ready;
    uint32_t ready_count;
    uint32_t ready_capacity;
} tmesh_touched_task_t;

typedef struct tmesh_touched {
    tmesh_touched_task_t **tasks;
    uint32_t count;
    uint32_t capacity;
    tmesh_map_t *by_id;
} tmesh_touched_t;

tmesh_touched_t *tmesh_touched_new(void);
void tmesh_touched_destroy(tmesh_touched_t **self_p);
// ready NULL: the task is only to be evaluated.
void tmesh_touched_add(tmesh_touched_t *self, tmesh_work_t *work, tmesh_work_task_t *task,
                       tmesh_work_step_t *ready);
tmesh_err_t tmesh_touched_evaluate(tmesh_touched_t *self, tmesh_tools_t *tools, tmesh_work_t *work);

#endif
