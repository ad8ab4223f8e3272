// What handlers of the same process say and ask of steps that go on, and of those that others finish.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <poll.h>
#include <semaphore.h>
#include <stdbool.h>
#include <time.h>

#include "tests/unit/embed/runtime_bench.h"

enum { TEXT_BYTES = 256 };

static void copy(char *text, tmesh_view_t view)
{
    snprintf(text, TEXT_BYTES, "%.*s", (int)view.size, view.data ? view.data : "");
}

static tmesh_runtime_t *open_with(const char *name, const char *value)
{
    const tmesh_setting_t setting = {name, value};
    const tmesh_runtime_options_t options = {.settings = &setting, .setting_count = 1};
    return open_runtime(&options);
}

// ---- Beats --------------------------------------------------------------------------------------

typedef struct {
    sem_t beaten;
    sem_t may_end;
    tmesh_error_t errors[2];
    int results[4];
} beating_t;

static void beat_and_wait(void *context, const tmesh_worker_run_t *run, tmesh_step_reply_t *reply)
{
    (void)run;
    beating_t *beating = context;
    char large[5000];
    memset(large, '1', sizeof large);
    beating->results[0] = tmesh_step_beat(reply, VIEW("{\"done\":"), &beating->errors[0]);
    beating->results[1] =
        tmesh_step_beat(reply, tmesh_view(large, sizeof large), &beating->errors[1]);
    beating->results[2] = tmesh_step_beat(reply, VIEW("{\"done\":0.50}"), NULL);
    beating->results[3] = tmesh_step_beat(reply, tmesh_view(NULL, 0), NULL); // keeps the progress
    sem_post(&beating->beaten);
    sem_wait(&beating->may_end);
    tmesh_step_succeed(reply, tmesh_view(NULL, 0));
}

static void a_beat_shows_people_its_progress(void **state)
{
    (void)state;
    beating_t beating = {0};
    sem_init(&beating.beaten, 0, 0);
    sem_init(&beating.may_end, 0, 0);
    tmesh_runtime_t *runtime = open_with("heartbeat_ms", "100");
    put_one_step(runtime, "slow", "work", 1);
    const tmesh_handler_t handler = {"work", beat_and_wait, &beating};
    const tmesh_serve_options_t options = {.namespace_name = "bench", .handlers = &handler,
                                           .handler_count = 1, .thread_count = 1,
                                           .worker_name = "the bench"};
    assert_int_equal(tmesh_runtime_serve_with(runtime, &options, NULL), 0);
    char task_uuid[TMESH_UUID_BYTES];
    submit(runtime, "slow", "{}", task_uuid);
    sem_wait(&beating.beaten);
    bool is_shown = false;
    while (!is_shown) { // ends when the session has told it
        tmesh_answer_t *answer =
            tmesh_runtime_request(runtime, "WORKER.LIST", tmesh_view(NULL, 0), NULL, 0);
        assert_string_equal(tmesh_answer_text(answer, "/workers/0/name"), "the bench");
        is_shown = strstr(tmesh_answer_json(answer), "\"progress\":{\"done\":0.50}") != NULL;
        tmesh_answer_destroy(&answer);
    }
    sem_post(&beating.may_end);
    tmesh_runtime_close(&runtime);
    assert_int_equal(beating.results[0], -1);
    assert_string_equal(beating.errors[0].code, "invalid_json");
    assert_string_equal(beating.errors[0].where, "/progress/done");
    assert_int_equal(beating.results[1], -1);
    assert_string_equal(beating.errors[1].code, "too_large");
    assert_int_equal(beating.results[2], 0);
    assert_int_equal(beating.results[3], 0);
    sem_destroy(&beating.beaten);
    sem_destroy(&beating.may_end);
}

// Needs longer than its limit, so that it can only succeed if beats begin that anew.
static void beat_for_long(void *context, const tmesh_worker_run_t *run, tmesh_step_reply_t *reply)
{
    int *attempts = context;
    (*attempts)++;
    struct timespec begun;
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &begun);
    do {
        if (tmesh_step_is_cancelled(reply)) return; // a busy machine has stopped us for a second
        (void)tmesh_step_beat(reply, tmesh_view(NULL, 0), NULL);
        poll(NULL, 0, 10);
        clock_gettime(CLOCK_MONOTONIC, &now);
    } while ((now.tv_sec - begun.tv_sec) * 1000 + (now.tv_nsec - begun.tv_nsec) / 1000000 <
             run->timeout_ms * 3 / 2);
    tmesh_step_succeed(reply, tmesh_view(NULL, 0));
}

