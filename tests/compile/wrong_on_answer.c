// expect: incompatible (function )?pointer type
// An answer is taken by a function that expects this message's reply.
#include "services/wire/contract.h"

tmesh_err_t ask_it(tmesh_context_t *context);

static void on_cancelled(void *self, const tmesh_cancel_task_answer_t *answer)
{
    (void)self;
    (void)answer;
}

tmesh_err_t ask_it(tmesh_context_t *context)
{
    tmesh_finalize_task_request_t request = {0};
    return tmesh_ask_finalize_task(context, &request, on_cancelled, 0);
}
