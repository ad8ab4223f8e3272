// actors/result_processor_actor.c - what workers report, and what follows from it.
#include "actors/effects.h"
#include "runtime/actor.h"
#include "runtime/base/memory.h"
#include "services/result_processing/result_processing.h"

struct tmesh_result_processor {
    tmesh_context_t *context; // lent
    tmesh_tools_t *tools;
};

static void *create(tmesh_context_t *context, void *services)
{
    tmesh_result_processor_t *self = tmesh_alloc(sizeof *self);
    self->context = context;
    self->tools = tmesh_effects_tools(context, services);
    return self;
}

static void destroy(void *object)
{
    tmesh_result_processor_t *self = object;
    tmesh_tools_destroy(&self->tools);
    tmesh_free(self);
}

static tmesh_err_t process_results(tmesh_result_processor_t *self,
                                   tmesh_process_step_result_batch_t *batch)
{
    tmesh_auto(tmesh_outcome) outcome = tmesh_outcome_new();
    tmesh_err_t err = tmesh_result_processing_run(self->tools, batch, outcome);
    if (!err) tmesh_effects_send(self->context, self->tools, outcome);
    return err;
}

static tmesh_err_t note_sent(tmesh_result_processor_t *self, tmesh_note_steps_sent_batch_t *batch)
{
    tmesh_auto(tmesh_outcome) outcome = tmesh_outcome_new();
    tmesh_err_t err = tmesh_result_processing_note_sent(self->tools, batch, outcome);
    if (!err) tmesh_effects_send(self->context, self->tools, outcome);
    return err;
}

static tmesh_err_t save_checkpoints(tmesh_result_processor_t *self,
                                    tmesh_save_checkpoint_batch_t *batch)
{
    tmesh_auto(tmesh_outcome) outcome = tmesh_outcome_new();
    tmesh_err_t err = tmesh_result_processing_save_checkpoints(self->tools, batch, outcome);
    if (!err) tmesh_effects_send(self->context, self->tools, outcome);
    return err;
}

const tmesh_actor_class_t tmesh_result_processor_class = {
    .name = "result_processor",
    .create = create,
    .destroy = destroy,
};
TMESH_ANSWER(result_processor, process_step_result, process_results)
TMESH_ANSWER(result_processor, note_steps_sent, note_sent)
TMESH_ANSWER(result_processor, save_checkpoint, save_checkpoints)