static void beats_begin_the_time_limit_anew_for_those_who_ask_for_it(void **state)
{
    (void)state;
    int attempts = 0;
    tmesh_runtime_t *runtime = open_with("heartbeat_ms", "100");
    put_limited(runtime, "long", "work", 1);
    const tmesh_handler_t handler = {"work", beat_for_long, &attempts};
    const tmesh_serve_options_t options = {.namespace_name = "bench", .handlers = &handler,
                                           .handler_count = 1, .thread_count = 1,
                                           .extends_time_limit = 1};
    assert_int_equal(tmesh_runtime_serve_with(runtime, &options, NULL), 0);
    char task_uuid[TMESH_UUID_BYTES];
    submit(runtime, "long", "{}", task_uuid);
    tmesh_runtime_task_t *task = settle(runtime, task_uuid);
    assert_string_equal(task->status, "complete");
    assert_int_equal(task->steps[0].attempts, attempts);
    tmesh_runtime_task_destroy(&task);
    tmesh_runtime_close(&runtime);
}

// ---- Inputs -------------------------------------------------------------------------------------

typedef struct {
    int is_truncated;
    size_t ancestor_count;
    int result;
    tmesh_inputs_t named; // its lists are gone by the time that it is looked at
    char first[TEXT_BYTES];
    char value[TEXT_BYTES];
    size_t all_count;
} asking_t;

static void ask(void *context, const tmesh_worker_run_t *run, tmesh_step_reply_t *reply)
{
    asking_t *asking = context;
    if (strcmp(run->step_name, "last") != 0) {
        char text[TEXT_BYTES];
        snprintf(text, sizeof text, "\"of %s\"", run->step_name);
        tmesh_step_succeed(reply, VIEW(text));
        return;
    }
    asking->is_truncated = run->is_truncated;
    asking->ancestor_count = run->ancestor_count;
    tmesh_inputs_t all = {0};
    asking->result = tmesh_step_inputs(reply, NULL, 0, &all, NULL);
    asking->all_count = all.count;
    const char *const names[] = {"first", "nothing", "last"};
    asking->result += tmesh_step_inputs(reply, names, 3, &asking->named, NULL);
    if (asking->named.count > 0) {
        snprintf(asking->first, sizeof asking->first, "%s", asking->named.names[0]);
        copy(asking->value, asking->named.results[0]);
    }
    tmesh_step_succeed(reply, asking->named.results[0]);
}

static void results_of_far_ancestors_are_asked_for(void **state)
{
    (void)state;
    static const char source[] =
        "name: chain\nnamespace_name: bench\nversion: 1.0.0\nsteps:\n"
        "  - {name: first, handler: {callable: work}}\n"
        "  - {name: second, handler: {callable: work}, dependencies: [first]}\n"
        "  - {name: last, handler: {callable: work}, dependencies: [second]}\n";
    asking_t asking = {0};
    tmesh_runtime_t *runtime = open_with("ancestor_bytes_max", "0");
    assert_int_equal(tmesh_runtime_put_template(runtime, NULL, VIEW(source), NULL), 0);
    serve(runtime, "work", ask, &asking, 1);
    char task_uuid[TMESH_UUID_BYTES];
    submit(runtime, "chain", "{}", task_uuid);
    tmesh_runtime_task_t *task = settle(runtime, task_uuid);
    const tmesh_runtime_step_t *last = tmesh_runtime_task_step(task, "last");
    assert_string_equal(last->state, "complete");
    assert_memory_equal(last->result.data, "\"of first\"", last->result.size);
    tmesh_runtime_task_destroy(&task);
    tmesh_runtime_close(&runtime);
    assert_true(asking.is_truncated);
    assert_int_equal(asking.ancestor_count, 0);
    assert_int_equal(asking.result, 0);
    assert_int_equal(asking.all_count, 2);
    assert_int_equal(asking.named.count, 1);
    assert_false(asking.named.is_truncated);
    assert_string_equal(asking.first, "first");
    assert_string_equal(asking.value, "\"of first\"");
}

// ---- Handing over -------------------------------------------------------------------------------

typedef struct {
    sem_t handed_over;
    char step_uuid[TMESH_UUID_BYTES];
    char token[64];
    uint32_t run;
} handing_t;

static void hand_over(void *context, const tmesh_worker_run_t *run, tmesh_step_reply_t *reply)
{
    handing_t *handing = context;
    snprintf(handing->step_uuid, sizeof handing->step_uuid, "%s", run->step_uuid);
    snprintf(handing->token, sizeof handing->token, "%s", run->run_token);
    handing->run = run->run;
    tmesh_step_hand_over(reply);
    sem_post(&handing->handed_over);
}

