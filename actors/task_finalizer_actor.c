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

// What was paused before is so again; no claim is made before all actors have started.
static tmesh_err_t started(void *object, tmesh_fault_t **fault_p)
{
    tmesh_task_finalizer_t *self = object;
    tmesh_err_t err = tmesh_queue_actions_restore(self->tools->store, self->tools->credit);
    if (err) {
        *fault_p = tmesh_fault_new(err, "store_unreadable", NULL,
                                   "what is paused can't be read: %s", tmesh_err_sentence(err));
    }
    return err;
}

static tmesh_err_t finalize(tmesh_task_finalizer_t *self, tmesh_finalize_task_batch_t *batch)
{
    tmesh_auto(tmesh_outcome) outcome = tmesh_outcome_new();
    tmesh_err_t err = tmesh_finalization_run(self->tools, batch, outcome);
    if (!err) tmesh_effects_send(self->context, self->tools, outcome);
    return err;
}

static tmesh_err_t cancel(tmesh_task_finalizer_t *self, tmesh_cancel_task_batch_t *batch)
{
    tmesh_auto(tmesh_outcome) outcome = tmesh_outcome_new();
    tmesh_err_t err = tmesh_cancellation_run(self->tools, batch, outcome);
    if (!err) tmesh_effects_send(self->context, self->tools, outcome);
    return err;
}

static tmesh_err_t act_on_step(tmesh_task_finalizer_t *self, tmesh_act_on_step_batch_t *batch)
{
    tmesh_auto(tmesh_outcome) outcome = tmesh_outcome_new();
    tmesh_err_t err = tmesh_step_actions_run(self->tools, batch, outcome);
    if (!err) tmesh_effects_send(self->context, self->tools, outcome);
    return err;
}

// Pausing is no transition, so its who and why stand here alone.
static void log_action(const tmesh_task_finalizer_t *self,
                       const tmesh_act_on_task_request_t *request)
{
    static const char *const words[] = {
        [TMESH_TASK_ACTION_GIVE_UP] = "give_up", [TMESH_TASK_ACTION_RESOLVE] = "resolve",
        [TMESH_TASK_ACTION_RESET] = "reset",     [TMESH_TASK_ACTION_RETRY] = "retry",
        [TMESH_TASK_ACTION_PAUSE] = "pause",     [TMESH_TASK_ACTION_RESUME] = "resume",
    };
    tmesh_log_info(tmesh_context_log(self->context), "task.acted_on",
                   "task=%s action=%s by=%s reason=%s",
                   tmesh_uuid_format(request->task_id.bytes, (tmesh_uuid_text_t){0}),
                   words[request->action], request->by ? request->by : "",
                   request->reason ? request->reason : "");
}

static tmesh_err_t act_on_task(tmesh_task_finalizer_t *self, tmesh_act_on_task_batch_t *batch)
{
    tmesh_auto(tmesh_outcome) outcome = tmesh_outcome_new();
    tmesh_err_t err = tmesh_task_actions_run(self->tools, batch, outcome);
    if (err) return err;
    tmesh_effects_send(self->context, self->tools, outcome);
    for (size_t i = 0; i < batch->any.count; i++) {
        const tmesh_act_on_task_request_t *request = tmesh_act_on_task_request(batch, i);
        if (!batch->any.items[i].err && !request->dry_run) log_action(self, request);
    }
    return TMESH_OK;
}

static tmesh_err_t act_on_queue(tmesh_task_finalizer_t *self, tmesh_act_on_queue_batch_t *batch)
{
    tmesh_err_t err = tmesh_queue_actions_run(self->tools, batch);
    if (err) return err;
    for (size_t i = 0; i < batch->any.count; i++) {
        const tmesh_act_on_queue_request_t *request = tmesh_act_on_queue_request(batch, i);
        tmesh_log_info(tmesh_context_log(self->context), "queue.acted_on",
                       "namespace=%s callable=%s action=%s by=%s reason=%s",
                       request->namespace_name, request->callable ? request->callable : "*",
                       request->pause ? "pause" : "resume", request->by ? request->by : "",
                       request->reason ? request->reason : "");
    }
    tmesh_credit_changed_request_t wake = {0}; // what waits behind a pause may be claimed now
    (void)tmesh_tell_credit_changed(self->context, &wake);
    return TMESH_OK;
}

static tmesh_err_t update_dlq(tmesh_task_finalizer_t *self, tmesh_update_dlq_batch_t *batch)
{
    tmesh_auto(tmesh_outcome) outcome = tmesh_outcome_new();
    tmesh_err_t err = tmesh_dlq_actions_run(self->tools, batch, outcome);
    if (!err) tmesh_effects_send(self->context, self->tools, outcome);
    return err;
}

const tmesh_actor_class_t tmesh_task_finalizer_class = {
    .name = "task_finalizer",
    .create = create,
    .destroy = destroy,
    .started = started,
};
TMESH_ANSWER(task_finalizer, finalize_task, finalize)
TMESH_ANSWER(task_finalizer, cancel_task, cancel)
TMESH_ANSWER(task_finalizer, act_on_step, act_on_step)
TMESH_ANSWER(task_finalizer, act_on_task, act_on_task)
TMESH_ANSWER(task_finalizer, act_on_queue, act_on_queue)
TMESH_ANSWER(task_finalizer, update_dlq, update_dlq)
