// services/moves/go_on.h - a task goes on after a person has repaired something (SPEC 6.2, 6.4).
#ifndef TMESH_SERVICES_MOVES_GO_ON_H
#define TMESH_SERVICES_MOVES_GO_ON_H

#include "services/moves/outcome.h"

// All steps of the task are loaded, and it is open. It is evaluated: every pending step without open
// parents is enqueued, retries that were held are due now, steps that were held may be claimed
// again. If a failure is left it is blocked again, and nothing else changes. A task that is
// postponed stays so as long as a step of it waits for its time. `metadata` is JSON or NULL.
tmesh_err_t tmesh_moves_go_on(tmesh_tools_t *tools, tmesh_work_t *work, tmesh_work_task_t *task,
                              const char *metadata, tmesh_outcome_t *outcome);

#endif
