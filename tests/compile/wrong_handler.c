// expect: incompatible (function )?pointer type
// A handler takes batches of the message that it is said to answer.
#include "runtime/actor.h"
#include "services/wire/contract.h"

static tmesh_err_t cancel_all(tmesh_task_finalizer_t *self, tmesh_cancel_task_batch_t *batch)
{
    (void)self;
    (void)batch;
    return TMESH_OK;
}
TMESH_ANSWER(task_finalizer, finalize_task, cancel_all)
