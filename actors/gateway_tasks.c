// TASK.GET, TASK.STEPS, STEP.GET and TASK.LIST.
#include <string.h>

#include "actors/gateway_parts.h"
#include "runtime/base/memory.h"

enum {
    NAME_CHARS_MAX = 255,
    LIST_LIMIT_MAX = 500,
    LIST_LIMIT_DEFAULT = 50,
    INCLUDES_MAX = 10,
};

void tmesh_gateway_read_include(tmesh_body_t *body, bool *with_context, bool *with_steps)
{
    *with_context = *with_steps = false;
    tmesh_items_t items;
    tmesh_body_items(body, "include", TMESH_BODY_OPTIONAL, 0, INCLUDES_MAX, &items);
    const char *word = NULL;
    while (tmesh_items_next_text(&items, 1, NAME_CHARS_MAX, &word)) {
        if (strcmp(word, "context") == 0) {
            *with_context = true;
        } else if (strcmp(word, "steps") == 0) {
            *with_steps = true;
        } else {
            tmesh_body_object_to(body, "include", "unknown_value",
                                 "what can be included is context and steps");
        }
    }
}

static void on_task(void *object, const tmesh_query_task_answer_t *answer)
{
    tmesh_gateway_t *self = object;
    tmesh_gateway_pending_t *pending =
        tmesh_gateway_answered(self, answer->tag, answer->err, answer->fault);
    if (!pending) return;
    tmesh_gateway_reply_encoded(self, &pending->to, TMESH_STATUS_OK, &answer->reply->encoded);
    tmesh_gateway_release(self, &pending);
}

static void read_task_id(tmesh_gateway_command_t *command, tmesh_query_task_request_t *request)
{
    (void)tmesh_body_uuid(&command->body, "task_uuid", TMESH_BODY_NEEDED, request->task_id.bytes);
}

static void query_task(tmesh_gateway_t *self, tmesh_gateway_command_t *command,
                       tmesh_query_task_request_t *request)
{
    if (command->fault) return;
    tmesh_gateway_pending_t *pending = tmesh_gateway_hold(self, &command->from, NULL, NULL);
    tmesh_err_t err = tmesh_ask_query_task(self->context, request, on_task, pending->tag);
    tmesh_gateway_asked(self, pending, err, &request->arena);
}

void tmesh_gateway_task_get(tmesh_gateway_t *self, tmesh_gateway_command_t *command)
{
    tmesh_query_task_request_t request = {0};
    tmesh_gateway_read_include(&command->body, &request.with_context, &request.with_steps);
    read_task_id(command, &request);
    query_task(self, command, &request);
}

void tmesh_gateway_task_steps(tmesh_gateway_t *self, tmesh_gateway_command_t *command)
{
    tmesh_query_task_request_t request = {.with_steps = true, .steps_only = true};
    read_task_id(command, &request);
    query_task(self, command, &request);
}

void tmesh_gateway_step_get(tmesh_gateway_t *self, tmesh_gateway_command_t *command)
{
    tmesh_step_id_t id;
    (void)tmesh_body_uuid(&command->body, "step_uuid", TMESH_BODY_NEEDED, id.bytes);
    tmesh_query_task_request_t request = {
        .task_id = tmesh_task_id_of_step(id), .one_step = true, .step_id = id};
    query_task(self, command, &request);
}

// ---- TASK.LIST

static void on_tasks(void *object, const tmesh_query_tasks_answer_t *answer)
{
    tmesh_gateway_t *self = object;
    tmesh_gateway_pending_t *pending =
        tmesh_gateway_answered(self, answer->tag, answer->err, answer->fault);
    if (!pending) return;
    tmesh_gateway_reply_encoded(self, &pending->to, TMESH_STATUS_OK, &answer->reply->encoded);
    tmesh_gateway_release(self, &pending);
}

void tmesh_gateway_task_list(tmesh_gateway_t *self, tmesh_gateway_command_t *command)
{
    tmesh_body_t *body = &command->body;
    tmesh_query_tasks_request_t request = {0};
    tmesh_gateway_read_filter(body, &request.filter);
    request.filter.limit =
        (uint32_t)tmesh_body_integer(body, "limit", 1, LIST_LIMIT_MAX, LIST_LIMIT_DEFAULT);
    if (command->fault) return;
    tmesh_gateway_pending_t *pending = tmesh_gateway_hold(self, &command->from, NULL, NULL);
    request.arena = tmesh_gateway_give_arena(self, command, false);
    tmesh_err_t err = tmesh_ask_query_tasks(self->context, &request, on_tasks, pending->tag);
    tmesh_gateway_asked(self, pending, err, &request.arena);
}
