// expect: incompatible type
// A step id cannot be passed where a task id belongs, although both are 16 bytes.
#include "services/wire/messages.h"

tmesh_finalize_task_request_t about(tmesh_task_id_t task_id);
tmesh_finalize_task_request_t about_step(tmesh_step_id_t step_id);

tmesh_finalize_task_request_t about_step(tmesh_step_id_t step_id)
{
    return about(step_id);
}
