// services/task_finalization/task_finalization.h - how tasks end: complete, blocked, cancelled (SPEC 6).
#ifndef TMESH_SERVICES_TASK_FINALIZATION_TASK_FINALIZATION_H
#define TMESH_SERVICES_TASK_FINALIZATION_TASK_FINALIZATION_H

#include "services/moves/outcome.h"
#include "services/wire/contract.h"

// Looks at each task under its lock and does what its steps call for. Any number of these
// messages, from anywhere, end a task once.
tmesh_err_t tmesh_finalization_run(tmesh_tools_t *tools, tmesh_finalize_task_batch_t *batch,
                                   tmesh_outcome_t *outcome);

// Each task and all its open steps at once (SPEC 6.5). Refusals are errors of single items.
tmesh_err_t tmesh_cancellation_run(tmesh_tools_t *tools, tmesh_cancel_task_batch_t *batch,
                                   tmesh_outcome_t *outcome);

// What people do to single steps, and to whole tasks (SPEC 6.4); the task goes on in the same commit.
// Refusals are errors of single items.
tmesh_err_t tmesh_step_actions_run(tmesh_tools_t *tools, tmesh_act_on_step_batch_t *batch,
                                   tmesh_outcome_t *outcome);
tmesh_err_t tmesh_task_actions_run(tmesh_tools_t *tools, tmesh_act_on_task_batch_t *batch,
                                   tmesh_outcome_t *outcome);

// What people do to whole namespaces and callables (SPEC 4.8): in the store, and on the credit board.
tmesh_err_t tmesh_queue_actions_run(tmesh_tools_t *tools, tmesh_act_on_queue_batch_t *batch);
// At the start of a node: what was paused before is so on its board.
tmesh_err_t tmesh_queue_actions_restore(tmesh_store_t *store, tmesh_credit_t *credit);

// What people say of entries of the dead letter queue (SPEC 7.1). No task changes. Refusals are errors
// of single items.
tmesh_err_t tmesh_dlq_actions_run(tmesh_tools_t *tools, tmesh_update_dlq_batch_t *batch,
                                  tmesh_outcome_t *outcome);

#endif
