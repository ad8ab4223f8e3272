// tests/unit/embed/runtime_bench.h - a runtime with the examples of conf/templates and handlers for
// them.
#ifndef TMESH_TESTS_UNIT_EMBED_RUNTIME_BENCH_H
#define TMESH_TESTS_UNIT_EMBED_RUNTIME_BENCH_H

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "taskmesh/runtime.h"

#define VIEW(text) tmesh_view(text, strlen(text))

// `fields`: what else the step has, a line each.
[[maybe_unused]] static void put_step(tmesh_runtime_t *runtime, const char *name,
                                      const char *callable, const char *fields)
{
    char source[512];
    snprintf(source, sizeof source,
             "name: %s\nnamespace_name: bench\nversion: 1.0.0\nsteps:\n"
             "  - name: only\n    handler: {callable: %s}\n%s",
             name, callable, fields);
    tmesh_error_t error = {0};
    int failed = tmesh_runtime_put_template(runtime, "bench.yaml", VIEW(source), &error);
    if (failed) fail_msg("%s: %s", error.where, error.message);
}

// One step, bench/NAME, whose callable is `callable`.
[[maybe_unused]] static void put_one_step(tmesh_runtime_t *runtime, const char *name,
                                          const char *callable, int attempts)
{
    char fields[128];
    snprintf(fields, sizeof fields,
             "    retry: {max_attempts: %d, backoff: linear, backoff_base_ms: 1}\n", attempts);
    put_step(runtime, name, callable, fields);
}

// The same with a time limit and attempts enough.
[[maybe_unused]] static void put_limited(tmesh_runtime_t *runtime, const char *name,
                                         const char *callable, int timeout_seconds)
{
    char fields[128];
    snprintf(fields, sizeof fields,
             "    timeout_seconds: %d\n"
             "    retry: {max_attempts: 20, backoff: linear, backoff_base_ms: 1}\n",
             timeout_seconds);
    put_step(runtime, name, callable, fields);
}

[[maybe_unused]] static tmesh_runtime_t *open_runtime(const tmesh_runtime_options_t *options)
{
    tmesh_error_t error = {0};
    tmesh_runtime_t *runtime = tmesh_runtime_open(options, &error);
    if (!runtime) fail_msg("%s: %s", error.where, error.message);
    return runtime;
}

[[maybe_unused]] static void serve(tmesh_runtime_t *runtime, const char *callable,
                                   tmesh_handler_fn run, void *context, int threads)
{
    const tmesh_handler_t handler = {callable, run, context};
    tmesh_error_t error = {0};
    if (tmesh_runtime_serve(runtime, "bench", &handler, 1, threads, &error)) {
        fail_msg("%s: %s", error.where, error.message);
    }
}

[[maybe_unused]] static void submit(tmesh_runtime_t *runtime, const char *name,
                                    const char *context, char task_uuid[TMESH_UUID_BYTES])
{
    tmesh_client_task_t task = {.namespace_name = "bench", .name = name};
    task.context = VIEW(context);
    tmesh_error_t error = {0};
    if (tmesh_runtime_submit(runtime, &task, task_uuid, &error)) {
        fail_msg("%s: %s", error.code, error.message);
    }
}

// Waits until it is settled; yours.
[[maybe_unused]] static tmesh_runtime_task_t *settle(tmesh_runtime_t *runtime,
                                                     const char *task_uuid)
{
    tmesh_runtime_task_t *task = NULL;
    tmesh_error_t error = {0};
    if (tmesh_runtime_wait(runtime, task_uuid, -1, &task, &error)) {
        fail_msg("%s: %s", error.code, error.message);
    }
    return task;
}

// Answers with the context of the task.
[[maybe_unused]] static void echo(void *context, const tmesh_worker_run_t *run,
                                  tmesh_step_reply_t *reply)
{
    (void)context;
    tmesh_step_succeed(reply, run->context);
}

#endif
