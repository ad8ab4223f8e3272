#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "runtime/base/memory.h"
#include "services/domain/metrics.h"

enum { THREADS = 4, ROUNDS = 2000 };

static int set_up(void **state)
{
    *state = tmesh_metrics_new();
    return 0;
}

static int tear_down(void **state)
{
    tmesh_metrics_t *metrics = *state;
    tmesh_metrics_destroy(&metrics);
    assert_null(metrics);
    tmesh_metrics_destroy(&metrics);
    return 0;
}

static int find_namespace(const tmesh_metrics_t *metrics, const char *name)
{
    for (int i = 0; i <= TMESH_METRICS_NAMESPACES_MAX; i++) {
        const char *found = tmesh_metrics_namespace(metrics, i);
        if (found && strcmp(found, name) == 0) return i;
    }
    return -1;
}

static void moves_are_counted_one_by_one(void **state)
{
    tmesh_metrics_t *metrics = *state;
    tmesh_metrics_move_step(metrics, TMESH_STEP_NONE, TMESH_STEP_PENDING);
    tmesh_metrics_move_step(metrics, TMESH_STEP_PENDING, TMESH_STEP_ENQUEUED);
    tmesh_metrics_move_step(metrics, TMESH_STEP_PENDING, TMESH_STEP_ENQUEUED);
    tmesh_metrics_move_step(metrics, TMESH_STEP_IN_PROGRESS, TMESH_STEP_ENQUEUED);
    assert_int_equal(
        tmesh_metrics_step_moves(metrics, TMESH_STEP_PENDING, TMESH_STEP_ENQUEUED), 2);
    assert_int_equal(tmesh_metrics_steps_into(metrics, TMESH_STEP_ENQUEUED), 3);
    assert_int_equal(tmesh_metrics_steps_into(metrics, TMESH_STEP_COMPLETE), 0);
    assert_int_equal(tmesh_metrics_tasks_into(metrics, TMESH_TASK_PENDING), 0);
    tmesh_metrics_add(metrics, TMESH_COUNT_STEPS_CLAIMED, 5);
    tmesh_metrics_add(metrics, TMESH_COUNT_STEPS_CLAIMED, 2);
    assert_int_equal(tmesh_metrics_count(metrics, TMESH_COUNT_STEPS_CLAIMED), 7);
    assert_int_equal(tmesh_metrics_count(metrics, TMESH_COUNT_EVENTS_DROPPED), 0);
}

static void open_tasks_are_those_of_the_start_and_what_came_since(void **state)
{
    tmesh_metrics_t *metrics = *state;
    tmesh_metrics_set_open_tasks(metrics, 3);
    tmesh_metrics_move_task(metrics, TMESH_TASK_NONE, TMESH_TASK_PENDING);
    tmesh_metrics_move_task(metrics, TMESH_TASK_PENDING, TMESH_TASK_INITIALIZING);
    assert_int_equal(tmesh_metrics_open_tasks(metrics), 4);
    tmesh_metrics_move_task(metrics, TMESH_TASK_EVALUATING_RESULTS, TMESH_TASK_COMPLETE);
    tmesh_metrics_move_task(metrics, TMESH_TASK_EVALUATING_RESULTS,
                            TMESH_TASK_BLOCKED_BY_FAILURES); // not an end
    tmesh_metrics_move_task(metrics, TMESH_TASK_BLOCKED_BY_FAILURES, TMESH_TASK_ERROR);
    assert_int_equal(tmesh_metrics_open_tasks(metrics), 2);
    tmesh_metrics_move_task(metrics, TMESH_TASK_ERROR, TMESH_TASK_PENDING); // reset
    assert_int_equal(tmesh_metrics_open_tasks(metrics), 3);
    for (int i = 0; i < 5; i++) {
        tmesh_metrics_move_task(metrics, TMESH_TASK_PENDING, TMESH_TASK_CANCELLED);
    }
    assert_int_equal(tmesh_metrics_open_tasks(metrics), 0); // never below
}

