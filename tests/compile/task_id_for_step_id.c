// expect: incompatible type
// Nor can a task id be written into the place of a step id.
#include "services/wire/messages.h"

tmesh_cancelled_run_t cancelled(tmesh_task_id_t task_id);

tmesh_cancelled_run_t cancelled(tmesh_task_id_t task_id)
{
    return (tmesh_cancelled_run_t){.step_id = task_id};
}
