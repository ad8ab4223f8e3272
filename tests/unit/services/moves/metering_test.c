#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "runtime/base/memory.h"
#include "services/moves/enqueue.h"
#include "services/moves/evaluate.h"
#include "services/moves/outcome.h"
#include "tests/support/moves_bench.h"

static int set_up(void **state)
{
    tmesh_moves_bench_t *bench = tmesh_moves_bench_new();
    bench->tools->metrics = tmesh_metrics_new();
    *state = bench;
    return 0;
}

static int tear_down(void **state)
{
    tmesh_moves_bench_t *bench = *state;
    tmesh_metrics_t *metrics = bench->tools->metrics;
    tmesh_moves_bench_destroy(&bench);
    tmesh_metrics_destroy(&metrics);
    return 0;
}

static void commit(tmesh_moves_bench_t *bench, tmesh_work_t *work, tmesh_err_t expected)
{
    tmesh_auto(tmesh_outcome) outcome = tmesh_outcome_new();
    assert_int_equal(tmesh_outcome_commit(outcome, bench->tools, &work), expected);
}

// A new task whose first step is enqueued, and claimed when there is credit.
static tmesh_work_t *begin_enqueued(tmesh_moves_bench_t *bench, int64_t credit)
{
    tmesh_work_task_t *task = NULL;
    tmesh_work_t *work = tmesh_moves_bench_begin(bench, TMESH_TASK_PENDING, &task);
    tmesh_work_step_t *step = tmesh_moves_bench_step(work, 1);
    if (credit) tmesh_credit_add(bench->credit, 0, credit);
    assert_int_equal(tmesh_moves_enqueue(bench->tools, work, task, &step, 1), TMESH_OK);
    return work;
}

static void a_commit_is_counted(void **state)
{
    tmesh_moves_bench_t *bench = *state;
    const tmesh_metrics_t *metrics = bench->tools->metrics;
    commit(bench, begin_enqueued(bench, 1), TMESH_OK);
    assert_int_equal(
        tmesh_metrics_step_moves(metrics, TMESH_STEP_PENDING, TMESH_STEP_ENQUEUED), 1);
    assert_int_equal(
        tmesh_metrics_task_moves(metrics, TMESH_TASK_PENDING, TMESH_TASK_INITIALIZING), 1);
    assert_int_equal(tmesh_metrics_count(metrics, TMESH_COUNT_STEPS_CLAIMED), 1);
    assert_int_equal(tmesh_metrics_count(metrics, TMESH_COUNT_DECISION_STEPS), 0);
    commit(bench, begin_enqueued(bench, 0), TMESH_OK);
    assert_int_equal(tmesh_metrics_steps_into(metrics, TMESH_STEP_ENQUEUED), 2);
    assert_int_equal(tmesh_metrics_count(metrics, TMESH_COUNT_STEPS_CLAIMED), 1);
}

static void what_was_not_committed_is_not(void **state)
{
    tmesh_moves_bench_t *bench = *state;
    const tmesh_metrics_t *metrics = bench->tools->metrics;
    tmesh_work_t *work = begin_enqueued(bench, 1);
    tmesh_result_row_t twice = {
        .step_id = tmesh_moves_bench_step(work, 1)->row.id, .run = 1, .answer = TMESH_STEP_ERROR};
    tmesh_work_add_result(work, &twice);
    tmesh_work_add_result(work, &twice); // refused by the store
    commit(bench, work, TMESH_ERR_CONFLICT);
    work = begin_enqueued(bench, 1);
    tmesh_auto(tmesh_outcome) outcome = tmesh_outcome_new();
    tmesh_outcome_abandon(outcome, bench->tools, &work);
    assert_int_equal(tmesh_metrics_steps_into(metrics, TMESH_STEP_ENQUEUED), 0);
    assert_int_equal(tmesh_metrics_tasks_into(metrics, TMESH_TASK_PENDING), 0);
    assert_int_equal(tmesh_metrics_count(metrics, TMESH_COUNT_STEPS_CLAIMED), 0);
    assert_int_equal(tmesh_metrics_count(metrics, TMESH_COUNT_RESULTS_FAILURE), 0);
}

static void a_claim_that_its_own_commit_withdraws_is_none(void **state)
{
    tmesh_moves_bench_t *bench = *state;
    tmesh_work_task_t *task = NULL;
    tmesh_work_t *work = tmesh_moves_bench_begin(bench, TMESH_TASK_STEPS_IN_PROCESS, &task);
    tmesh_moves_bench_claim(bench, work, tmesh_moves_bench_step(work, 1));
    assert_int_equal(tmesh_work_move_step(work, tmesh_moves_bench_step(work, 2),
                                          TMESH_STEP_EV_FAIL, 0, NULL), TMESH_OK);
    assert_int_equal(tmesh_moves_evaluate(bench->tools, work, task, NULL, 0), TMESH_OK);
    commit(bench, work, TMESH_OK);
    assert_int_equal(tmesh_metrics_count(bench->tools->metrics, TMESH_COUNT_STEPS_CLAIMED), 0);
}

static void durations_go_to_the_namespace_of_the_template(void **state)
{
    tmesh_moves_bench_t *bench = *state;
    const tmesh_metrics_t *metrics = bench->tools->metrics;
    tmesh_work_task_t *task = NULL;
    tmesh_work_t *work = tmesh_moves_bench_begin(bench, TMESH_TASK_STEPS_IN_PROCESS, &task);
    tmesh_work_step_t *step = tmesh_moves_bench_step(work, 1);
    tmesh_moves_bench_start(bench, work, step);
    tmesh_result_row_t result = {.step_id = step->row.id,
                                 .run = step->row.run,
                                 .success = true,
                                 .received_ms = step->row.sent_ms + 70,
                                 .body = tmesh_bytes_of_text("1"),
                                 .answer = TMESH_STEP_COMPLETE};
    tmesh_work_add_result(work, &result);
    commit(bench, work, TMESH_OK);
    int index = 0;
    while (!tmesh_metrics_namespace(metrics, index)) index++;
    assert_string_equal(tmesh_metrics_namespace(metrics, index), "shop");
    tmesh_durations_t read = tmesh_metrics_durations(metrics, TMESH_DURATION_STEP, index);
    assert_int_equal(read.count, 1);
    assert_int_equal(read.sum_ms, 70);
    assert_int_equal(tmesh_metrics_count(metrics, TMESH_COUNT_RESULTS_SUCCESS), 1);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(a_commit_is_counted),
        CASE(what_was_not_committed_is_not),
        CASE(a_claim_that_its_own_commit_withdraws_is_none),
        CASE(durations_go_to_the_namespace_of_the_template),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
