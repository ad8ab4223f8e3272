// STEP.RESOLVE, TASK.RESOLVE, TASK.PAUSE and TASK.RESUME: what people do to steps and tasks
// (SPEC 4.8, 6.4).
#include "actors/gateway_parts.h"
#include "runtime/base/memory.h"

enum { NAME_CHARS_MAX = 255, REASON_CHARS_MAX = 500 };

static const char *const step_actions[] = {
    [TMESH_STEP_ACTION_RESET_FOR_RETRY] = "reset_for_retry",
    [TMESH_STEP_ACTION_RESOLVE_MANUALLY] = "resolve_manually",
    [TMESH_STEP_ACTION_COMPLETE_MANUALLY] = "complete_manually",
};
static const char *const task_actions[] = {
    [TMESH_TASK_ACTION_GIVE_UP] = "give_up",
    [TMESH_TASK_ACTION_RESOLVE] = "resolve",
    [TMESH_TASK_ACTION_RESET] = "reset",
};

static size_t read_action(tmesh_body_t *body, const char *const *words, size_t count)
{
    if (!tmesh_body_has(body, "action")) {
        tmesh_body_object_to(body, "action", "missing_field", "\"action\" is needed");
        return 0;
    }
    return tmesh_body_word(body, "action", words, count, 0);
}

static const char *read_reason(tmesh_body_t *body)
{
    return tmesh_body_text(body, "reason", TMESH_BODY_OPTIONAL, 0, REASON_CHARS_MAX);
}

static const char *read_by(tmesh_body_t *body)
{
    return tmesh_body_text(body, "by", TMESH_BODY_OPTIONAL, 0, NAME_CHARS_MAX);
}

// ---- STEP.RESOLVE

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
        .action = (tmesh_step_action_t)read_action(body, step_actions,
                                                   TMESH_COUNT_OF(step_actions)),
        .reason = read_reason(body),
        .by = read_by(body),
    };
    (void)tmesh_body_uuid(body, "step_uuid", TMESH_BODY_NEEDED, request.step_id.bytes);
    request.result = read_result(body, request.action);
    if (command->fault) return;
    tmesh_gateway_pending_t *pending = tmesh_gateway_hold(self, &command->from, NULL, NULL);
    request.arena = tmesh_gateway_give_arena(command, true);
    tmesh_err_t err = tmesh_ask_act_on_step(self->context, &request, on_step, pending->tag);
    tmesh_gateway_asked(self, pending, err, &request.arena);
}

// ---- TASK.RESOLVE

static void on_task(void *object, const tmesh_act_on_task_answer_t *answer)
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
    tmesh_writer_integer(&writer, "reset_steps", answer->reply->reset_steps);
    tmesh_writer_bool(&writer, "paused", answer->reply->paused_ms != 0);
    tmesh_writer_close_object(&writer);
    tmesh_gateway_reply(self, &pending->to, TMESH_STATUS_OK, body);
    tmesh_gateway_release(self, &pending);
}

// Reads what all have, and asks.
static void act_on_task(tmesh_gateway_t *self, tmesh_gateway_command_t *command,
                        tmesh_task_action_t action)
{
    tmesh_body_t *body = &command->body;
    tmesh_act_on_task_request_t request = {
        .action = action,
        .reason = read_reason(body),
        .by = read_by(body),
    };
    (void)tmesh_body_uuid(body, "task_uuid", TMESH_BODY_NEEDED, request.task_id.bytes);
    if (command->fault) return;
    tmesh_gateway_pending_t *pending = tmesh_gateway_hold(self, &command->from, NULL, NULL);
    request.arena = tmesh_gateway_give_arena(command, false);
    tmesh_err_t err = tmesh_ask_act_on_task(self->context, &request, on_task, pending->tag);
    tmesh_gateway_asked(self, pending, err, &request.arena);
}

void tmesh_gateway_task_resolve(tmesh_gateway_t *self, tmesh_gateway_command_t *command)
{
    size_t action = read_action(&command->body, task_actions, TMESH_COUNT_OF(task_actions));
    act_on_task(self, command, (tmesh_task_action_t)action);
}

void tmesh_gateway_task_pause(tmesh_gateway_t *self, tmesh_gateway_command_t *command)
{
    act_on_task(self, command, TMESH_TASK_ACTION_PAUSE);
}

void tmesh_gateway_task_resume(tmesh_gateway_t *self, tmesh_gateway_command_t *command)
{
    act_on_task(self, command, TMESH_TASK_ACTION_RESUME);
}
