// services/task_finalization/resetting.h - a step that is to be tried again from the beginning.
#ifndef TMESH_SERVICES_TASK_FINALIZATION_RESETTING_H
#define TMESH_SERVICES_TASK_FINALIZATION_RESETTING_H

#include "services/moves/tools.h"

// As if no attempt had been made. A late result of an earlier run does not count either. Its state
// is the caller's to change.
void tmesh_resetting_forget_attempts(tmesh_tools_t *tools, tmesh_work_step_t *step);
// All steps of the task that are cancelled, or in an error that is not tolerated, are pending, as if
// they had never been tried; *count_p says how many. `note` is JSON.
tmesh_err_t tmesh_resetting_steps_of(tmesh_tools_t *tools, tmesh_work_t *work,
                                     const tmesh_work_task_t *task, const char *note,
                                     uint32_t *count_p);

#endif
