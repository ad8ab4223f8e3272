// actors/reader_actor.c - queries, answered without ever waiting for a commit.
#include <string.h>

#include "actors/reader_audit.h"
#include "actors/reader_dlq.h"
#include "actors/reader_doctor.h"
#include "actors/reader_events.h"
#include "actors/reader_find.h"
#include "actors/reader_inputs.h"
#include "actors/reader_metrics.h"
#include "actors/reader_node.h"
#include "actors/reader_queues.h"
#include "actors/reader_tasks.h"
#include "actors/reader_templates.h"
#include "actors/reader_views.h"
#include "runtime/actor.h"
#include "runtime/base/allowance.h"
#include "runtime/base/memory.h"
#include "services/templates/registry.h"
#include "services/wire/contract.h"

// Answers that the gateway has not copied out yet; beyond it questions are told to come again.
enum { ANSWERS_BYTES_MAX = 64 << 20 };

struct tmesh_reader_actor {
    const tmesh_reader_services_t *services; // lent
    tmesh_definitions_t *definitions;
    tmesh_allowance_t *answers; // bytes of those with payloads
};

static tmesh_err_t load_definition(void *source, int64_t definition_id, tmesh_buffer_t *out)
{
    tmesh_auto(tmesh_arena) arena = tmesh_arena_new();
    tmesh_definition_row_t row;
    tmesh_err_t err = tmesh_reader_definition(source, definition_id, arena, &row);
    if (!err) tmesh_buffer_add(out, row.json.data, row.json.size);
    return err;
}

static void *create(tmesh_context_t *context, void *services)
{
    (void)context;
    tmesh_reader_actor_t *self = tmesh_alloc(sizeof *self);
    self->services = services;
    self->definitions = tmesh_definitions_new(load_definition, self->services->reader);
    self->answers = tmesh_allowance_new(ANSWERS_BYTES_MAX);
    return self;
}

static void destroy(void *object)
{
    tmesh_reader_actor_t *self = object;
    tmesh_definitions_destroy(&self->definitions);
    tmesh_allowance_destroy(&self->answers);
    tmesh_free(self);
}

static void fail(tmesh_item_t *item, tmesh_err_t err, const char *code, const char *message)
{
    tmesh_fault_t *fault =
        err == TMESH_ERR_NOT_FOUND ? tmesh_fault_new(err, code, NULL, "%s", message) : NULL;
    tmesh_item_fail(item, err, &fault);
}

// Loaded once, and written once: what an answer takes while it is on its way.
static void count_answer(tmesh_reader_actor_t *self, const tmesh_encoded_t *encoded,
                         tmesh_arena_t *arena)
{
    size_t bytes = encoded->body ? strlen(encoded->body) : 0;
    for (size_t i = 0; i < encoded->frame_count; i++) bytes += encoded->frames[i].size;
    tmesh_allowance_take_for(self->answers, bytes, arena);
}

static tmesh_err_t if_answers_fit(const tmesh_reader_actor_t *self)
{
    return tmesh_allowance_has_room(self->answers, 1, 100) ? TMESH_OK : TMESH_ERR_FULL;
}

static tmesh_err_t query_task(tmesh_reader_actor_t *self, tmesh_query_task_batch_t *batch)
{
    for (size_t i = 0; i < batch->any.count; i++) {
        const tmesh_query_task_request_t *request = tmesh_query_task_request(batch, i);
        tmesh_query_task_reply_t *reply = tmesh_query_task_reply(batch, i);
        tmesh_err_t err = if_answers_fit(self);
        if (!err) {
            err = tmesh_reader_task_answer(self->services, self->definitions, request, reply);
        }
        if (!err) count_answer(self, &reply->encoded, reply->arena);
        if (!err) continue;
        if (request->one_step) {
            fail(&batch->any.items[i], err, "unknown_step", "there is no such step");
        } else {
            fail(&batch->any.items[i], err, "unknown_task", "there is no such task");
        }
    }
    return TMESH_OK;
}

static tmesh_err_t query_audit(tmesh_reader_actor_t *self, tmesh_query_audit_batch_t *batch)
{
    for (size_t i = 0; i < batch->any.count; i++) {
        tmesh_err_t err = tmesh_reader_audit_answer(self->services->reader, self->definitions,
                                                    tmesh_query_audit_request(batch, i),
                                                    tmesh_query_audit_reply(batch, i));
        if (err) fail(&batch->any.items[i], err, "unknown_step", "there is no such step");
    }
    return TMESH_OK;
}

static tmesh_err_t query_inputs(tmesh_reader_actor_t *self, tmesh_query_inputs_batch_t *batch)
{
    for (size_t i = 0; i < batch->any.count; i++) {
        tmesh_query_inputs_reply_t *reply = tmesh_query_inputs_reply(batch, i);
        tmesh_err_t err = if_answers_fit(self);
        if (!err) {
            err = tmesh_reader_inputs_answer(self->services->reader, self->definitions,
                                             tmesh_query_inputs_request(batch, i), reply);
        }
        if (!err) count_answer(self, &reply->encoded, reply->arena);
        if (err == TMESH_ERR_CONFLICT) {
            tmesh_fault_t *fault =
                tmesh_fault_new(err, "stale_run", NULL, "this run of the step is over");
            tmesh_item_fail(&batch->any.items[i], err, &fault);
        } else if (err) {
            fail(&batch->any.items[i], err, "unknown_step", "there is no such step");
        }
    }
    return TMESH_OK;
}

