// What is counted is what is in the store: exactly, whatever was lost, doubled, or died on the way.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "runtime/base/memory.h"
#include "tests/simulation/support/shapes.h"
#include "tests/simulation/support/sim.h"

enum { MINUTE_MS = 60000, HOUR_MS = 3600000, TASKS = 12, ROWS_MAX = 1000 };

#define ROUTE                                                                                      \
    "name: route\nnamespace_name: sim\nversion: 1.0.0\nsteps:\n"                                   \
    "  - {name: a, handler: {callable: c}}\n"                                                      \
    "  - {name: d, type: decision, dependencies: [a], handler: {callable: c}}\n"                   \
    "  - {name: x, dependencies: [d], handler: {callable: c}}\n"                                   \
    "  - {name: y, dependencies: [d], handler: {callable: c}}\n"

#define CREATE_X "{\"decision_point_outcome\":{\"type\":\"create_steps\",\"step_names\":[\"x\"]}}"

static tmesh_sim_deed_t fail_c_once(void *self, const tmesh_parcel_t *parcel,
                                    tmesh_random_t *random)
{
    (void)self;
    (void)random;
    bool fails = strcmp(parcel->step_name, "c") == 0 && parcel->attempt == 1;
    return fails ? TMESH_SIM_FAIL_RETRYABLE : TMESH_SIM_SUCCEED;
}

static uint64_t count_of(const tmesh_sim_t *sim, tmesh_count_t what)
{
    return tmesh_metrics_count(tmesh_sim_metrics(sim), what);
}

// The histograms of the one namespace that there is.
static tmesh_durations_t durations_of(const tmesh_sim_t *sim, tmesh_duration_t what)
{
    int index = 0;
    while (!tmesh_metrics_namespace(tmesh_sim_metrics(sim), index)) index++;
    assert_string_equal(tmesh_metrics_namespace(tmesh_sim_metrics(sim), index), "sim");
    return tmesh_metrics_durations(tmesh_sim_metrics(sim), what, index);
}

static void a_chain_with_one_retry_counts_exactly(void **state)
{
    (void)state;
    tmesh_sim_config_t config = {.seed = 7, .capacity = 10, .script = fail_c_once};
    tmesh_sim_t *sim = tmesh_sim_open(&config);
    tmesh_sim_put_template(sim, SHAPE_LINEAR);
    (void)tmesh_sim_start(sim, "linear", "{}");
    const tmesh_metrics_t *metrics = tmesh_sim_metrics(sim);
    assert_int_equal(tmesh_metrics_open_tasks(metrics), 1);
    assert_true(tmesh_sim_run(sim, MINUTE_MS));
    assert_int_equal(count_of(sim, TMESH_COUNT_REQUESTS_CREATED), 1);
    assert_int_equal(tmesh_metrics_open_tasks(metrics), 0);
    assert_int_equal(tmesh_metrics_tasks_into(metrics, TMESH_TASK_COMPLETE), 1);
    assert_int_equal(tmesh_metrics_steps_into(metrics, TMESH_STEP_PENDING), 5);
    assert_int_equal(tmesh_metrics_steps_into(metrics, TMESH_STEP_ENQUEUED), 5);
    assert_int_equal(tmesh_metrics_steps_into(metrics, TMESH_STEP_IN_PROGRESS), 5);
    assert_int_equal(tmesh_metrics_steps_into(metrics, TMESH_STEP_COMPLETE), 4);
    assert_int_equal(tmesh_metrics_step_moves(metrics, TMESH_STEP_WAITING_FOR_RETRY,
                                              TMESH_STEP_PENDING), 1);
    assert_int_equal(tmesh_metrics_steps_into(metrics, TMESH_STEP_ERROR), 0);
    assert_int_equal(count_of(sim, TMESH_COUNT_STEPS_CLAIMED), 5);
    assert_int_equal(count_of(sim, TMESH_COUNT_RESULTS_SUCCESS), 4);
    assert_int_equal(count_of(sim, TMESH_COUNT_RESULTS_FAILURE), 1);
    assert_int_equal(count_of(sim, TMESH_COUNT_DECISION_STEPS), 0);
    assert_int_equal(durations_of(sim, TMESH_DURATION_STEP).count, 5);
    tmesh_durations_t task = durations_of(sim, TMESH_DURATION_TASK);
    assert_int_equal(task.count, 1);
    assert_int_equal(task.sum_ms, 1000); // the clock is fake: the wait for the retry, nothing else
    tmesh_sim_destroy(&sim);
}

