// TEMPLATE.PUT, TEMPLATE.GET and TEMPLATE.LIST.
#include "actors/gateway_parts.h"
#include "runtime/base/memory.h"

enum { NAME_CHARS_MAX = 255 };

static void write_put(tmesh_writer_t *writer, const tmesh_put_template_reply_t *reply)
{
    tmesh_writer_open_object(writer, NULL);
    tmesh_writer_text(writer, "namespace", reply->namespace_name);
    tmesh_writer_text(writer, "name", reply->name);
    tmesh_writer_text(writer, "version", reply->version);
    tmesh_writer_text(writer, "hash", reply->hash);
    tmesh_writer_integer(writer, "steps", reply->step_count);
    tmesh_writer_json(writer, "warnings",
                      tmesh_bytes_of_text(reply->issues_json ? reply->issues_json : "[]"));
    tmesh_writer_close_object(writer);
}

static void on_put(void *object, const tmesh_put_template_answer_t *answer)
{
    tmesh_gateway_t *self = object;
    tmesh_gateway_pending_t *pending =
        tmesh_gateway_answered(self, answer->tag, answer->err, answer->fault);
    if (!pending) return;
    tmesh_auto(tmesh_buffer) body = tmesh_buffer_new();
    tmesh_writer_t writer = tmesh_writer(body);
    write_put(&writer, answer->reply);
    int status = answer->reply->created ? TMESH_STATUS_CREATED : TMESH_STATUS_OK;
    tmesh_gateway_reply(self, &pending->to, status, body);
    tmesh_gateway_release(self, &pending);
}

void tmesh_gateway_template_put(tmesh_gateway_t *self, tmesh_gateway_command_t *command)
{
    tmesh_body_t *body = &command->body;
    const char *file = tmesh_body_text(body, "file", TMESH_BODY_OPTIONAL, 1, NAME_CHARS_MAX);
    tmesh_put_template_request_t request = {
        .file = file ? file : "template",
        .text = tmesh_body_frame(body, "source", TMESH_BODY_NEEDED),
    };
    if (command->fault) return;
    tmesh_gateway_pending_t *pending = tmesh_gateway_hold(self, &command->from, NULL, NULL);
    request.arena = tmesh_gateway_give_arena(self, command, true);
    tmesh_err_t err = tmesh_ask_put_template(self->context, &request, on_put, pending->tag);
    tmesh_gateway_asked(self, pending, err, &request.arena);
}

static void on_templates(void *object, const tmesh_query_templates_answer_t *answer)
{
    tmesh_gateway_t *self = object;
    tmesh_gateway_pending_t *pending =
        tmesh_gateway_answered(self, answer->tag, answer->err, answer->fault);
    if (!pending) return;
    tmesh_gateway_reply_encoded(self, &pending->to, TMESH_STATUS_OK, &answer->reply->encoded);
    tmesh_gateway_release(self, &pending);
}

static void query_templates(tmesh_gateway_t *self, tmesh_gateway_command_t *command,
                            tmesh_query_templates_request_t *request)
{
    if (command->fault) return;
    tmesh_gateway_pending_t *pending = tmesh_gateway_hold(self, &command->from, NULL, NULL);
    request->arena = tmesh_gateway_give_arena(self, command, false);
    tmesh_err_t err = tmesh_ask_query_templates(self->context, request, on_templates, pending->tag);
    tmesh_gateway_asked(self, pending, err, &request->arena);
}

void tmesh_gateway_template_get(tmesh_gateway_t *self, tmesh_gateway_command_t *command)
{
    tmesh_body_t *body = &command->body;
    tmesh_query_templates_request_t request = {
        .namespace_name = tmesh_body_text(body, "namespace", TMESH_BODY_NEEDED, 1, NAME_CHARS_MAX),
        .name = tmesh_body_text(body, "name", TMESH_BODY_NEEDED, 1, NAME_CHARS_MAX),
        .version = tmesh_body_text(body, "version", TMESH_BODY_OPTIONAL, 1, NAME_CHARS_MAX),
    };
    query_templates(self, command, &request);
}

void tmesh_gateway_template_list(tmesh_gateway_t *self, tmesh_gateway_command_t *command)
{
    tmesh_query_templates_request_t request = {
        .namespace_name = tmesh_body_text(&command->body, "namespace", TMESH_BODY_OPTIONAL, 1,
                                          NAME_CHARS_MAX),
    };
    query_templates(self, command, &request);
}
