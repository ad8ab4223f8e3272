// The control of wrong_handler.c and wrong_actor.c: the right actor and the right batch.
#include "runtime/actor.h"
#include "services/wire/contract.h"

const tmesh_actor_class_t tmesh_task_finalizer_class = {.name = "task_finalizer"};

static tmesh_err_t finalize_all(tmesh_task_finalizer_t *self, tmesh_finalize_task_batch_t *batch)
{
    (void)self;
    (void)batch;
    return TMESH_OK;
}
TMESH_ANSWER(task_finalizer, finalize_task, finalize_all)

int main(void)
{
    return tmesh_message_finalize_task.handle ? 0 : 1;
}
