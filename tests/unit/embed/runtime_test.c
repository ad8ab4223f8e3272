// What a host program asks of its runtime.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <unistd.h>

#include "tests/unit/embed/runtime_bench.h"

// ---- Tasks --------------------------------------------------------------------------------------

// n of the context; or the product of what the parents have returned.
static void square(void *context, const tmesh_worker_run_t *run, tmesh_step_reply_t *reply)
{
    (void)context;
    int64_t product = 1;
    for (size_t i = 0; i < run->dependency_count; i++) {
        product *= strtoll(run->dependency_results[i].data, NULL, 10);
    }
    if (run->dependency_count == 0) sscanf(run->context.data, "{\"n\": %" SCNd64, &product);
    char text[32];
    snprintf(text, sizeof text, "%" PRId64, product * product);
    tmesh_step_succeed(reply, VIEW(text));
}

static void a_workflow_runs_on_handlers_of_the_same_process(void **state)
{
    (void)state;
    tmesh_runtime_t *runtime = open_runtime(NULL);
    tmesh_error_t error = {0};
    size_t count = 0;
    assert_int_equal(tmesh_runtime_load_templates(runtime, TMESH_SOURCE_DIR "/conf/templates",
                                                  &count, &error),
                     0);
    assert_true(count >= 5); // all that lie there
    const tmesh_handler_t handler = {"*", square, NULL};
    assert_int_equal(tmesh_runtime_serve(runtime, "examples", &handler, 1, 2, &error), 0);
    tmesh_client_task_t order = {.namespace_name = "examples", .name = "diamond"};
    order.context = VIEW("{\"n\": 6}");
    char task_uuid[TMESH_UUID_BYTES];
    assert_int_equal(tmesh_runtime_submit(runtime, &order, task_uuid, &error), 0);
    tmesh_runtime_task_t *task = settle(runtime, task_uuid);
    assert_string_equal(task->task_uuid, task_uuid);
    assert_string_equal(task->namespace_name, "examples");
    assert_string_equal(task->status, "complete");
    assert_true(task->settled);
    assert_true(task->ended);
    assert_memory_equal(task->context.data, "{\"n\": 6}", 8);
    assert_int_equal(task->step_count, 4);
    const tmesh_runtime_step_t *step = tmesh_runtime_task_step(task, "finish");
    assert_string_equal(step->state, "complete");
    assert_memory_equal(step->result.data, "2821109907456", step->result.size);
    assert_string_equal(step->error_code, "");
    assert_null(tmesh_runtime_task_step(task, "nothing"));
    tmesh_runtime_task_destroy(&task);
    assert_null(task);
    assert_int_equal(tmesh_runtime_get(runtime, task_uuid, &task, NULL), 0);
    assert_string_equal(task->status, "complete");
    tmesh_runtime_task_destroy(&task);
    tmesh_runtime_close(&runtime);
    assert_null(runtime);
    tmesh_runtime_close(&runtime);
}

static void bytes_of_a_result_stay_bytes(void **state)
{
    (void)state;
    static const char odd[] = "{\"a\": 0.1, \"b\": 123456789012345678901234567890, \"c\": \"\\ud800\"}";
    tmesh_runtime_t *runtime = open_runtime(NULL);
    put_one_step(runtime, "odd", "echo", 1);
    serve(runtime, "echo", echo, NULL, 1);
    char task_uuid[TMESH_UUID_BYTES];
    submit(runtime, "odd", odd, task_uuid);
    tmesh_runtime_task_t *task = settle(runtime, task_uuid);
    const tmesh_runtime_step_t *step = tmesh_runtime_task_step(task, "only");
    assert_int_equal(step->result.size, strlen(odd));
    assert_memory_equal(step->result.data, odd, strlen(odd));
    tmesh_runtime_task_destroy(&task);
    tmesh_runtime_close(&runtime);
}

// Fails once in a way that may pass, then for good.
static void fail_twice(void *context, const tmesh_worker_run_t *run, tmesh_step_reply_t *reply)
{
    (void)context;
    const tmesh_worker_failure_t failure = {.message = run->attempt == 1 ? "not yet" : "never",
                                            .code = "bench_code",
                                            .retryable = run->attempt == 1};
    tmesh_step_fail(reply, &failure);
}

static void say_nothing(void *context, const tmesh_worker_run_t *run, tmesh_step_reply_t *reply)
{
    (void)context;
    (void)run;
    (void)reply;
}

static void failures_are_told(void **state)
{
    (void)state;
    tmesh_runtime_t *runtime = open_runtime(NULL);
    put_one_step(runtime, "failing", "fail", 5);
    put_one_step(runtime, "silent", "silence", 5);
    const tmesh_handler_t handlers[] = {{"fail", fail_twice, NULL}, {"sil*", say_nothing, NULL}};
    assert_int_equal(tmesh_runtime_serve(runtime, "bench", handlers, 2, 1, NULL), 0);
    char task_uuid[TMESH_UUID_BYTES];
    submit(runtime, "failing", "{}", task_uuid);
    tmesh_runtime_task_t *task = settle(runtime, task_uuid);
    const tmesh_runtime_step_t *step = tmesh_runtime_task_step(task, "only");
    assert_string_equal(task->status, "blocked_by_failures");
    assert_false(task->ended);
    assert_int_equal(step->attempts, 2);
    assert_string_equal(step->error_code, "bench_code");
    assert_string_equal(step->error_message, "never");
    assert_null(step->result.data);
    tmesh_runtime_task_destroy(&task);

    submit(runtime, "silent", "{}", task_uuid);
    task = settle(runtime, task_uuid);
    step = tmesh_runtime_task_step(task, "only");
    assert_string_equal(step->error_code, "handler_silent");
    assert_int_equal(step->attempts, 1);
    tmesh_runtime_task_destroy(&task);
    tmesh_runtime_close(&runtime);
}

