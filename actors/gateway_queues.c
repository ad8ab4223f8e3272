// QUEUE.PAUSE, QUEUE.RESUME and QUEUE.LIST: namespaces and callables in which nothing new starts.
#include "actors/gateway_parts.h"
#include "runtime/base/memory.h"

enum { NAME_CHARS_MAX = 500 };

static void on_acted(void *object, const tmesh_act_on_queue_answer_t *answer)
{
    tmesh_gateway_t *self = object;
    if (!answer->err && answer->request->pause) {
        tmesh_dispatch_return_unserved(self->dispatch);
    }
    tmesh_gateway_pending_t *pending =
        tmesh_gateway_answered(self, answer->tag, answer->err, answer->fault);
    if (!pending) return;
    tmesh_auto(tmesh_buffer) body = tmesh_buffer_new();
    tmesh_writer_t writer = tmesh_writer(body);
    tmesh_writer_open_object(&writer, NULL);
    tmesh_writer_text(&writer, "namespace", answer->request->namespace_name);
    tmesh_writer_text(&writer, "callable", answer->request->callable);
    tmesh_writer_bool(&writer, "paused", answer->request->pause);
    tmesh_writer_bool(&writer, "changed", answer->reply->changed);
    tmesh_writer_close_object(&writer);
    tmesh_gateway_reply(self, &pending->to, TMESH_STATUS_OK, body);
    tmesh_gateway_release(self, &pending);
}

static void act(tmesh_gateway_t *self, tmesh_gateway_command_t *command, bool pause)
{
    tmesh_body_t *body = &command->body;
    tmesh_act_on_queue_request_t request = {
        .pause = pause,
        .namespace_name = tmesh_body_text(body, "namespace", TMESH_BODY_NEEDED, 1, NAME_CHARS_MAX),
        .callable = tmesh_body_text(body, "callable", TMESH_BODY_OPTIONAL, 1, NAME_CHARS_MAX),
        .reason = tmesh_gateway_read_reason(body),
        .by = tmesh_gateway_read_by(body),
    };
    if (command->fault) return;
    request.arena = tmesh_gateway_give_arena(self, command, false);
    tmesh_gateway_pending_t *pending = tmesh_gateway_hold(self, &command->from, NULL, NULL);
    tmesh_err_t err = tmesh_ask_act_on_queue(self->context, &request, on_acted, pending->tag);
    tmesh_gateway_asked(self, pending, err, &request.arena);
}

void tmesh_gateway_queue_pause(tmesh_gateway_t *self, tmesh_gateway_command_t *command)
{
    act(self, command, true);
}

void tmesh_gateway_queue_resume(tmesh_gateway_t *self, tmesh_gateway_command_t *command)
{
    act(self, command, false);
}

static void on_list(void *object, const tmesh_query_queues_answer_t *answer)
{
    tmesh_gateway_t *self = object;
    tmesh_gateway_pending_t *pending =
        tmesh_gateway_answered(self, answer->tag, answer->err, answer->fault);
    if (!pending) return;
    tmesh_gateway_reply_encoded(self, &pending->to, TMESH_STATUS_OK, &answer->reply->encoded);
    tmesh_gateway_release(self, &pending);
}

void tmesh_gateway_queue_list(tmesh_gateway_t *self, tmesh_gateway_command_t *command)
{
    tmesh_query_queues_request_t request = {0};
    tmesh_gateway_pending_t *pending = tmesh_gateway_hold(self, &command->from, NULL, NULL);
    tmesh_err_t err = tmesh_ask_query_queues(self->context, &request, on_list, pending->tag);
    tmesh_gateway_asked(self, pending, err, &request.arena);
}
