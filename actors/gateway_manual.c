// STEP.RESOLVE: what people do to steps (SPEC 6.4).
#include "actors/gateway_parts.h"
#include "runtime/base/memory.h"

static const char *const step_actions[] = {
    [TMESH_STEP_ACTION_RESET_FOR_RETRY] = "reset_for_retry",
    [TMESH_STEP_ACTION_RESOLVE_MANUALLY] = "resolve_manually",
    [TMESH_STEP_ACTION_COMPLETE_MANUALLY] = "complete_manually",
};

static void on_step(void *object, const tmesh_act_on_step_answer_t *answer)
{
    tmesh_gateway_t *self = object;
    tmesh_gateway_pending_t *pending =
        tmesh_gateway_answered(self, answer->tag, answer->err, answer->fault);
    if (!pending) return;
    const tmesh_step_id_t step_id = answer->request->step_id;
    const tmesh_task_id_t task_id = tmesh_task_id_of_step(step_id);
    tmesh_auto(tmesh_buffer) body = tmesh_buffer_new();
    tmesh_writer_t writer = tmesh_writer(body);
    tmesh_writer_open_object(&writer, NULL);
    tmesh_writer_uuid(&writer, "step_uuid", step_id.bytes);
    tmesh_writer_text(&writer, "current_state", tmesh_step_state_word(answer->reply->state));
    tmesh_writer_uuid(&writer, "task_uuid", task_id.bytes);
    tmesh_writer_text(&writer, "status", tmesh_task_state_word(answer->reply->task_state));
    tmesh_writer_close_object(&writer);
    tmesh_gateway_reply(self, &pending->to, TMESH_STATUS_OK, body);
    tmesh_gateway_release(self, &pending);
}

// Judged as a worker's result is, but refused instead of failing the step: a person can correct it.
static tmesh_bytes_t read_result(tmesh_body_t *body, tmesh_step_action_t action)
{
    tmesh_bytes_t result = tmesh_body_frame(body, "result", TMESH_BODY_OPTIONAL);
    if (!result.data) return TMESH_BYTES_NONE;
    if (action != TMESH_STEP_ACTION_COMPLETE_MANUALLY) {
        tmesh_body_object_to(body, "result", "contradiction",
                             "only complete_manually takes a result");
        return TMESH_BYTES_NONE;
    }
    if (*body->fault_p) return TMESH_BYTES_NONE;
    bool usable =
        !tmesh_json_check(result, &tmesh_json_limits_result, "/result", body->fault_p);
    return usable ? result : TMESH_BYTES_NONE;
}

void tmesh_gateway_step_resolve(tmesh_gateway_t *self, tmesh_gateway_command_t *command)
{
    tmesh_body_t *body = &command->body;
    tmesh_act_on_step_request_t request = {
        .action = (tmesh_step_action_t)tmesh_gateway_read_action(body, step_actions,
                                                                 TMESH_COUNT_OF(step_actions)),
        .reason = tmesh_gateway_read_reason(body),
        .by = tmesh_gateway_read_by(body),
    };
    (void)tmesh_body_uuid(body, "step_uuid", TMESH_BODY_NEEDED, request.step_id.bytes);
    request.result = read_result(body, request.action);
    if (command->fault) return;
    tmesh_gateway_pending_t *pending = tmesh_gateway_hold(self, &command->from, NULL, NULL);
    request.arena = tmesh_gateway_give_arena(self, command, true);
    tmesh_err_t err = tmesh_ask_act_on_step(self->context, &request, on_step, pending->tag);
    tmesh_gateway_asked(self, pending, err, &request.arena);
}
