// services/task_finalization/resetting.h - all that has failed in a task is to be tried anew.
#ifndef TMESH_SERVICES_TASK_FINALIZATION_RESETTING_H
#define TMESH_SERVICES_TASK_FINALIZATION_RESETTING_H

#include "services/moves/tools.h"

// All steps of the task that are cancelled, or in an error that is not tolerated, are pending, as if
// they had never been tried; *count_p says how many. `note` is JSON.
tmesh_err_t tmesh_resetting_steps_of(tmesh_tools_t *tools, tmesh_work_t *work,
                                     const tmesh_work_task_t *task, const char *note,
                                     uint32_t *count_p);

#endif
