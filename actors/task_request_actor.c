// actors/task_request_actor.c - requests become tasks, texts become templates.
#include "actors/effects.h"
#include "runtime/actor.h"
#include "runtime/base/memory.h"
#include "services/task_initialization/task_initialization.h"

struct tmesh_task_request {
    tmesh_context_t *context; // lent
    tmesh_tools_t *tools;
    tmesh_task_initialization_t *initialization;
};

static void *create(tmesh_context_t *context, void *services)
{
    tmesh_task_request_t *self = tmesh_alloc(sizeof *self);
    self->context = context;
    self->tools = tmesh_effects_tools(context, services);
    self->initialization = tmesh_task_initialization_new(self->tools);
    return self;
}

static void destroy(void *object)
{
    tmesh_task_request_t *self = object;
    tmesh_task_initialization_destroy(&self->initialization);
    tmesh_tools_destroy(&self->tools);
    tmesh_free(self);
}

static tmesh_err_t create_tasks(tmesh_task_request_t *self,
                                tmesh_process_task_request_batch_t *batch)
{
    tmesh_auto(tmesh_outcome) outcome = tmesh_outcome_new();
    tmesh_err_t err = tmesh_task_initialization_run(self->initialization, batch, outcome);
    if (!err) tmesh_effects_send(self->context, self->tools, outcome);
    return err;
}

static tmesh_err_t put_templates(tmesh_task_request_t *self, tmesh_put_template_batch_t *batch)
{
    tmesh_template_finder_t *finder = tmesh_task_initialization_finder(self->initialization);
    for (size_t i = 0; i < batch->any.count; i++) {
        tmesh_put_template_reply_t *reply = tmesh_put_template_reply(batch, i);
        tmesh_fault_t *fault = NULL;
        tmesh_err_t err = tmesh_template_finder_put(finder, tmesh_put_template_request(batch, i),
                                                    reply, &fault);
        // What is wrong with the store is everybody's: the batch is repeated, or this life ends.
        // To register the same content twice changes nothing.
        bool of_the_store = err == TMESH_ERR_FATAL || err == TMESH_ERR_SERIALIZATION ||
                            err == TMESH_ERR_CONNECTION;
        if (of_the_store) return err;
        if (err) {
            tmesh_item_fail(&batch->any.items[i], err, &fault);
            continue;
        }
        if (!reply->created) continue;
        tmesh_credit_note_news(self->tools->credit);
        tmesh_log_info(tmesh_context_log(self->context), "template.registered",
                       "template=%s/%s@%s hash=%.16s", reply->namespace_name, reply->name,
                       reply->version, reply->hash);
    }
    return TMESH_OK;
}

const tmesh_actor_class_t tmesh_task_request_class = {
    .name = "task_request",
    .create = create,
    .destroy = destroy,
};
TMESH_ANSWER(task_request, process_task_request, create_tasks)
TMESH_ANSWER(task_request, put_template, put_templates)