static void a_duration_belongs_to_the_first_bound_that_it_does_not_exceed(void **state)
{
    tmesh_metrics_t *metrics = *state;
    static const int64_t durations_ms[] = {-5, 0, 5, 6, 10, 86400000, 86400001};
    for (size_t i = 0; i < TMESH_COUNT_OF(durations_ms); i++) {
        tmesh_metrics_observe(metrics, TMESH_DURATION_STEP, "shop", durations_ms[i]);
    }
    int shop = find_namespace(metrics, "shop");
    assert_true(shop >= 0);
    tmesh_durations_t read = tmesh_metrics_durations(metrics, TMESH_DURATION_STEP, shop);
    assert_int_equal(read.counts[0], 3);
    assert_int_equal(read.counts[1], 2);
    assert_int_equal(read.counts[TMESH_DURATION_BUCKETS - 1], 1);
    assert_int_equal(read.counts[TMESH_DURATION_BUCKETS], 1);
    assert_int_equal(read.count, 7);
    assert_int_equal(read.sum_ms, 5 + 6 + 10 + 86400000 + 86400001);
    assert_int_equal(tmesh_metrics_durations(metrics, TMESH_DURATION_TASK, shop).count, 0);
    for (int i = 1; i < TMESH_DURATION_BUCKETS; i++) {
        assert_true(tmesh_duration_bounds_ms[i - 1] < tmesh_duration_bounds_ms[i]);
    }
}

static void namespaces_that_find_no_place_share_one(void **state)
{
    tmesh_metrics_t *metrics = *state;
    for (int round = 0; round < 2; round++) {
        for (int i = 0; i < TMESH_METRICS_NAMESPACES_MAX + 10; i++) {
            char name[16];
            snprintf(name, sizeof name, "n%d", i);
            tmesh_metrics_observe(metrics, TMESH_DURATION_TASK, name, 1);
        }
    }
    for (int i = 0; i < TMESH_METRICS_NAMESPACES_MAX; i++) {
        assert_non_null(tmesh_metrics_namespace(metrics, i));
        assert_int_equal(tmesh_metrics_durations(metrics, TMESH_DURATION_TASK, i).count, 2);
    }
    int other = find_namespace(metrics, "other");
    assert_int_equal(other, TMESH_METRICS_NAMESPACES_MAX);
    assert_int_equal(tmesh_metrics_durations(metrics, TMESH_DURATION_TASK, other).count, 20);
}

static void *count_along(void *object)
{
    tmesh_metrics_t *metrics = object;
    for (int i = 0; i < ROUNDS; i++) {
        char name[16];
        snprintf(name, sizeof name, "n%d", i % 16);
        tmesh_metrics_move_step(metrics, TMESH_STEP_NONE, TMESH_STEP_PENDING);
        tmesh_metrics_add(metrics, TMESH_COUNT_RESULTS_SUCCESS, 2);
        tmesh_metrics_observe(metrics, TMESH_DURATION_STEP, name, 3);
    }
    return NULL;
}

static void threads_lose_nothing(void **state)
{
    tmesh_metrics_t *metrics = *state;
    pthread_t threads[THREADS];
    for (int i = 0; i < THREADS; i++) {
        assert_int_equal(pthread_create(&threads[i], NULL, count_along, metrics), 0);
    }
    for (int i = 0; i < THREADS; i++) assert_int_equal(pthread_join(threads[i], NULL), 0);
    assert_int_equal(tmesh_metrics_steps_into(metrics, TMESH_STEP_PENDING), THREADS * ROUNDS);
    assert_int_equal(tmesh_metrics_count(metrics, TMESH_COUNT_RESULTS_SUCCESS),
                     2 * THREADS * ROUNDS);
    for (int i = 0; i < 16; i++) {
        char name[16];
        snprintf(name, sizeof name, "n%d", i);
        int index = find_namespace(metrics, name);
        assert_true(index >= 0);
        assert_int_equal(tmesh_metrics_durations(metrics, TMESH_DURATION_STEP, index).count,
                         THREADS * ROUNDS / 16);
    }
    assert_int_equal(find_namespace(metrics, "other"), -1);
}

static void without_metrics_nothing_is_counted(void **state)
{
    (void)state;
    tmesh_metrics_add(NULL, TMESH_COUNT_DECISIONS, 1);
    tmesh_metrics_move_task(NULL, TMESH_TASK_NONE, TMESH_TASK_PENDING);
    tmesh_metrics_move_step(NULL, TMESH_STEP_NONE, TMESH_STEP_PENDING);
    tmesh_metrics_observe(NULL, TMESH_DURATION_STEP, "shop", 1);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(moves_are_counted_one_by_one),
        CASE(open_tasks_are_those_of_the_start_and_what_came_since),
        CASE(a_duration_belongs_to_the_first_bound_that_it_does_not_exceed),
        CASE(namespaces_that_find_no_place_share_one),
        CASE(threads_lose_nothing),
        CASE(without_metrics_nothing_is_counted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
