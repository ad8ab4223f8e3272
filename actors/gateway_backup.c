// BACKUP: asks the archivist to go on until its copy of the store is done.
#include "actors/gateway_parts.h"
#include "runtime/base/memory.h"

enum { FILE_CHARS_MAX = 4095 };

static void reply_done(tmesh_gateway_t *self, const tmesh_frames_address_t *to,
                       const tmesh_back_up_reply_t *reply)
{
    tmesh_auto(tmesh_buffer) body = tmesh_buffer_new();
    tmesh_writer_t writer = tmesh_writer(body);
    tmesh_writer_open_object(&writer, NULL);
    tmesh_writer_text(&writer, "file", reply->file);
    tmesh_writer_integer(&writer, "bytes", (int64_t)reply->bytes);
    tmesh_writer_integer(&writer, "pages", (int64_t)reply->pages);
    tmesh_writer_integer(&writer, "tasks", (int64_t)reply->tasks);
    tmesh_writer_integer(&writer, "duration_ms", reply->duration_ms);
    tmesh_writer_close_object(&writer);
    tmesh_gateway_reply(self, to, TMESH_STATUS_OK, body);
}

static void ask(tmesh_gateway_t *self, tmesh_gateway_pending_t *pending,
                tmesh_back_up_request_t *request);

static void on_backup(void *object, const tmesh_back_up_answer_t *answer)
{
    tmesh_gateway_t *self = object;
    tmesh_gateway_pending_t *pending =
        tmesh_gateway_answered(self, answer->tag, answer->err, answer->fault);
    if (!pending) return;
    if (!answer->reply->done && !self->closing) {
        ask(self, pending, &(tmesh_back_up_request_t){.ticket = answer->reply->ticket});
        return;
    }
    if (answer->reply->done) {
        reply_done(self, &pending->to, answer->reply);
    } else { // nobody goes on with it: it ends with its actor
        tmesh_auto(tmesh_fault) stopping = tmesh_gateway_stopping();
        tmesh_gateway_reply_fault(self, &pending->to, stopping);
    }
    tmesh_gateway_release(self, &pending);
}

static void ask(tmesh_gateway_t *self, tmesh_gateway_pending_t *pending,
                tmesh_back_up_request_t *request)
{
    tmesh_err_t err = tmesh_ask_back_up(self->context, request, on_backup, pending->tag);
    tmesh_gateway_asked(self, pending, err, &request->arena);
}

void tmesh_gateway_backup(tmesh_gateway_t *self, tmesh_gateway_command_t *command)
{
    tmesh_back_up_request_t request = {
        .file = tmesh_body_text(&command->body, "file", TMESH_BODY_NEEDED, 1, FILE_CHARS_MAX),
        .replace = tmesh_body_bool(&command->body, "replace", false),
    };
    if (command->fault) return;
    request.arena = tmesh_gateway_give_arena(self, command, false);
    ask(self, tmesh_gateway_hold(self, &command->from, NULL, NULL), &request);
}
