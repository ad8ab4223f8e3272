// services/task_finalization/pausing.h - a task waits until somebody lets it go on (SPEC 4.8).
#ifndef TMESH_SERVICES_TASK_FINALIZATION_PAUSING_H
#define TMESH_SERVICES_TASK_FINALIZATION_PAUSING_H

#include "services/moves/outcome.h"

// All steps of the task are loaded, and it is open. What was sent finishes; whatever becomes ready
// meanwhile is enqueued and held. Once more changes nothing.
void tmesh_pausing_pause(tmesh_work_t *work, tmesh_work_task_t *task, tmesh_outcome_t *outcome);
// What was held may be claimed, unless the task is blocked. Once more changes nothing.
tmesh_err_t tmesh_pausing_resume(tmesh_tools_t *tools, tmesh_work_t *work,
                                 tmesh_work_task_t *task);

#endif
