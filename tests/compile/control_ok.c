// The control: with the same flags as its neighbours, what is right does build and link.
#include "runtime/base/error.h"
#include "services/domain/ids.h"

static tmesh_err_t accept_task(tmesh_task_id_t id)
{
    return tmesh_task_id_of_step(tmesh_step_id_of(id, 1)).bytes[0] == id.bytes[0]
               ? TMESH_OK
               : TMESH_ERR_CORRUPT;
}

int main(void)
{
    tmesh_err_t err = accept_task((tmesh_task_id_t){.bytes = {1}});
    return err ? 1 : 0;
}
