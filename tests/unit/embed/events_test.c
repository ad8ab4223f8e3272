// Events and log lines, as functions of the host hear of them.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdbool.h>

#include "tests/unit/embed/runtime_bench.h"

enum { NUMBERS_MAX = 64 };

// What a subscription has told; read after it was closed, or after `settled`.
typedef struct {
    char task_uuid[TMESH_UUID_BYTES];
    bool numbers[NUMBERS_MAX];
    int count;
    int of_steps;
    pthread_t thread;
    char last_topic[256];
    sem_t settled; // the task's own last event has come
} journal_t;

static void note(void *context, const tmesh_event_t *event)
{
    journal_t *self = context;
    self->thread = pthread_self();
    self->count++;
    snprintf(self->task_uuid, sizeof self->task_uuid, "%s", event->task_uuid);
    snprintf(self->last_topic, sizeof self->last_topic, "%s", event->topic);
    if (event->number < NUMBERS_MAX) self->numbers[event->number] = true;
    if (*event->step_uuid) self->of_steps++;
    if (*event->step_uuid && strcmp(event->step, "only") != 0) self->of_steps = -100;
    if (event->json.data[0] != '{') self->of_steps = -100;
    if (strcmp(event->to, "complete") == 0 && !*event->step_uuid) sem_post(&self->settled);
}

static void run_one(tmesh_runtime_t *runtime, char task_uuid[TMESH_UUID_BYTES])
{
    static int n;
    char context[32];
    snprintf(context, sizeof context, "{\"n\": %d}", n++); // no duplicate of the one before
    submit(runtime, "noted", context, task_uuid);
    tmesh_runtime_task_t *task = settle(runtime, task_uuid);
    assert_string_equal(task->status, "complete");
    tmesh_runtime_task_destroy(&task);
}

static void every_event_after_subscribing_is_told(void **state)
{
    (void)state;
    tmesh_runtime_t *runtime = open_runtime(NULL);
    put_one_step(runtime, "noted", "echo", 1);
    serve(runtime, "echo", echo, NULL, 1);
    journal_t all = {0};
    journal_t steps = {0};
    sem_init(&all.settled, 0, 0);
    sem_init(&steps.settled, 0, 0);
    tmesh_subscription_t *to_all = tmesh_runtime_subscribe(runtime, "", note, &all, NULL);
    tmesh_subscription_t *to_steps =
        tmesh_runtime_subscribe(runtime, "step.bench.noted.only.Comp", note, &steps, NULL);
    assert_non_null(to_all);
    assert_non_null(to_steps);
    char task_uuid[TMESH_UUID_BYTES];
    run_one(runtime, task_uuid);
    sem_wait(&all.settled);
    tmesh_subscription_close(&to_all);
    assert_null(to_all);
    tmesh_subscription_close(&to_all);
    assert_string_equal(all.task_uuid, task_uuid);
    assert_false(pthread_equal(all.thread, pthread_self()));
    assert_true(all.of_steps > 0);
    for (int i = 1; i <= all.count; i++) assert_true(all.numbers[i]); // none is missing
    const int before = all.count;
    run_one(runtime, task_uuid); // nobody hears of it here
    assert_int_equal(all.count, before);
    tmesh_runtime_close(&runtime); // closes the other one, after its last event
    assert_int_equal(steps.count, 2);
    assert_int_equal(steps.of_steps, 2);
    assert_string_equal(steps.last_topic, "step.bench.noted.only.Complete");
    sem_destroy(&all.settled);
    sem_destroy(&steps.settled);
}

typedef struct {
    tmesh_runtime_t *runtime;
    sem_t done;
    int result;
} asker_t;

static void ask_back(void *context, const tmesh_event_t *event)
{
    asker_t *self = context;
    if (strcmp(event->to, "complete") != 0 || *event->step_uuid) return;
    tmesh_runtime_task_t *task = NULL;
    self->result = tmesh_runtime_get(self->runtime, event->task_uuid, &task, NULL);
    tmesh_runtime_task_destroy(&task);
    sem_post(&self->done);
}

static void an_event_function_may_ask_the_runtime(void **state)
{
    (void)state;
    asker_t asker = {.runtime = open_runtime(NULL), .result = -1};
    sem_init(&asker.done, 0, 0);
    put_one_step(asker.runtime, "noted", "echo", 1);
    serve(asker.runtime, "echo", echo, NULL, 1);
    assert_non_null(tmesh_runtime_subscribe(asker.runtime, "task.", ask_back, &asker, NULL));
    char task_uuid[TMESH_UUID_BYTES];
    run_one(asker.runtime, task_uuid);
    sem_wait(&asker.done);
    tmesh_runtime_close(&asker.runtime);
    assert_int_equal(asker.result, 0);
    sem_destroy(&asker.done);
}

typedef struct {
    atomic_int lines;
    atomic_int bad;
    atomic_bool has_stopped;
} log_t;

static void take_line(void *context, const char *line)
{
    log_t *self = context;
    self->lines++;
    size_t size = strlen(line);
    if (size < 2 || line[0] != '{' || line[size - 1] != '}') self->bad++;
    if (strstr(line, "\"node.stopped\"")) self->has_stopped = true;
}

static void log_lines_come_one_by_one(void **state)
{
    (void)state;
    log_t log = {0};
    const tmesh_setting_t settings[] = {{"log_format", "json"}, {"log_level", "debug"}};
    const tmesh_runtime_options_t options = {
        .settings = settings, .setting_count = 2, .on_log = take_line, .context = &log};
    tmesh_runtime_t *runtime = open_runtime(&options);
    put_one_step(runtime, "noted", "echo", 1);
    serve(runtime, "echo", echo, NULL, 1);
    char task_uuid[TMESH_UUID_BYTES];
    run_one(runtime, task_uuid);
    tmesh_runtime_close(&runtime);
    assert_true(log.lines > 0);
    assert_int_equal(log.bad, 0);
    assert_true(log.has_stopped);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_event_after_subscribing_is_told),
        cmocka_unit_test(an_event_function_may_ask_the_runtime),
        cmocka_unit_test(log_lines_come_one_by_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
