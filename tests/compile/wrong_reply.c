// expect: incompatible pointer type
// A call gives back its own reply and no other.
#include "services/wire/contract.h"

tmesh_err_t call_it(tmesh_context_t *context);

tmesh_err_t call_it(tmesh_context_t *context)
{
    tmesh_finalize_task_request_t request = {0};
    tmesh_cancel_task_reply_t reply = {0};
    return tmesh_call_finalize_task(context, &request, &reply, NULL, 1000);
}
