// What a host asks of its runtime: the commands of client.h, through a client of its own process.
#include <stdio.h>

#include "embed/failure.h"
#include "embed/runtime_private.h"
#include "embed/task_report.h"
#include "runtime/base/memory.h"
#include "services/templates/files.h"

// Settles an answer (ours): 0 or -1 with *error. On success it stays, for more to be read.
static int settle(tmesh_answer_t *answer, tmesh_error_t *error)
{
    return tmesh_answer_is_ok(answer) ? 0 : tmesh_failure_of_answer(answer, error);
}

// ---- Templates ----------------------------------------------------------------------------------

int tmesh_runtime_put_template(tmesh_runtime_t *self, const char *file, tmesh_view_t source,
                               tmesh_error_t *error)
{
    tmesh_client_t *client = tmesh_clients_take(self->clients);
    tmesh_auto(tmesh_answer) answer = tmesh_client_put_template(client, file, source);
    tmesh_clients_give_back(self->clients, &client);
    return settle(answer, error);
}

typedef struct {
    tmesh_runtime_t *runtime;
    size_t registered;
    bool has_failed;
    tmesh_error_t error; // the first
} loading_t;

static void put_file(void *object, const char *file, tmesh_definition_t **definition_p,
                     tmesh_template_report_t *report)
{
    (void)definition_p; // registered from its text, by the rules of this runtime
    loading_t *self = object;
    tmesh_error_t error;
    if (report->source.data) {
        const tmesh_view_t source = tmesh_view(report->source.data, report->source.size);
        if (tmesh_runtime_put_template(self->runtime, file, source, &error) == 0) {
            self->registered++;
            return;
        }
    } else {
        (void)tmesh_failure_new("unreadable_file", file, report->issues[0].message, &error);
    }
    if (!self->has_failed) self->error = error;
    self->has_failed = true;
}

int tmesh_runtime_load_templates(tmesh_runtime_t *self, const char *path, size_t *count_p,
                                 tmesh_error_t *error)
{
    loading_t loading = {.runtime = self};
    tmesh_template_files_load(path, NULL, put_file, &loading);
    if (count_p) *count_p = loading.registered;
    if (!loading.has_failed) return 0;
    if (error) *error = loading.error;
    return -1;
}

// ---- Tasks --------------------------------------------------------------------------------------

int tmesh_runtime_submit(tmesh_runtime_t *self, const tmesh_client_task_t *task,
                         char task_uuid[TMESH_UUID_BYTES], tmesh_error_t *error)
{
    tmesh_client_t *client = tmesh_clients_take(self->clients);
    tmesh_auto(tmesh_answer) answer = tmesh_client_submit(client, task);
    tmesh_clients_give_back(self->clients, &client);
    if (settle(answer, error)) return -1;
    snprintf(task_uuid, TMESH_UUID_BYTES, "%s", tmesh_answer_text(answer, "/task_uuid"));
    return 0;
}

// Takes the answer.
static int report(tmesh_answer_t *answer, tmesh_runtime_task_t **task_p, tmesh_error_t *error)
{
    if (settle(answer, error)) {
        tmesh_answer_destroy(&answer);
        return -1;
    }
    *task_p = tmesh_task_report_new(&answer);
    return 0;
}

int tmesh_runtime_wait(tmesh_runtime_t *self, const char *task_uuid, int64_t wait_ms,
                       tmesh_runtime_task_t **task_p, tmesh_error_t *error)
{
    tmesh_client_t *client = tmesh_clients_take(self->clients);
    tmesh_answer_t *answer =
        tmesh_client_wait(client, task_uuid, TMESH_TASK_REPORT_INCLUDE, wait_ms);
    tmesh_clients_give_back(self->clients, &client);
    return report(answer, task_p, error);
}

int tmesh_runtime_get(tmesh_runtime_t *self, const char *task_uuid, tmesh_runtime_task_t **task_p,
                      tmesh_error_t *error)
{
    tmesh_client_t *client = tmesh_clients_take(self->clients);
    tmesh_answer_t *answer = tmesh_client_get(client, task_uuid, TMESH_TASK_REPORT_INCLUDE);
    tmesh_clients_give_back(self->clients, &client);
    return report(answer, task_p, error);
}

int tmesh_runtime_cancel(tmesh_runtime_t *self, const char *task_uuid, const char *reason,
                         tmesh_error_t *error)
{
    tmesh_client_t *client = tmesh_clients_take(self->clients);
    tmesh_auto(tmesh_answer) answer = tmesh_client_cancel(client, task_uuid, reason, NULL);
    tmesh_clients_give_back(self->clients, &client);
    return settle(answer, error);
}

int tmesh_runtime_finish(tmesh_runtime_t *self, const tmesh_client_result_t *result,
                         tmesh_error_t *error)
{
    tmesh_client_t *client = tmesh_clients_take(self->clients);
    tmesh_auto(tmesh_answer) answer = tmesh_client_finish(client, result);
    tmesh_clients_give_back(self->clients, &client);
    return settle(answer, error);
}

tmesh_answer_t *tmesh_runtime_request(tmesh_runtime_t *self, const char *command,
                                      tmesh_view_t body, const tmesh_view_t *payloads,
                                      size_t payload_count)
{
    tmesh_client_t *client = tmesh_clients_take(self->clients);
    tmesh_answer_t *answer = tmesh_client_request(client, command, body, payloads, payload_count);
    tmesh_clients_give_back(self->clients, &client);
    return answer;
}
