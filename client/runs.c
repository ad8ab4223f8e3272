// What the server sends by itself: STEP.RUN and STEP.CANCEL.
#include <stdio.h>
#include <string.h>

#include "client/named_results.h"
#include "client/worker_private.h"
#include "runtime/base/memory.h"

enum {
    RUNS_MAX = 10000,
    NAME_CHARS_MAX = 1024,
    REASON_CHARS_MAX = 4096,
};

static const char *text_of(tmesh_body_t *body, const char *key, tmesh_arena_t *arena)
{
    const char *text = tmesh_body_text(body, key, TMESH_BODY_OPTIONAL, 0, NAME_CHARS_MAX);
    return tmesh_arena_text(arena, text ? text : "");
}

// However long it is.
static const char *message_of(tmesh_body_t *body, tmesh_arena_t *arena)
{
    const char *text = json_string_value(json_object_get(body->object, "message"));
    return tmesh_arena_text(arena, text ? text : "");
}

static void read_failures(tmesh_body_t *body, tmesh_held_run_t *run)
{
    tmesh_body_t failures;
    if (!tmesh_body_object(body, "dependency_failures", TMESH_BODY_OPTIONAL, &failures)) return;
    size_t count = json_object_size(failures.object);
    if (count > TMESH_FRAMES_PAYLOADS_MAX) return;
    tmesh_worker_dependency_failure_t *rows =
        tmesh_arena_alloc(run->arena, (count + 1) * sizeof *rows);
    const char *name;
    json_t *value;
    json_object_foreach((json_t *)failures.object, name, value) {
        tmesh_body_t failure;
        if (!tmesh_body_object(&failures, name, TMESH_BODY_OPTIONAL, &failure)) continue;
        rows[run->view.dependency_failure_count++] = (tmesh_worker_dependency_failure_t){
            .name = tmesh_arena_text(run->arena, name),
            .code = text_of(&failure, "code", run->arena),
            .message = message_of(&failure, run->arena),
        };
    }
    run->view.dependency_failures = rows;
}

static tmesh_view_t or_empty_object(tmesh_view_t json)
{
    return json.data ? json : tmesh_view("{}", 2);
}

static void read_run(tmesh_body_t *body, tmesh_held_run_t *run)
{
    tmesh_worker_run_t *view = &run->view;
    view->task_uuid = text_of(body, "task_uuid", run->arena);
    view->step_uuid = text_of(body, "step_uuid", run->arena);
    view->run_token = text_of(body, "run_token", run->arena);
    view->step_name = text_of(body, "step_name", run->arena);
    view->template_step_name = text_of(body, "template_step_name", run->arena);
    view->namespace_name = text_of(body, "namespace", run->arena);
    view->task_name = text_of(body, "task_name", run->arena);
    view->task_version = text_of(body, "task_version", run->arena);
    view->callable = text_of(body, "callable", run->arena);
    view->method = text_of(body, "method", run->arena);
    view->correlation_id = text_of(body, "correlation_id", run->arena);
    view->attempt = (uint32_t)tmesh_body_integer(body, "attempt", 1, UINT32_MAX, 1);
    view->max_attempts = (uint32_t)tmesh_body_integer(body, "max_attempts", 0, UINT32_MAX, 0);
    view->priority = (int32_t)tmesh_body_integer(body, "priority", INT32_MIN, INT32_MAX, 0);
    view->timeout_ms = tmesh_body_integer(body, "timeout_ms", 0, INT64_MAX, 0);
    view->context = or_empty_object(tmesh_named_results_payload(body, "context", run->arena));
    view->initialization =
        or_empty_object(tmesh_named_results_payload(body, "initialization", run->arena));
    view->checkpoint = tmesh_named_results_payload(body, "checkpoint", run->arena);
    view->dependency_count = tmesh_named_results_read(body, "dependency_results", run->arena,
                                                      &view->dependency_names,
                                                      &view->dependency_results);
    view->ancestor_count = tmesh_named_results_read(body, "ancestor_results", run->arena,
                                                    &view->ancestor_names,
                                                    &view->ancestor_results);
    view->is_truncated = tmesh_body_bool(body, "truncated", false);
    read_failures(body, run);
}

void tmesh_worker_write_fence(tmesh_writer_t *writer, const tmesh_held_run_t *run)
{
    tmesh_writer_uuid(writer, "step_uuid", run->step_id.bytes);
    tmesh_writer_integer(writer, "run", run->view.run);
    tmesh_writer_token(writer, "run_token", run->token.bytes);
}

bool tmesh_worker_read_name(tmesh_body_t *body, tmesh_step_id_t *step_id, uint32_t *run)
{
    bool is_named = tmesh_body_uuid(body, "step_uuid", TMESH_BODY_NEEDED, step_id->bytes);
    *run = (uint32_t)tmesh_body_integer_needed(body, "run", 1, UINT32_MAX);
    return is_named && !*body->fault_p;
}

void tmesh_worker_take_runs(tmesh_worker_t *self, tmesh_body_t *body)
{
    tmesh_items_t items;
    tmesh_body_items(body, "runs", TMESH_BODY_NEEDED, 0, RUNS_MAX, &items);
    tmesh_body_t item;
    for (;;) { // ends with the items
        tmesh_auto(tmesh_fault) fault = NULL;
        if (!tmesh_items_next(&items, &fault, &item)) return;
        tmesh_step_id_t step_id;
        tmesh_run_token_t token;
        uint32_t number;
        bool is_usable = tmesh_worker_read_name(&item, &step_id, &number);
        (void)tmesh_body_token(&item, "run_token", TMESH_BODY_NEEDED, token.bytes);
        if (!is_usable || fault) {
            tmesh_worker_say(self, "run.unusable", "%s: %s", fault ? fault->where : "",
                             fault ? fault->message : "no name");
            continue;
        }
        if (tmesh_held_find(self->held, step_id, number)) continue; // told twice
        tmesh_held_run_t *run = tmesh_held_add(self->held, step_id, number);
        run->token = token;
        read_run(&item, run);
    }
}

void tmesh_worker_cancel_run(tmesh_worker_t *self, tmesh_held_run_t *run, const char *reason)
{
    switch (run->state) {
    case TMESH_HELD_QUEUED: // the program never heard of it
        tmesh_held_remove(self->held, run);
        break;
    case TMESH_HELD_RUNNING:
        snprintf(run->reason, sizeof run->reason, "%s", reason);
        tmesh_held_move(self->held, run, TMESH_HELD_CANCELLED);
        break;
    default: // told already, or the answer to its result will say so
        break;
    }
}

void tmesh_worker_take_cancels(tmesh_worker_t *self, tmesh_body_t *body)
{
    tmesh_items_t items;
    tmesh_body_items(body, "runs", TMESH_BODY_NEEDED, 0, RUNS_MAX, &items);
    tmesh_body_t item;
    for (;;) { // ends with the items
        tmesh_auto(tmesh_fault) fault = NULL;
        if (!tmesh_items_next(&items, &fault, &item)) return;
        tmesh_step_id_t step_id;
        uint32_t number;
        if (!tmesh_worker_read_name(&item, &step_id, &number)) continue;
        tmesh_held_run_t *run = tmesh_held_find(self->held, step_id, number);
        const char *reason =
            tmesh_body_text(&item, "reason", TMESH_BODY_OPTIONAL, 0, REASON_CHARS_MAX);
        if (run) tmesh_worker_cancel_run(self, run, reason ? reason : "cancelled");
    }
}
