#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "runtime/base/memory.h"
#include "services/domain/readiness.h"
#include "services/moves/enqueue.h"
#include "tests/support/moves_bench.h"

static int set_up(void **state)
{
    *state = tmesh_moves_bench_new();
    return 0;
}

static int tear_down(void **state)
{
    tmesh_moves_bench_t *bench = *state;
    tmesh_moves_bench_destroy(&bench);
    return 0;
}

static void without_credit_it_waits_unclaimed(void **state)
{
    tmesh_moves_bench_t *bench = *state;
    tmesh_work_task_t *task = NULL;
    tmesh_work_t *work = tmesh_moves_bench_begin(bench, TMESH_TASK_PENDING, &task);
    task->row.priority = 7;
    tmesh_work_step_t *step = tmesh_moves_bench_step(work, 1);
    assert_int_equal(tmesh_moves_enqueue(bench->tools, work, task, &step, 1), TMESH_OK);
    const tmesh_step_row_t *row = &step->row;
    assert_int_equal(task->row.state, TMESH_TASK_STEPS_IN_PROCESS);
    assert_int_equal(task->row.steps_in_flight, 1);
    assert_int_equal(row->state, TMESH_STEP_ENQUEUED);
    assert_false(row->claimed);
    assert_int_equal(row->run, 0);
    assert_int_equal(row->due_for, TMESH_STEP_DUE_UNCLAIMED);
    assert_int_equal(row->due_ms, work->now_ms + MOVES_BENCH_UNCLAIMED_MS);
    assert_int_equal(row->enqueued_ms, work->now_ms);
    assert_true(row->order_key == tmesh_readiness_order_key(work->now_ms, 7));
    assert_int_equal(work->claim_count, 0);
    tmesh_moves_bench_end(bench, &work);
}

static void with_credit_it_is_claimed_at_once(void **state)
{
    static const tmesh_run_token_t none;
    tmesh_moves_bench_t *bench = *state;
    tmesh_work_task_t *task = NULL;
    tmesh_work_t *work = tmesh_moves_bench_begin(bench, TMESH_TASK_PENDING, &task);
    tmesh_work_step_t *step = tmesh_moves_bench_step(work, 1);
    tmesh_credit_add(bench->credit, 0, 1);
    assert_int_equal(tmesh_moves_enqueue(bench->tools, work, task, &step, 1), TMESH_OK);
    assert_true(step->row.claimed);
    assert_int_equal(step->row.run, 1);
    assert_int_equal(step->row.attempts, 0); // counted when it is sent
    assert_false(tmesh_run_token_equal(step->row.token, none));
    assert_int_equal(step->row.due_for, TMESH_STEP_DUE_HAND_OFF);
    assert_int_equal(step->row.due_ms, work->now_ms + MOVES_BENCH_HAND_OFF_MS);
    assert_int_equal(work->claim_count, 1);
    assert_ptr_equal(work->claims[0].step, step);
    assert_int_equal(work->claims[0].offer, 0);
    assert_int_equal(tmesh_credit_room(bench->credit, 0), 0);
    tmesh_moves_bench_end(bench, &work);
}

static void the_next_claim_is_another_run(void **state)
{
    tmesh_moves_bench_t *bench = *state;
    tmesh_work_task_t *task = NULL;
    tmesh_work_t *work = tmesh_moves_bench_begin(bench, TMESH_TASK_STEPS_IN_PROCESS, &task);
    tmesh_work_step_t *step = tmesh_moves_bench_step(work, 1);
    tmesh_moves_bench_claim(bench, work, step);
    tmesh_run_token_t first = step->row.token;
    tmesh_result_row_t old = {.run = 1};
    step->stored_result = &old;
    step->row.sent_ms = 1;
    step->row.worker = "w1";
    // No credit: the run goes on counting as the last one, for whoever may still have it.
    assert_int_equal(tmesh_moves_claim(bench->tools, work, step), TMESH_OK);
    assert_false(step->row.claimed);
    assert_int_equal(step->row.run, 1);
    assert_non_null(step->stored_result);
    tmesh_credit_add(bench->credit, 0, 1);
    assert_int_equal(tmesh_moves_claim(bench->tools, work, step), TMESH_OK);
    assert_int_equal(step->row.run, 2);
    assert_false(tmesh_run_token_equal(step->row.token, first));
    assert_null(step->stored_result);
    assert_int_equal(step->row.sent_ms, 0);
    assert_null(step->row.worker);
    tmesh_moves_bench_end(bench, &work);
}

