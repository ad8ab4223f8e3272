// expect: incompatible (function )?pointer type
// A handler belongs to the actor that the contract names.
#include "runtime/actor.h"
#include "services/wire/contract.h"

static tmesh_err_t finalize_all(tmesh_step_enqueuer_t *self, tmesh_finalize_task_batch_t *batch)
{
    (void)self;
    (void)batch;
    return TMESH_OK;
}
TMESH_ANSWER(task_finalizer, finalize_task, finalize_all)
