// actors/task_finalizer_actor.c - how tasks end.
#include "actors/effects.h"
#include "runtime/actor.h"
#include "runtime/base/memory.h"
#include "services/task_finalization/task_finalization.h"

struct tmesh_task_finalizer {
    tmesh_context_t *context; // lent
    tmesh_tools_t *tools;
};

static void *create(tmesh_context_t *context, void *services)
{
    tmesh_task_finalizer_t *self = tmesh_alloc(sizeof *self);
    self->context = context;
    self->tools = tmesh_effects_tools(context, services);
    return self;
}

static void destroy(void *object)
{
    tmesh_task_finalizer_t *self = object;
    tmesh_tools_destroy(&self->tools);
    tmesh_free(self);
}

static tmesh_err_t finalize(tmesh_task_finalizer_t *self, tmesh_finalize_task_batch_t *batch)
{
    tmesh_auto(tmesh_outcome) outcome = tmesh_outcome_new();
    tmesh_err_t err = tmesh_finalization_run(self->tools, batch, outcome);
    if (!err) tmesh_effects_send(self->context, self->tools->credit, outcome);
    return err;
}

static tmesh_err_t cancel(tmesh_task_finalizer_t *self, tmesh_cancel_task_batch_t *batch)
{
    tmesh_auto(tmesh_outcome) outcome = tmesh_outcome_new();
    tmesh_err_t err = tmesh_cancellation_run(self->tools, batch, outcome);
    if (!err) tmesh_effects_send(self->context, self->tools->credit, outcome);
    return err;
}

const tmesh_actor_class_t tmesh_task_finalizer_class = {
    .name = "task_finalizer",
    .create = create,
    .destroy = destroy,
};
TMESH_ANSWER(task_finalizer, finalize_task, finalize)
TMESH_ANSWER(task_finalizer, cancel_task, cancel)
