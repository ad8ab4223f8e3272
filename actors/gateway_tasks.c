// TASK.GET, TASK.STEPS, STEP.GET, TASK.LIST and TASK.CANCEL.
#include <string.h>

#include "actors/gateway_parts.h"
#include "runtime/base/memory.h"

enum {
    NAME_CHARS_MAX = 255,
    REASON_CHARS_MAX = 500,
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

static tmesh_task_state_t read_status(tmesh_body_t *body)
{
    const char *word = tmesh_body_text(body, "status", TMESH_BODY_OPTIONAL, 1, NAME_CHARS_MAX);
    if (!word) return TMESH_TASK_NONE;
    tmesh_task_state_t state = tmesh_task_state_parse(word);
    if (state == TMESH_TASK_NONE) {
        tmesh_body_object_to(body, "status", "unknown_value", "no task has such a status");
    }
    return state;
}

void tmesh_gateway_task_list(tmesh_gateway_t *self, tmesh_gateway_command_t *command)
{
    tmesh_body_t *body = &command->body;
    tmesh_query_tasks_request_t request = {
        .namespace_name =
            tmesh_body_text(body, "namespace", TMESH_BODY_OPTIONAL, 1, NAME_CHARS_MAX),
        .name = tmesh_body_text(body, "name", TMESH_BODY_OPTIONAL, 1, NAME_CHARS_MAX),
        .state = read_status(body),
        .limit = (uint32_t)tmesh_body_integer(body, "limit", 1, LIST_LIMIT_MAX, LIST_LIMIT_DEFAULT),
    };
    request.has_after =
        tmesh_body_uuid(body, "after", TMESH_BODY_OPTIONAL, request.after.bytes);
    if (command->fault) return;
    tmesh_gateway_pending_t *pending = tmesh_gateway_hold(self, &command->from, NULL, NULL);
    request.arena = tmesh_gateway_give_arena(command, false);
    tmesh_err_t err = tmesh_ask_query_tasks(self->context, &request, on_tasks, pending->tag);
    tmesh_gateway_asked(self, pending, err, &request.arena);
}

// ---- TASK.CANCEL

static void on_cancelled(void *object, const tmesh_cancel_task_answer_t *answer)
{
    tmesh_gateway_t *self = object;
    tmesh_gateway_pending_t *pending =
        tmesh_gateway_answered(self, answer->tag, answer->err, answer->fault);
    if (!pending) return;
    tmesh_auto(tmesh_buffer) body = tmesh_buffer_new();
    tmesh_writer_t writer = tmesh_writer(body);
    tmesh_writer_open_object(&writer, NULL);
    tmesh_writer_uuid(&writer, "task_uuid", answer->request->task_id.bytes);
    tmesh_writer_text(&writer, "status", tmesh_task_state_word(answer->reply->state));
    tmesh_writer_integer(&writer, "cancelled_steps", answer->reply->cancelled_steps);
    tmesh_writer_close_object(&writer);
    tmesh_gateway_reply(self, &pending->to, TMESH_STATUS_OK, body);
    tmesh_gateway_release(self, &pending);
}

void tmesh_gateway_task_cancel(tmesh_gateway_t *self, tmesh_gateway_command_t *command)
{
    tmesh_body_t *body = &command->body;
    tmesh_cancel_task_request_t request = {
        .reason = tmesh_body_text(body, "reason", TMESH_BODY_OPTIONAL, 0, REASON_CHARS_MAX),
        .by = tmesh_body_text(body, "by", TMESH_BODY_OPTIONAL, 0, NAME_CHARS_MAX),
    };
    (void)tmesh_body_uuid(body, "task_uuid", TMESH_BODY_NEEDED, request.task_id.bytes);
    if (command->fault) return;
    tmesh_gateway_pending_t *pending = tmesh_gateway_hold(self, &command->from, NULL, NULL);
    request.arena = tmesh_gateway_give_arena(command, false);
    tmesh_err_t err = tmesh_ask_cancel_task(self->context, &request, on_cancelled, pending->tag);
    tmesh_gateway_asked(self, pending, err, &request.arena);
}
