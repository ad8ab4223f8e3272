// services/step_enqueuing/due_tasks.h - a task whose time has come: it has lived for too long, or
// nothing has happened to it for too long (SPEC 7.2), or it was looked at too early.
#ifndef TMESH_SERVICES_STEP_ENQUEUING_DUE_TASKS_H
#define TMESH_SERVICES_STEP_ENQUEUING_DUE_TASKS_H

#include "services/moves/outcome.h"
#include "services/wire/messages.h"

// The task is due. It ends in error, gets an entry in the dead letter queue, or is put off.
tmesh_err_t tmesh_due_tasks_handle(tmesh_tools_t *tools, tmesh_work_t *work,
                                   tmesh_work_task_t *task, tmesh_process_batch_reply_t *counts,
                                   tmesh_outcome_t *outcome);

#endif