static void a_step_that_was_handed_over_is_finished_by_others(void **state)
{
    (void)state;
    handing_t handing = {0};
    sem_init(&handing.handed_over, 0, 0);
    tmesh_runtime_t *runtime = open_runtime(NULL);
    put_one_step(runtime, "patient", "work", 1);
    serve(runtime, "work", hand_over, &handing, 1);
    char first[TMESH_UUID_BYTES];
    char second[TMESH_UUID_BYTES];
    submit(runtime, "patient", "{\"n\": 1}", first);
    sem_wait(&handing.handed_over);
    tmesh_client_result_t result = {.step_uuid = handing.step_uuid, .run = handing.run,
                                    .run_token = handing.token, .result = VIEW("\"done\"")};
    handing_t before = handing;
    result.step_uuid = before.step_uuid;
    result.run_token = before.token;
    submit(runtime, "patient", "{\"n\": 2}", second); // for which the only thread is free
    sem_wait(&handing.handed_over);
    tmesh_error_t error = {0};
    assert_int_equal(tmesh_runtime_finish(runtime, &result, &error), 0);
    assert_int_equal(tmesh_runtime_finish(runtime, &result, &error), 0);
    tmesh_runtime_task_t *task = settle(runtime, first);
    assert_string_equal(task->status, "complete");
    assert_memory_equal(task->steps[0].result.data, "\"done\"", 6);
    tmesh_runtime_task_destroy(&task);
    result.run++;
    assert_int_equal(tmesh_runtime_finish(runtime, &result, &error), -1);
    assert_int_equal(error.status, 409);
    assert_string_equal(error.code, "stale_run");
    tmesh_runtime_close(&runtime);
    sem_destroy(&handing.handed_over);
}

// ---- Batches ------------------------------------------------------------------------------------

static void work_on_dataset(void *context, const tmesh_worker_run_t *run,
                            tmesh_step_reply_t *reply)
{
    (void)context;
    tmesh_batch_share_t share;
    if (strcmp(run->callable, "analyze_dataset") == 0) {
        tmesh_step_succeed(
            reply, VIEW("{\"batch_processing_outcome\":{\"type\":\"create_batches\","
                        "\"cursor_configs\":["
                        "{\"batch_id\":\"a\",\"start_cursor\":0,\"end_cursor\":10,\"batch_size\":10},"
                        "{\"batch_id\":\"b\",\"start_cursor\":10,\"end_cursor\":17,\"batch_size\":7}"
                        "]}}"));
    } else if (tmesh_worker_run_share(run, &share) && !share.is_no_op) {
        tmesh_checkpoint_t last = {0};
        bool is_half_done = tmesh_worker_run_checkpoint(run, &last);
        const tmesh_checkpoint_t half = {.cursor = share.end_cursor, .items_processed = 1};
        if (is_half_done) tmesh_step_succeed(reply, last.cursor);
        else (void)tmesh_step_yield(reply, &half, NULL);
    } else {
        char text[TEXT_BYTES];
        snprintf(text, sizeof text, "%zu", run->dependency_count);
        tmesh_step_succeed(reply, VIEW(text));
    }
}

static void workers_of_a_batch_know_their_shares(void **state)
{
    (void)state;
    tmesh_runtime_t *runtime = open_runtime(NULL);
    tmesh_error_t error = {0};
    assert_int_equal(tmesh_runtime_load_templates(
                         runtime, TMESH_SOURCE_DIR "/conf/templates/dataset.yaml", NULL, &error),
                     0);
    const tmesh_handler_t handler = {"*", work_on_dataset, NULL};
    assert_int_equal(tmesh_runtime_serve(runtime, "examples", &handler, 1, 2, &error), 0);
    tmesh_client_task_t order = {.namespace_name = "examples", .name = "dataset"};
    order.context = VIEW("{\"dataset_size\": 17}");
    char task_uuid[TMESH_UUID_BYTES];
    assert_int_equal(tmesh_runtime_submit(runtime, &order, task_uuid, &error), 0);
    tmesh_runtime_task_t *task = settle(runtime, task_uuid);
    assert_string_equal(task->status, "complete");
    assert_memory_equal(tmesh_runtime_task_step(task, "work_a")->result.data, "10", 2);
    assert_memory_equal(tmesh_runtime_task_step(task, "work_b")->result.data, "17", 2);
    assert_memory_equal(tmesh_runtime_task_step(task, "sum")->result.data, "2", 1);
    tmesh_runtime_task_destroy(&task);
    tmesh_runtime_close(&runtime);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_beat_shows_people_its_progress),
        cmocka_unit_test(beats_begin_the_time_limit_anew_for_those_who_ask_for_it),
        cmocka_unit_test(results_of_far_ancestors_are_asked_for),
        cmocka_unit_test(a_step_that_was_handed_over_is_finished_by_others),
        cmocka_unit_test(workers_of_a_batch_know_their_shares),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