static const char *answer_of(void *self, const char *step)
{
    return strcmp(step, "d") == 0 ? self : NULL;
}

static void decide(const char *answer, uint64_t applied, uint64_t created, uint64_t refused)
{
    tmesh_sim_config_t config = {
        .seed = 7, .capacity = 10, .answer = answer_of, .answer_self = (void *)answer};
    tmesh_sim_t *sim = tmesh_sim_open(&config);
    tmesh_sim_put_template(sim, ROUTE);
    (void)tmesh_sim_start(sim, "route", "{}");
    assert_true(tmesh_sim_run(sim, MINUTE_MS));
    assert_int_equal(count_of(sim, TMESH_COUNT_DECISIONS), applied);
    assert_int_equal(count_of(sim, TMESH_COUNT_DECISION_STEPS), created);
    assert_int_equal(count_of(sim, TMESH_COUNT_DECISION_ERRORS), refused);
    tmesh_sim_destroy(&sim);
}

static void decisions_are_counted_by_what_became_of_them(void **state)
{
    (void)state;
    decide(CREATE_X, 1, 1, 0);
    decide("{\"decision_point_outcome\":{\"type\":\"no_branches\"}}", 1, 0, 0);
    decide("{\"decision_point_outcome\":{\"type\":\"create_steps\",\"step_names\":[\"a\"]}}", 0, 0,
           1);
}

// A lost worker's run has no answer, so it has no duration; its result is recorded all the same.
static tmesh_sim_deed_t lose_once(void *self, const tmesh_parcel_t *parcel, tmesh_random_t *random)
{
    (void)random;
    bool *is_lost = self;
    if (*is_lost || strcmp(parcel->step_name, "b") != 0) return TMESH_SIM_SUCCEED;
    *is_lost = true;
    return TMESH_SIM_LOSE_WORKER;
}

static void a_lost_worker_is_a_failure_without_a_duration(void **state)
{
    (void)state;
    bool is_lost = false;
    tmesh_sim_config_t config = {
        .seed = 7, .capacity = 10, .script = lose_once, .script_self = &is_lost};
    tmesh_sim_t *sim = tmesh_sim_open(&config);
    tmesh_sim_put_template(sim, SHAPE_LINEAR);
    (void)tmesh_sim_start(sim, "linear", "{}");
    assert_true(tmesh_sim_run(sim, MINUTE_MS));
    assert_int_equal(count_of(sim, TMESH_COUNT_RESULTS_FAILURE), 1);
    assert_int_equal(count_of(sim, TMESH_COUNT_STEPS_CLAIMED), 5);
    assert_int_equal(durations_of(sim, TMESH_DURATION_STEP).count, 4);
    tmesh_sim_destroy(&sim);
}

// ---- Against the rows of the store

typedef struct {
    uint64_t tasks[TMESH_TASK_STATE_COUNT][TMESH_TASK_STATE_COUNT];
    uint64_t steps[TMESH_STEP_STATE_COUNT][TMESH_STEP_STATE_COUNT];
} moves_t;

