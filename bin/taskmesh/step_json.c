#include "bin/taskmesh/step_json.h"

#include "runtime/base/memory.h"
#include "services/domain/json_text.h"
#include "services/wire/writer.h"

static tmesh_bytes_t bytes_of(tmesh_view_t view)
{
    return tmesh_bytes(view.data, view.size);
}

static void write_results(tmesh_writer_t *w, const char *key, const char *const *names,
                          const tmesh_view_t *results, size_t count)
{
    tmesh_writer_open_object(w, key);
    for (size_t i = 0; i < count; i++) {
        tmesh_writer_key(w, names[i]);
        tmesh_writer_json(w, NULL, bytes_of(results[i]));
    }
    tmesh_writer_close_object(w);
}

static void write_failures(tmesh_writer_t *w, const tmesh_worker_run_t *run)
{
    tmesh_writer_open_object(w, "dependency_failures");
    for (size_t i = 0; i < run->dependency_failure_count; i++) {
        tmesh_writer_key(w, run->dependency_failures[i].name);
        tmesh_writer_open_object(w, NULL);
        tmesh_writer_text(w, "code", run->dependency_failures[i].code);
        tmesh_writer_text(w, "message", run->dependency_failures[i].message);
        tmesh_writer_close_object(w);
    }
    tmesh_writer_close_object(w);
}

void cli_step_json_write(const tmesh_worker_run_t *run, tmesh_buffer_t *out)
{
    tmesh_writer_t w = tmesh_writer(out);
    tmesh_writer_open_object(&w, NULL);
    tmesh_writer_text(&w, "task_uuid", run->task_uuid);
    tmesh_writer_text(&w, "step_uuid", run->step_uuid);
    tmesh_writer_integer(&w, "run", run->run);
    tmesh_writer_text(&w, "run_token", run->run_token);
    tmesh_writer_text(&w, "step_name", run->step_name);
    tmesh_writer_text(&w, "template_step_name", run->template_step_name);
    tmesh_writer_text(&w, "namespace", run->namespace_name);
    tmesh_writer_text(&w, "task_name", run->task_name);
    tmesh_writer_text(&w, "task_version", run->task_version);
    tmesh_writer_text(&w, "correlation_id", run->correlation_id);
    tmesh_writer_text(&w, "callable", run->callable);
    tmesh_writer_text(&w, "method", run->method);
    tmesh_writer_integer(&w, "attempt", run->attempt);
    tmesh_writer_integer(&w, "max_attempts", run->max_attempts);
    tmesh_writer_json(&w, "input_data", bytes_of(run->context));
    tmesh_writer_json(&w, "step_inputs", bytes_of(run->initialization));
    write_results(&w, "dependency_results", run->dependency_names, run->dependency_results,
                  run->dependency_count);
    write_failures(&w, run);
    write_results(&w, "ancestor_results", run->ancestor_names, run->ancestor_results,
                  run->ancestor_count);
    tmesh_writer_bool(&w, "truncated", run->is_truncated);
    tmesh_writer_json(&w, "checkpoint", bytes_of(run->checkpoint));
    tmesh_writer_close_object(&w);
    tmesh_buffer_add(out, "\n", 1);
}

void cli_step_json_write_line(const tmesh_worker_run_t *run, tmesh_buffer_t *out)
{
    tmesh_auto(tmesh_buffer) whole = tmesh_buffer_new();
    cli_step_json_write(run, whole);
    tmesh_json_compact(tmesh_bytes(whole->data, whole->size - 1), out);
    tmesh_buffer_add(out, "\n", 1);
}
