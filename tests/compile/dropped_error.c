// expect: ignoring return value of .*nodiscard
// An error that nobody looks at does not compile.
#include "services/wire/contract.h"

void tell_it(tmesh_context_t *context);

void tell_it(tmesh_context_t *context)
{
    tmesh_finalize_task_request_t request = {0};
    tmesh_tell_finalize_task(context, &request);
}
