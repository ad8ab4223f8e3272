// What becomes of handlers and callers when a task is cancelled or the runtime is closed.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>

#include "tests/unit/embed/runtime_bench.h"

typedef struct {
    sem_t started;
    sem_t may_end; // posted by the test, where it is not the cancelling that ends it
    atomic_int seen_cancelled;
} gate_t;

static void until_cancelled(void *context, const tmesh_worker_run_t *run,
                            tmesh_step_reply_t *reply)
{
    (void)run;
    gate_t *gate = context;
    sem_post(&gate->started);
    while (!tmesh_step_is_cancelled(reply)) poll(NULL, 0, 1);
    gate->seen_cancelled++;
}

static void until_allowed(void *context, const tmesh_worker_run_t *run, tmesh_step_reply_t *reply)
{
    (void)run;
    gate_t *gate = context;
    sem_post(&gate->started);
    sem_wait(&gate->may_end);
    tmesh_step_succeed(reply, VIEW("\"done\""));
}

static void cancelling_a_task_tells_its_handler(void **state)
{
    (void)state;
    gate_t gate = {0};
    sem_init(&gate.started, 0, 0);
    tmesh_runtime_t *runtime = open_runtime(NULL);
    put_one_step(runtime, "endless", "wait", 1);
    serve(runtime, "wait", until_cancelled, &gate, 1);
    char task_uuid[TMESH_UUID_BYTES];
    submit(runtime, "endless", "{}", task_uuid);
    sem_wait(&gate.started);
    tmesh_error_t error = {0};
    assert_int_equal(tmesh_runtime_cancel(runtime, task_uuid, "not needed", &error), 0);
    tmesh_runtime_task_t *task = settle(runtime, task_uuid);
    assert_string_equal(task->status, "cancelled");
    tmesh_runtime_task_destroy(&task);
    assert_int_equal(tmesh_runtime_cancel(runtime, task_uuid, NULL, &error), -1);
    assert_string_equal(error.code, "task_ended");
    tmesh_runtime_close(&runtime);
    assert_int_equal(gate.seen_cancelled, 1);
    sem_destroy(&gate.started);
}

static void *allow(void *argument)
{
    gate_t *gate = argument;
    poll(NULL, 0, 20); // most likely the closing is under way; either order must do
    sem_post(&gate->may_end);
    return NULL;
}

static void closing_records_what_runs_and_keeps_the_rest(void **state)
{
    (void)state;
    char folder[] = "/tmp/taskmesh_embed_XXXXXX";
    assert_non_null(mkdtemp(folder));
    char url[64];
    snprintf(url, sizeof url, "sqlite:%s/store.db", folder);
    const tmesh_setting_t setting = {"store", url};
    const tmesh_runtime_options_t options = {.settings = &setting, .setting_count = 1};
    gate_t gate = {0};
    sem_init(&gate.started, 0, 0);
    sem_init(&gate.may_end, 0, 0);
    tmesh_runtime_t *runtime = open_runtime(&options);
    put_one_step(runtime, "slow", "wait", 1);
    serve(runtime, "wait", until_allowed, &gate, 1);
    char running[TMESH_UUID_BYTES];
    char waiting[TMESH_UUID_BYTES];
    submit(runtime, "slow", "{\"n\": 1}", running);
    sem_wait(&gate.started);
    submit(runtime, "slow", "{\"n\": 2}", waiting);

    tmesh_error_t error = {0};
    assert_null(tmesh_runtime_open(&options, &error)); // the file has an owner
    assert_string_equal(error.code, "store_locked");

    pthread_t other;
    pthread_create(&other, NULL, allow, &gate);
    tmesh_runtime_close(&runtime);
    pthread_join(other, NULL);

    runtime = open_runtime(&options);
    tmesh_runtime_task_t *task = settle(runtime, running);
    assert_string_equal(task->status, "complete");
    assert_memory_equal(task->steps[0].result.data, "\"done\"", 6);
    tmesh_runtime_task_destroy(&task);
    sem_post(&gate.may_end);
    serve(runtime, "wait", until_allowed, &gate, 1);
    task = settle(runtime, waiting);
    assert_string_equal(task->status, "complete");
    tmesh_runtime_task_destroy(&task);
    tmesh_runtime_close(&runtime);
    sem_destroy(&gate.started);
    sem_destroy(&gate.may_end);
    char command[128];
    snprintf(command, sizeof command, "rm -r %s", folder);
    assert_int_equal(system(command), 0);
}

static void handlers_learn_that_the_patience_has_ended(void **state)
{
    (void)state;
    gate_t gate = {0};
    sem_init(&gate.started, 0, 0);
    const tmesh_setting_t setting = {"stop_timeout_ms", "0"};
    const tmesh_runtime_options_t options = {.settings = &setting, .setting_count = 1};
    tmesh_runtime_t *runtime = open_runtime(&options);
    put_one_step(runtime, "endless", "wait", 1);
    serve(runtime, "wait", until_cancelled, &gate, 1);
    char task_uuid[TMESH_UUID_BYTES];
    submit(runtime, "endless", "{}", task_uuid);
    sem_wait(&gate.started);
    tmesh_runtime_close(&runtime);
    assert_int_equal(gate.seen_cancelled, 1);
    sem_destroy(&gate.started);
}

typedef struct {
    tmesh_runtime_t *runtime;
    char task_uuid[TMESH_UUID_BYTES];
    sem_t begins;
    int result;
    tmesh_error_t error;
} waiter_t;

static void *wait_for_ever(void *argument)
{
    waiter_t *self = argument;
    tmesh_runtime_task_t *task = NULL;
    sem_post(&self->begins);
    self->result =
        tmesh_runtime_wait(self->runtime, self->task_uuid, -1, &task, &self->error);
    return NULL;
}

static void closing_ends_calls_that_wait(void **state)
{
    (void)state;
    waiter_t waiter = {.runtime = open_runtime(NULL)};
    sem_init(&waiter.begins, 0, 0);
    put_one_step(waiter.runtime, "nobody", "nobody", 1);
    submit(waiter.runtime, "nobody", "{}", waiter.task_uuid);
    pthread_t thread;
    pthread_create(&thread, NULL, wait_for_ever, &waiter);
    sem_wait(&waiter.begins);
    // It waits once the gateway counts it.
    int64_t waiting = 0;
    while (!waiting) {
        tmesh_answer_t *answer =
            tmesh_runtime_request(waiter.runtime, "STATS", tmesh_view(NULL, 0), NULL, 0);
        waiting = tmesh_answer_integer(answer, "/gateway/waiting_clients", 0);
        tmesh_answer_destroy(&answer);
    }
    tmesh_runtime_close(&waiter.runtime);
    pthread_join(thread, NULL);
    assert_int_equal(waiter.result, -1);
    assert_string_equal(waiter.error.code, "interrupted");
    sem_destroy(&waiter.begins);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cancelling_a_task_tells_its_handler),
        cmocka_unit_test(closing_records_what_runs_and_keeps_the_rest),
        cmocka_unit_test(handlers_learn_that_the_patience_has_ended),
        cmocka_unit_test(closing_ends_calls_that_wait),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
