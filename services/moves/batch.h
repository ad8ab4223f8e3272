// services/moves/batch.h - the workers of a batch: made, limited in number, ended together (SPEC 5.6).
//
// A worker holds one of the batch's slots from when it may run until it has settled (done, or in an
// error that is tolerated). The others await one, which counts as one more open parent.
#ifndef TMESH_SERVICES_MOVES_BATCH_H
#define TMESH_SERVICES_MOVES_BATCH_H

#include "services/moves/choice.h"
#include "services/moves/create.h"
#include "services/moves/evaluate.h"
#include "services/moves/outcome.h"

// Makes one worker for each cursor of the choice, of the template at index `worker`. All steps of the
// task are loaded. Those that are ready are noted in `touched`. CORRUPT when the batchable is missing.
tmesh_err_t tmesh_batch_create(tmesh_work_t *work, tmesh_work_task_t *task,
                               const tmesh_definition_t *definition, uint16_t batchable,
                               const tmesh_choice_t *choice, tmesh_is_parent_t *is_parent,
                               void *self, tmesh_touched_t *touched);

// The step has just settled. If it is of a batch its slot goes to the next that awaits one, which is
// loaded with its batchable; noted in `touched` when it is ready by that.
tmesh_err_t tmesh_batch_release(tmesh_work_t *work, tmesh_work_step_t *step,
                                tmesh_touched_t *touched);

// A worker is in an error that is not tolerated: its siblings that run are cancelled. Loads the task.
tmesh_err_t tmesh_batch_fail(tmesh_tools_t *tools, tmesh_work_t *work, tmesh_work_step_t *failed,
                             tmesh_outcome_t *outcome);

// A person has repaired this worker; all steps of the task are loaded. When no sibling is left in
// such an error, those that were cancelled for one are pending again.
tmesh_err_t tmesh_batch_reopen(tmesh_tools_t *tools, tmesh_work_t *work,
                               const tmesh_work_step_t *repaired);

// A worker whose error was tolerated is about to be tried again: its children, which are loaded, have
// an open parent more, and it needs a slot. False, and nothing is changed: one of them has begun.
bool tmesh_batch_take_back(tmesh_work_t *work, tmesh_work_step_t *worker);

#endif