// ---- Refusals -----------------------------------------------------------------------------------

static void assert_refused(const char *name, const char *value, const char *code,
                           const char *where)
{
    const tmesh_setting_t setting = {name, value};
    const tmesh_runtime_options_t options = {.settings = &setting, .setting_count = 1};
    tmesh_error_t error = {0};
    assert_null(tmesh_runtime_open(&options, &error));
    assert_null(tmesh_runtime_open(&options, NULL));
    assert_string_equal(error.code, code);
    assert_string_equal(error.where, where);
    assert_true(strlen(error.message) > 0);
}

static void assert_file_refused(const char *content, const char *code)
{
    char path[] = "/tmp/taskmesh_conf_XXXXXX";
    int file = mkstemp(path);
    assert_int_equal(write(file, content, strlen(content)), (ssize_t)strlen(content));
    close(file);
    const tmesh_runtime_options_t options = {.config_file = path};
    tmesh_error_t error = {0};
    tmesh_runtime_t *none = tmesh_runtime_open(&options, &error);
    unlink(path);
    assert_null(none);
    assert_string_equal(error.code, code);
    assert_memory_equal(error.where, path, strlen(path));
}

static void bad_options_are_refused_with_their_name(void **state)
{
    (void)state;
    assert_refused("sotre", "sqlite::memory:", "unknown_option", "sotre");
    assert_refused("heartbeat_ms", "often", "bad_value", "heartbeat_ms");
    assert_refused("bind", "tcp://0.0.0.0:0", "insecure_endpoint", "bind");
    assert_refused("bind", "udp://x", "bad_endpoint", "bind");
    assert_refused("store", "mysql://host/db", "unknown_store", "store");
    assert_file_refused("store\n", "bad_line");
    assert_file_refused("bind =\nbind =\n", "duplicate_option");
    const tmesh_runtime_options_t options = {.config_file = "/nowhere/taskmesh.conf"};
    tmesh_error_t error = {0};
    assert_null(tmesh_runtime_open(&options, &error));
    assert_string_equal(error.code, "unreadable_file");
    assert_int_equal(error.status, 404);
}

static void what_is_wrong_is_told_with_its_place(void **state)
{
    (void)state;
    tmesh_runtime_t *runtime = open_runtime(NULL);
    tmesh_error_t error = {0};
    char task_uuid[TMESH_UUID_BYTES];
    tmesh_client_task_t order = {.namespace_name = "no", .name = "such"};
    assert_int_equal(tmesh_runtime_submit(runtime, &order, task_uuid, &error), -1);
    assert_int_equal(error.status, 404);
    assert_string_equal(error.code, "unknown_template");
    assert_int_equal(tmesh_runtime_submit(runtime, &order, task_uuid, NULL), -1);

    static const char text[] = "name: x\nnamespace_name: y\nversion: 1.0.0\nsteps: 7\n";
    assert_int_equal(tmesh_runtime_put_template(runtime, "bad.yaml", VIEW(text), &error), -1);
    assert_string_equal(error.code, "invalid_template");
    assert_memory_equal(error.where, "bad.yaml:4:", 11);
    assert_int_equal(tmesh_runtime_load_templates(runtime, "/nowhere/at.all", NULL, &error), -1);
    assert_string_equal(error.code, "unreadable_file");
    assert_string_equal(error.where, "/nowhere/at.all");

    tmesh_runtime_task_t *task = NULL;
    assert_int_equal(tmesh_runtime_get(runtime, "not a uuid", &task, &error), -1);
    assert_int_equal(error.status, 400);
    assert_null(task);
    assert_int_equal(
        tmesh_runtime_wait(runtime, "0198f2a0-0000-7000-8000-000000000000", 0, &task, &error), -1);
    assert_string_equal(error.code, "unknown_task");

    const tmesh_handler_t handler = {"a", echo, NULL};
    assert_int_equal(tmesh_runtime_serve(runtime, "n", &handler, 0, 1, &error), -1);
    assert_string_equal(error.where, "handler_count");
    assert_int_equal(tmesh_runtime_serve(runtime, "n", &handler, 1, 0, &error), -1);
    assert_string_equal(error.where, "thread_count");
    assert_int_equal(tmesh_runtime_serve(runtime, "", &handler, 1, 1, &error), -1);
    assert_int_equal(error.status, 400);
    assert_string_equal(error.code, "worker_refused");
    assert_true(strlen(error.message) > 0);
    tmesh_runtime_close(&runtime);
}

static void any_command_can_be_asked(void **state)
{
    (void)state;
    tmesh_runtime_t *runtime = open_runtime(NULL);
    tmesh_answer_t *answer =
        tmesh_runtime_request(runtime, "PING", tmesh_view(NULL, 0), NULL, 0);
    assert_int_equal(tmesh_answer_status(answer), 200);
    assert_string_equal(tmesh_answer_text(answer, "/version"), tmesh_version());
    tmesh_answer_destroy(&answer);
    tmesh_runtime_close(&runtime);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_workflow_runs_on_handlers_of_the_same_process),
        cmocka_unit_test(bytes_of_a_result_stay_bytes),
        cmocka_unit_test(failures_are_told),
        cmocka_unit_test(bad_options_are_refused_with_their_name),
        cmocka_unit_test(what_is_wrong_is_told_with_its_place),
        cmocka_unit_test(any_command_can_be_asked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
