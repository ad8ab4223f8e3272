// STEP.AUDIT: what workers said of a step, run by run.
#include "actors/gateway_parts.h"

static void on_audit(void *object, const tmesh_query_audit_answer_t *answer)
{
    tmesh_gateway_t *self = object;
    tmesh_gateway_pending_t *pending =
        tmesh_gateway_answered(self, answer->tag, answer->err, answer->fault);
    if (!pending) return;
    tmesh_gateway_reply_encoded(self, &pending->to, TMESH_STATUS_OK, &answer->reply->encoded);
    tmesh_gateway_release(self, &pending);
}

void tmesh_gateway_step_audit(tmesh_gateway_t *self, tmesh_gateway_command_t *command)
{
    tmesh_query_audit_request_t request = {0};
    (void)tmesh_body_uuid(&command->body, "step_uuid", TMESH_BODY_NEEDED, request.step_id.bytes);
    if (command->fault) return;
    tmesh_gateway_pending_t *pending = tmesh_gateway_hold(self, &command->from, NULL, NULL);
    tmesh_err_t err = tmesh_ask_query_audit(self->context, &request, on_audit, pending->tag);
    tmesh_gateway_asked(self, pending, err, &request.arena);
}
