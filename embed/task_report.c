#include "embed/task_report.h"

#include <stdio.h>
#include <string.h>

#include "runtime/base/memory.h"

enum { POINTER_BYTES = 64 };

// What the host sees of it, and what that lives from.
typedef struct {
    tmesh_runtime_task_t view; // first, so that it leads back here
    tmesh_answer_t *answer;
    tmesh_runtime_step_t steps[];
} report_t;

static const char *text(const tmesh_answer_t *answer, const char *pointer)
{
    const char *value = tmesh_answer_text(answer, pointer);
    return value ? value : "";
}

static const char *step_text(const tmesh_answer_t *answer, size_t index, const char *field)
{
    char pointer[POINTER_BYTES];
    snprintf(pointer, sizeof pointer, "/steps/%zu/%s", index, field);
    return text(answer, pointer);
}

static tmesh_runtime_step_t read_step(const tmesh_answer_t *answer, size_t index)
{
    char attempts[POINTER_BYTES];
    char results[POINTER_BYTES];
    snprintf(attempts, sizeof attempts, "/steps/%zu/attempts", index);
    snprintf(results, sizeof results, "/steps/%zu/results", index);
    return (tmesh_runtime_step_t){
        .step_uuid = step_text(answer, index, "step_uuid"),
        .name = step_text(answer, index, "name"),
        .callable = step_text(answer, index, "callable"),
        .state = step_text(answer, index, "current_state"),
        .attempts = tmesh_answer_integer(answer, attempts, 0),
        .result = tmesh_answer_payload(answer, results),
        .error_code = step_text(answer, index, "error/code"),
        .error_message = step_text(answer, index, "error/message"),
        .waiting_reason = step_text(answer, index, "waiting_reason"),
    };
}

tmesh_runtime_task_t *tmesh_task_report_new(tmesh_answer_t **answer_p)
{
    tmesh_answer_t *answer = *answer_p;
    *answer_p = NULL;
    size_t count = tmesh_answer_count(answer, "/steps");
    report_t *self = tmesh_alloc(sizeof *self + count * sizeof *self->steps);
    self->answer = answer;
    for (size_t i = 0; i < count; i++) self->steps[i] = read_step(answer, i);
    self->view = (tmesh_runtime_task_t){
        .task_uuid = text(answer, "/task_uuid"),
        .namespace_name = text(answer, "/namespace"),
        .name = text(answer, "/name"),
        .version = text(answer, "/version"),
        .status = text(answer, "/status"),
        .settled = (int)tmesh_answer_integer(answer, "/settled", 0),
        .ended = (int)tmesh_answer_integer(answer, "/ended", 0),
        .waiting_reason = text(answer, "/waiting_reason"),
        .context = tmesh_answer_payload(answer, "/context"),
        .steps = self->steps,
        .step_count = count,
    };
    return &self->view;
}

const tmesh_runtime_step_t *tmesh_runtime_task_step(const tmesh_runtime_task_t *self,
                                                    const char *name)
{
    for (size_t i = 0; i < self->step_count; i++) {
        if (strcmp(self->steps[i].name, name) == 0) return &self->steps[i];
    }
    return NULL;
}

void tmesh_runtime_task_destroy(tmesh_runtime_task_t **self_p)
{
    report_t *self = (report_t *)*self_p;
    if (!self) return;
    tmesh_answer_destroy(&self->answer);
    tmesh_free(self);
    *self_p = NULL;
}
