// What a handler says and asks of its step: include/taskmesh/runtime.h, tmesh_step_... Commands that are
// answered go through a client, on the handler's own thread; the rest is for the session to send.
#include "client/answer.h"
#include "client/checkpoint_text.h"
#include "client/inside.h"
#include "embed/failure.h"
#include "embed/jobs.h"
#include "runtime/base/memory.h"
#include "services/wire/status.h"
#include "services/wire/writer.h"

// ---- Answers ------------------------------------------------------------------------------------

void tmesh_step_succeed(tmesh_step_reply_t *self, tmesh_view_t result)
{
    tmesh_bytes_t copy =
        result.data ? tmesh_arena_bytes(self->arena, tmesh_bytes(result.data, result.size))
                    : TMESH_BYTES_NONE;
    self->result = tmesh_view(copy.data, copy.size);
    self->answer = TMESH_JOB_SUCCEEDED;
}

void tmesh_step_fail(tmesh_step_reply_t *self, const tmesh_worker_failure_t *failure)
{
    self->failure = *failure;
    self->failure.message = tmesh_arena_text(self->arena, failure->message);
    self->failure.code = tmesh_arena_text(self->arena, failure->code);
    self->failure.error_type = tmesh_arena_text(self->arena, failure->error_type);
    self->answer = TMESH_JOB_FAILED;
}

void tmesh_step_hand_over(tmesh_step_reply_t *self)
{
    self->answer = TMESH_JOB_HANDED_OVER;
}

int tmesh_step_is_cancelled(const tmesh_step_reply_t *self)
{
    return self->cancel_reason != NULL;
}

const char *tmesh_step_cancel_reason(const tmesh_step_reply_t *self)
{
    return self->cancel_reason;
}

// ---- Asking -------------------------------------------------------------------------------------

static void write_fence(tmesh_writer_t *writer, const tmesh_job_t *self)
{
    tmesh_writer_text(writer, "step_uuid", self->run->step_uuid);
    tmesh_writer_integer(writer, "run", self->run->run);
    tmesh_writer_text(writer, "run_token", self->run->run_token);
}

// 0 and the answer (yours), or -1 with *error. A run that is over is heeded as if it was cancelled.
static int ask(tmesh_job_t *self, const char *command, const tmesh_buffer_t *body,
               const tmesh_view_t *payload, tmesh_answer_t **answer_p, tmesh_error_t *error)
{
    tmesh_clients_t *clients = tmesh_jobs_clients(self->jobs);
    tmesh_client_t *client = tmesh_clients_take(clients);
    tmesh_auto(tmesh_answer) answer = tmesh_client_request(
        client, command, tmesh_view(body->data, body->size), payload, payload ? 1 : 0);
    tmesh_clients_give_back(clients, &client);
    if (tmesh_answer_is_ok(answer)) {
        *answer_p = answer;
        answer = NULL;
        return 0;
    }
    int status = tmesh_answer_status(answer);
    if (status == TMESH_STATUS_CONFLICT || status == TMESH_STATUS_NOT_FOUND) {
        tmesh_jobs_tell_cancelled(self->jobs, self, tmesh_answer_error_code(answer));
    }
    return tmesh_failure_of_answer(answer, error);
}

// ---- Checkpoints --------------------------------------------------------------------------------

// `json` gets what was saved.
static int save(tmesh_job_t *self, const tmesh_checkpoint_t *checkpoint, tmesh_buffer_t *json,
                tmesh_error_t *error)
{
    tmesh_auto(tmesh_fault) fault = NULL;
    if (tmesh_checkpoint_text_write(checkpoint, json, &fault)) {
        return tmesh_failure_of_fault(fault, error);
    }
    tmesh_auto(tmesh_buffer) body = tmesh_buffer_new();
    tmesh_writer_t writer = tmesh_writer(body);
    tmesh_writer_open_object(&writer, NULL);
    write_fence(&writer, self);
    tmesh_writer_frame(&writer, "checkpoint", 0);
    tmesh_writer_close_object(&writer);
    const tmesh_view_t payload = tmesh_view(json->data, json->size);
    tmesh_auto(tmesh_answer) answer = NULL;
    return ask(self, "STEP.CHECKPOINT", body, &payload, &answer, error);
}

int tmesh_step_checkpoint(tmesh_step_reply_t *self, const tmesh_checkpoint_t *checkpoint,
                          tmesh_error_t *error)
{
    tmesh_auto(tmesh_buffer) json = tmesh_buffer_new();
    return save(self, checkpoint, json, error);
}

// What run->checkpoint shows now may be what this one is made of, so it stays until the handler is
// called again.
int tmesh_step_yield(tmesh_step_reply_t *self, const tmesh_checkpoint_t *checkpoint,
                     tmesh_error_t *error)
{
    tmesh_auto(tmesh_buffer) json = tmesh_buffer_new();
    if (save(self, checkpoint, json, error)) return -1;
    tmesh_buffer_destroy(&self->next_checkpoint);
    self->next_checkpoint = json;
    json = NULL;
    self->answer = TMESH_JOB_YIELDED;
    return 0;
}

// ---- Beats and inputs ---------------------------------------------------------------------------

int tmesh_step_beat(tmesh_step_reply_t *self, tmesh_view_t progress, tmesh_error_t *error)
{
    tmesh_auto(tmesh_fault) fault = NULL;
    if (tmesh_worker_check_progress(progress, &fault)) return tmesh_failure_of_fault(fault, error);
    tmesh_auto(tmesh_buffer) copy = NULL;
    if (progress.data) {
        copy = tmesh_buffer_new();
        tmesh_buffer_add(copy, progress.data, progress.size);
    }
    tmesh_jobs_beat(self->jobs, self, &copy);
    return 0;
}

int tmesh_step_inputs(tmesh_step_reply_t *self, const char *const *names, size_t name_count,
                      tmesh_inputs_t *inputs, tmesh_error_t *error)
{
    tmesh_auto(tmesh_buffer) body = tmesh_buffer_new();
    tmesh_writer_t writer = tmesh_writer(body);
    tmesh_writer_open_object(&writer, NULL);
    write_fence(&writer, self);
    if (name_count > 0) {
        tmesh_writer_open_array(&writer, "names");
        for (size_t i = 0; i < name_count; i++) tmesh_writer_text(&writer, NULL, names[i]);
        tmesh_writer_close_array(&writer);
    }
    tmesh_writer_close_object(&writer);
    tmesh_answer_t *answer = NULL;
    if (ask(self, "STEP.INPUTS", body, NULL, &answer, error)) return -1;
    tmesh_answer_destroy(&self->inputs);
    self->inputs = answer;
    *inputs = (tmesh_inputs_t){
        .is_truncated = (int)tmesh_answer_integer(answer, "/truncated", 0),
    };
    inputs->count = tmesh_answer_results(answer, "inputs", &inputs->names, &inputs->results);
    return 0;
}
