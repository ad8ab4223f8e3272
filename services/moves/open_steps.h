// services/moves/open_steps.h - steps that have no end yet lose what they are doing.
#ifndef TMESH_SERVICES_MOVES_OPEN_STEPS_H
#define TMESH_SERVICES_MOVES_OPEN_STEPS_H

#include "services/moves/outcome.h"

// The run of the step, if it is out or about to go out, is not awaited any more: its worker is told
// (`reason` is a stable word), and the step has no due time. Its state is the caller's to change.
void tmesh_open_steps_withdraw(tmesh_work_step_t *step, const char *reason,
                               tmesh_outcome_t *outcome);
// The same, and it is cancelled.
tmesh_err_t tmesh_open_steps_cancel(tmesh_work_t *work, tmesh_work_step_t *step,
                                    const char *reason, tmesh_outcome_t *outcome);

// The task ends: all of its steps that are loaded and have no end yet are cancelled, *count_p of them.
// Steps in error keep their state: they say why the task ended.
tmesh_err_t tmesh_open_steps_end(tmesh_work_t *work, const tmesh_work_task_t *task,
                                 const char *reason, tmesh_outcome_t *outcome, uint32_t *count_p);

#endif