// From each state in which a task may rest: to steps_in_process, or refused and nothing is changed.
static void each_state_of_the_task(void **state)
{
    static const struct {
        tmesh_task_state_t from;
        uint32_t passages; // of the task
    } ways[] = {
        {TMESH_TASK_PENDING, 3},
        {TMESH_TASK_WAITING_FOR_RETRY, 2},
        {TMESH_TASK_WAITING_FOR_DEPENDENCIES, 3},
        {TMESH_TASK_EVALUATING_RESULTS, 2},
        {TMESH_TASK_STEPS_IN_PROCESS, 0},
    };
    tmesh_moves_bench_t *bench = *state;
    for (int from = 1; from < TMESH_TASK_STATE_COUNT; from++) {
        uint32_t passages = UINT32_MAX;
        for (size_t i = 0; i < TMESH_COUNT_OF(ways); i++) {
            if ((int)ways[i].from == from) passages = ways[i].passages;
        }
        tmesh_work_task_t *task = NULL;
        tmesh_work_t *work = tmesh_moves_bench_begin(bench, (tmesh_task_state_t)from, &task);
        tmesh_work_step_t *step = tmesh_moves_bench_step(work, 1);
        uint32_t before = work->transition_count;
        bool may = passages != UINT32_MAX;
        assert_int_equal(tmesh_moves_may_enqueue(task), may);
        assert_int_equal(tmesh_moves_enqueue(bench->tools, work, task, &step, 1),
                         may ? TMESH_OK : TMESH_ERR_CORRUPT);
        assert_int_equal(work->transition_count - before, may ? passages + 1 : 0);
        assert_int_equal(task->row.state, may ? (int)TMESH_TASK_STEPS_IN_PROCESS : from);
        tmesh_store_abandon(bench->fixture->store, &work);
    }
}

static void a_retry_passes_pending(void **state)
{
    tmesh_moves_bench_t *bench = *state;
    tmesh_work_task_t *task = NULL;
    tmesh_work_t *work = tmesh_moves_bench_begin(bench, TMESH_TASK_WAITING_FOR_RETRY, &task);
    tmesh_work_step_t *step = tmesh_moves_bench_step(work, 1);
    assert_int_equal(
        tmesh_work_move_step(work, step, TMESH_STEP_EV_WAIT_FOR_RETRY, 0, NULL), TMESH_OK);
    assert_int_equal(task->row.steps_waiting, 1);
    assert_int_equal(tmesh_moves_enqueue(bench->tools, work, task, &step, 1), TMESH_OK);
    assert_int_equal(step->row.state, TMESH_STEP_ENQUEUED);
    assert_int_equal(task->row.steps_waiting, 0);
    assert_int_equal(task->row.steps_in_flight, 1);
    tmesh_moves_bench_end(bench, &work);
}

static void what_is_not_ready_is_not_enqueued(void **state)
{
    tmesh_moves_bench_t *bench = *state;
    tmesh_work_task_t *task = NULL;
    tmesh_work_t *work = tmesh_moves_bench_begin(bench, TMESH_TASK_PENDING, &task);
    tmesh_work_step_t *child = tmesh_moves_bench_step(work, 2); // a is open
    assert_int_equal(tmesh_moves_enqueue(bench->tools, work, task, &child, 1), TMESH_ERR_CORRUPT);
    tmesh_store_abandon(bench->fixture->store, &work);
}

static void sending_begins_the_attempt_and_its_time_limit(void **state)
{
    static const int64_t limits[] = {60000, MOVES_BENCH_TIMEOUT_MS, 0};
    tmesh_moves_bench_t *bench = *state;
    tmesh_work_task_t *task = NULL;
    tmesh_work_t *work = tmesh_moves_bench_begin(bench, TMESH_TASK_STEPS_IN_PROCESS, &task);
    for (uint16_t number = 1; number <= 3; number++) {
        tmesh_work_step_t *step = tmesh_moves_bench_step(work, number);
        tmesh_moves_bench_claim(bench, work, step);
        int64_t sent_ms = work->now_ms - 40; // it is recorded later than it was sent
        assert_int_equal(tmesh_moves_start(bench->tools, work, step, sent_ms, "w1"), TMESH_OK);
        const tmesh_step_row_t *row = &step->row;
        int64_t limit_ms = limits[number - 1];
        assert_int_equal(row->state, TMESH_STEP_IN_PROGRESS);
        assert_int_equal(row->attempts, 1);
        assert_false(row->claimed);
        assert_int_equal(row->sent_ms, sent_ms);
        assert_int_equal(row->due_for, limit_ms ? TMESH_STEP_DUE_TIMEOUT : TMESH_STEP_DUE_NOTHING);
        assert_true(row->due_ms == (limit_ms ? sent_ms + limit_ms : TMESH_DUE_NONE));
        const tmesh_transition_row_t *last = &work->transitions[work->transition_count - 1];
        assert_int_equal(last->at_ms, sent_ms);
        assert_int_equal(last->run, 1);
        assert_string_equal(last->worker, "w1");
        assert_int_equal(tmesh_moves_start(bench->tools, work, step, 0, "w1"), TMESH_ERR_CORRUPT);
    }
    tmesh_moves_bench_end(bench, &work);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(without_credit_it_waits_unclaimed),
        CASE(with_credit_it_is_claimed_at_once),
        CASE(the_next_claim_is_another_run),
        CASE(each_state_of_the_task),
        CASE(a_retry_passes_pending),
        CASE(what_is_not_ready_is_not_enqueued),
        CASE(sending_begins_the_attempt_and_its_time_limit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