static tmesh_err_t query_events(tmesh_reader_actor_t *self, tmesh_query_events_batch_t *batch)
{
    for (size_t i = 0; i < batch->any.count; i++) {
        tmesh_err_t err = tmesh_reader_events_answer(self->services->reader, self->definitions,
                                                     tmesh_query_events_request(batch, i),
                                                     tmesh_query_events_reply(batch, i));
        if (err) fail(&batch->any.items[i], err, "unknown_task", "there is no such task");
    }
    return TMESH_OK;
}

static tmesh_err_t query_tasks(tmesh_reader_actor_t *self, tmesh_query_tasks_batch_t *batch)
{
    for (size_t i = 0; i < batch->any.count; i++) {
        tmesh_err_t err =
            tmesh_reader_tasks_answer(self->services, tmesh_query_tasks_request(batch, i),
                                      tmesh_query_tasks_reply(batch, i));
        if (err) tmesh_item_fail(&batch->any.items[i], err, NULL);
    }
    return TMESH_OK;
}

static tmesh_err_t find_tasks(tmesh_reader_actor_t *self, tmesh_find_tasks_batch_t *batch)
{
    for (size_t i = 0; i < batch->any.count; i++) {
        tmesh_err_t err = tmesh_reader_find_answer(self->services->reader,
                                                   tmesh_find_tasks_request(batch, i),
                                                   tmesh_find_tasks_reply(batch, i));
        if (err) tmesh_item_fail(&batch->any.items[i], err, NULL);
    }
    return TMESH_OK;
}

static tmesh_err_t query_templates(tmesh_reader_actor_t *self,
                                   tmesh_query_templates_batch_t *batch)
{
    for (size_t i = 0; i < batch->any.count; i++) {
        tmesh_err_t err = tmesh_reader_templates_answer(self->services->reader,
                                                        tmesh_query_templates_request(batch, i),
                                                        tmesh_query_templates_reply(batch, i));
        if (err) {
            fail(&batch->any.items[i], err, "unknown_template",
                 "no such template is registered");
        }
    }
    return TMESH_OK;
}

static tmesh_err_t query_node(tmesh_reader_actor_t *self, tmesh_query_node_batch_t *batch)
{
    for (size_t i = 0; i < batch->any.count; i++) {
        tmesh_err_t err =
            tmesh_reader_node_answer(self->services, tmesh_query_node_request(batch, i),
                                     tmesh_query_node_reply(batch, i));
        if (err) tmesh_item_fail(&batch->any.items[i], err, NULL);
    }
    return TMESH_OK;
}

static tmesh_err_t query_metrics(tmesh_reader_actor_t *self, tmesh_query_metrics_batch_t *batch)
{
    for (size_t i = 0; i < batch->any.count; i++) {
        tmesh_err_t err =
            tmesh_reader_metrics_answer(self->services, tmesh_query_metrics_request(batch, i),
                                        tmesh_query_metrics_reply(batch, i));
        if (err) tmesh_item_fail(&batch->any.items[i], err, NULL);
    }
    return TMESH_OK;
}

static tmesh_err_t query_queues(tmesh_reader_actor_t *self, tmesh_query_queues_batch_t *batch)
{
    for (size_t i = 0; i < batch->any.count; i++) {
        tmesh_err_t err =
            tmesh_reader_queues_answer(self->services->reader, tmesh_query_queues_reply(batch, i));
        if (err) tmesh_item_fail(&batch->any.items[i], err, NULL);
    }
    return TMESH_OK;
}

static tmesh_err_t query_doctor(tmesh_reader_actor_t *self, tmesh_query_doctor_batch_t *batch)
{
    for (size_t i = 0; i < batch->any.count; i++) {
        tmesh_err_t err =
            tmesh_reader_doctor_answer(self->services, tmesh_query_doctor_request(batch, i),
                                       tmesh_query_doctor_reply(batch, i));
        if (err) tmesh_item_fail(&batch->any.items[i], err, NULL);
    }
    return TMESH_OK;
}

static tmesh_err_t query_dlq(tmesh_reader_actor_t *self, tmesh_query_dlq_batch_t *batch)
{
    for (size_t i = 0; i < batch->any.count; i++) {
        tmesh_err_t err =
            tmesh_reader_dlq_answer(self->services, tmesh_query_dlq_request(batch, i),
                                    tmesh_query_dlq_reply(batch, i));
        if (err) fail(&batch->any.items[i], err, "unknown_dlq_entry", "there is no such entry");
    }
    return TMESH_OK;
}

const tmesh_actor_class_t tmesh_reader_actor_class = {
    .name = "reader",
    .create = create,
    .destroy = destroy,
};
TMESH_ANSWER(reader_actor, query_task, query_task)
TMESH_ANSWER(reader_actor, query_audit, query_audit)
TMESH_ANSWER(reader_actor, query_inputs, query_inputs)
TMESH_ANSWER(reader_actor, query_events, query_events)
TMESH_ANSWER(reader_actor, query_tasks, query_tasks)
TMESH_ANSWER(reader_actor, find_tasks, find_tasks)
TMESH_ANSWER(reader_actor, query_templates, query_templates)
TMESH_ANSWER(reader_actor, query_node, query_node)
TMESH_ANSWER(reader_actor, query_metrics, query_metrics)
TMESH_ANSWER(reader_actor, query_queues, query_queues)
TMESH_ANSWER(reader_actor, query_doctor, query_doctor)
TMESH_ANSWER(reader_actor, query_dlq, query_dlq)