static void read_moves(tmesh_sim_t *sim, tmesh_task_id_t id, moves_t *moves)
{
    tmesh_auto(tmesh_arena) arena = tmesh_arena_new();
    tmesh_transition_row_t *rows = NULL;
    size_t count = 0;
    assert_int_equal(tmesh_reader_transitions(tmesh_sim_reader(sim), id, 0, ROWS_MAX, arena, &rows,
                                              &count), TMESH_OK);
    assert_in_range(count, 1, ROWS_MAX - 1);
    for (size_t i = 0; i < count; i++) {
        if (rows[i].step_number == 0) {
            moves->tasks[tmesh_task_state_parse(rows[i].from)][tmesh_task_state_parse(rows[i].to)]++;
        } else {
            moves->steps[tmesh_step_state_parse(rows[i].from)][tmesh_step_state_parse(rows[i].to)]++;
        }
    }
}

static void assert_counted(const tmesh_metrics_t *metrics, const moves_t *moves)
{
    for (int from = 0; from < TMESH_TASK_STATE_COUNT; from++) {
        for (int to = 0; to < TMESH_TASK_STATE_COUNT; to++) {
            assert_int_equal(tmesh_metrics_task_moves(metrics, (tmesh_task_state_t)from,
                                                      (tmesh_task_state_t)to),
                             moves->tasks[from][to]);
        }
    }
    for (int from = 0; from < TMESH_STEP_STATE_COUNT; from++) {
        for (int to = 0; to < TMESH_STEP_STATE_COUNT; to++) {
            assert_int_equal(tmesh_metrics_step_moves(metrics, (tmesh_step_state_t)from,
                                                      (tmesh_step_state_t)to),
                             moves->steps[from][to]);
        }
    }
}

static tmesh_sim_deed_t stumble(void *self, const tmesh_parcel_t *parcel, tmesh_random_t *random)
{
    (void)self;
    if (parcel->attempt >= 2) return TMESH_SIM_SUCCEED;
    switch (tmesh_random_below(random, 6)) {
    case 0: return TMESH_SIM_FAIL_RETRYABLE;
    case 1: return TMESH_SIM_STAY_SILENT;
    case 2: return TMESH_SIM_LOSE_WORKER;
    default: return TMESH_SIM_SUCCEED;
    }
}

static void storm(uint64_t seed)
{
    static const char *const names[] = {"linear", "diamond", "patient", "route"};
    tmesh_sim_config_t config = {
        .seed = seed,
        .lose_percent = 20,
        .double_percent = 20,
        .capacity = 100000,
        .step_ms_max = 2000,
        .script = stumble,
        .answer = answer_of,
        .answer_self = (void *)CREATE_X,
    };
    tmesh_sim_t *sim = tmesh_sim_open(&config);
    tmesh_sim_put_template(sim, SHAPE_LINEAR);
    tmesh_sim_put_template(sim, SHAPE_DIAMOND);
    tmesh_sim_put_template(sim, SHAPE_PATIENT);
    tmesh_sim_put_template(sim, ROUTE);
    tmesh_task_id_t ids[TASKS];
    for (int i = 0; i < TASKS; i++) ids[i] = tmesh_sim_start(sim, names[i % 4], "{}");
    for (int death = 0; death < 3; death++) {
        tmesh_sim_pass(sim, 700);
        tmesh_sim_crash(sim, death % 2 == 0);
    }
    (void)tmesh_sim_cancel(sim, ids[0]);
    assert_true(tmesh_sim_run(sim, 12 * HOUR_MS));
    moves_t moves = {0};
    for (int i = 0; i < TASKS; i++) read_moves(sim, ids[i], &moves);
    assert_counted(tmesh_sim_metrics(sim), &moves);
    uint64_t open = 0;
    assert_int_equal(tmesh_reader_open_tasks(tmesh_sim_reader(sim), &open), TMESH_OK);
    assert_int_equal(tmesh_metrics_open_tasks(tmesh_sim_metrics(sim)), open);
    tmesh_sim_destroy(&sim);
}

static void the_numbers_are_those_of_the_store(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 10; seed++) storm(seed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_chain_with_one_retry_counts_exactly),
        cmocka_unit_test(decisions_are_counted_by_what_became_of_them),
        cmocka_unit_test(a_lost_worker_is_a_failure_without_a_duration),
        cmocka_unit_test(the_numbers_are_those_of_the_store),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
