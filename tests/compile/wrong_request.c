// expect: incompatible pointer type
// A message takes its own request and no other.
#include "services/wire/contract.h"

tmesh_err_t tell_it(tmesh_context_t *context);

tmesh_err_t tell_it(tmesh_context_t *context)
{
    tmesh_cancel_task_request_t request = {0};
    return tmesh_tell_finalize_task(context, &request);
}
