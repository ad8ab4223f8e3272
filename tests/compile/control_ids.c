// The control of step_id_for_task_id.c and task_id_for_step_id.c: each id in its own place.
#include "services/wire/messages.h"

static tmesh_finalize_task_request_t about(tmesh_task_id_t task_id)
{
    return (tmesh_finalize_task_request_t){.task_id = task_id};
}

int main(void)
{
    tmesh_cancelled_run_t run = {.step_id = (tmesh_step_id_t){.bytes = {1}}};
    tmesh_finalize_task_request_t request = about((tmesh_task_id_t){.bytes = {1}});
    return run.step_id.bytes[0] == request.task_id.bytes[0] ? 0 : 1;
}
