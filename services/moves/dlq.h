// services/moves/dlq.h - something that a person should look into is entered in the dead letter queue
// (SPEC 7.1).
#ifndef TMESH_SERVICES_MOVES_DLQ_H
#define TMESH_SERVICES_MOVES_DLQ_H

#include "services/moves/tools.h"

// With how the task, and the step unless it is NULL, stand now. The store leaves it out when the same
// is pending already. metadata is a JSON object in the work's arena, or absent. NULL: its definition
// can't be read; the task is what matters then.
tmesh_work_dlq_t *tmesh_moves_enter_dlq(tmesh_tools_t *tools, tmesh_work_t *work,
                                        tmesh_work_task_t *task, const tmesh_work_step_t *step,
                                        tmesh_dlq_reason_t reason, tmesh_bytes_t metadata);

#endif
