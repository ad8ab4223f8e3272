#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "runtime/base/memory.h"
#include "services/moves/evaluate.h"
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

static void move(tmesh_work_t *work, uint16_t number, tmesh_step_event_t event)
{
    tmesh_work_step_t *step = tmesh_moves_bench_step(work, number);
    assert_int_equal(tmesh_work_move_step(work, step, event, 0, NULL), TMESH_OK);
}

static void where_it_goes_by_what_its_steps_did(void **state)
{
    static const struct {
        tmesh_step_event_t a; // from in_progress
        tmesh_step_event_t b; // from pending; CREATE: nothing
        tmesh_step_event_t c;
        tmesh_task_state_t state;
        bool holds;
    } cases[] = {
        {TMESH_STEP_EV_COMPLETE, TMESH_STEP_EV_COMPLETE_MANUALLY, TMESH_STEP_EV_COMPLETE_MANUALLY,
         TMESH_TASK_COMPLETE, false},
        {TMESH_STEP_EV_COMPLETE, TMESH_STEP_EV_RESOLVE_MANUALLY, TMESH_STEP_EV_FAIL,
         TMESH_TASK_BLOCKED_BY_FAILURES, true},
        {TMESH_STEP_EV_FAIL, TMESH_STEP_EV_ENQUEUE, TMESH_STEP_EV_WAIT_FOR_RETRY,
         TMESH_TASK_BLOCKED_BY_FAILURES, true},
        {TMESH_STEP_EV_COMPLETE, TMESH_STEP_EV_ENQUEUE, TMESH_STEP_EV_CREATE,
         TMESH_TASK_STEPS_IN_PROCESS, false},
        {TMESH_STEP_EV_WAIT_FOR_RETRY, TMESH_STEP_EV_ENQUEUE, TMESH_STEP_EV_CREATE,
         TMESH_TASK_STEPS_IN_PROCESS, false}, // as long as anything runs
        {TMESH_STEP_EV_WAIT_FOR_RETRY, TMESH_STEP_EV_CREATE, TMESH_STEP_EV_CREATE,
         TMESH_TASK_WAITING_FOR_RETRY, false},
        {TMESH_STEP_EV_COMPLETE, TMESH_STEP_EV_CREATE, TMESH_STEP_EV_CREATE,
         TMESH_TASK_WAITING_FOR_DEPENDENCIES, false},
    };
    tmesh_moves_bench_t *bench = *state;
    for (size_t i = 0; i < TMESH_COUNT_OF(cases); i++) {
        tmesh_work_task_t *task = NULL;
        tmesh_work_t *work = tmesh_moves_bench_begin(bench, TMESH_TASK_STEPS_IN_PROCESS, &task);
        tmesh_moves_bench_start(bench, work, tmesh_moves_bench_step(work, 1));
        move(work, 1, cases[i].a);
        if (cases[i].b != TMESH_STEP_EV_CREATE) move(work, 2, cases[i].b);
        if (cases[i].c != TMESH_STEP_EV_CREATE) move(work, 3, cases[i].c);
        assert_int_equal(tmesh_moves_evaluate(bench->tools, work, task, NULL, 0), TMESH_OK);
        assert_string_equal(tmesh_task_state_word(task->row.state),
                            tmesh_task_state_word(cases[i].state));
        assert_int_equal(task->hold_steps, cases[i].holds);
        assert_int_equal(task->row.completed_ms != 0, task->row.state == TMESH_TASK_COMPLETE);
        tmesh_store_abandon(bench->fixture->store, &work);
    }
}

// Any number of finalize messages end a task once.
static void only_a_task_in_process_is_evaluated(void **state)
{
    tmesh_moves_bench_t *bench = *state;
    for (int from = 1; from < TMESH_TASK_STATE_COUNT; from++) {
        if (from == TMESH_TASK_STEPS_IN_PROCESS) continue;
        tmesh_work_task_t *task = NULL;
        tmesh_work_t *work = tmesh_moves_bench_begin(bench, (tmesh_task_state_t)from, &task);
        uint32_t before = work->transition_count;
        assert_int_equal(tmesh_moves_evaluate(bench->tools, work, task, NULL, 0), TMESH_OK);
        assert_int_equal(task->row.state, from);
        assert_int_equal(work->transition_count, before);
        tmesh_store_abandon(bench->fixture->store, &work);
    }
}

static void what_became_ready_starts_unless_a_failure_blocks(void **state)
{
    tmesh_moves_bench_t *bench = *state;
    for (int fails = 0; fails < 2; fails++) {
        tmesh_work_task_t *task = NULL;
        tmesh_work_t *work = tmesh_moves_bench_begin(bench, TMESH_TASK_STEPS_IN_PROCESS, &task);
        tmesh_moves_bench_start(bench, work, tmesh_moves_bench_step(work, 1));
        move(work, 1, TMESH_STEP_EV_COMPLETE);
        if (fails) move(work, 3, TMESH_STEP_EV_FAIL);
        tmesh_work_step_t *child = tmesh_moves_bench_step(work, 2);
        child->row.parents_open = 0;
        assert_int_equal(tmesh_moves_evaluate(bench->tools, work, task, &child, 1), TMESH_OK);
        assert_int_equal(child->row.state, fails ? TMESH_STEP_PENDING : TMESH_STEP_ENQUEUED);
        assert_int_equal(task->row.state, fails ? TMESH_TASK_BLOCKED_BY_FAILURES
                                                : TMESH_TASK_STEPS_IN_PROCESS);
        assert_int_equal(child->row.due_for,
                         fails ? TMESH_STEP_DUE_NOTHING : TMESH_STEP_DUE_UNCLAIMED);
        tmesh_store_abandon(bench->fixture->store, &work);
    }
}

static void a_task_is_evaluated_once_however_often_it_is_touched(void **state)
{
    tmesh_moves_bench_t *bench = *state;
    tmesh_work_task_t *task = NULL;
    tmesh_work_t *work = tmesh_moves_bench_begin(bench, TMESH_TASK_STEPS_IN_PROCESS, &task);
    tmesh_auto(tmesh_touched) touched = tmesh_touched_new();
    for (uint16_t number = 1; number <= 3; number++) {
        tmesh_work_step_t *step = tmesh_moves_bench_step(work, number);
        step->row.parents_open = 0;
        tmesh_touched_add(touched, work, task, NULL);
        tmesh_touched_add(touched, work, task, step);
    }
    tmesh_work_task_t *other = tmesh_store_fixture_add_task(bench->fixture, work, 12, NULL);
    other->row.state = TMESH_TASK_STEPS_IN_PROCESS;
    for (uint16_t number = 1; number <= 12; number++) { // more than the list has room for at first
        tmesh_work_step_t *step = tmesh_store_fixture_step_of(work, other, number);
        step->row.parents_open = 0;
        step->row.template_index = 0;
        tmesh_touched_add(touched, work, other, step);
    }
    assert_int_equal(touched->count, 2);
    assert_int_equal(touched->tasks[0]->ready_count, 3);
    assert_int_equal(touched->tasks[1]->ready_count, 12);
    uint32_t before = task->row.last_number;
    assert_int_equal(tmesh_touched_evaluate(touched, bench->tools, work), TMESH_OK);
    // evaluating_results, enqueuing_steps, three steps, steps_in_process
    assert_int_equal(task->row.last_number - before, 6);
    assert_int_equal(task->row.steps_in_flight, 3);
    assert_int_equal(other->row.steps_in_flight, 12);
    tmesh_moves_bench_end(bench, &work);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(where_it_goes_by_what_its_steps_did),
        CASE(only_a_task_in_process_is_evaluated),
        CASE(what_became_ready_starts_unless_a_failure_blocks),
        CASE(a_task_is_evaluated_once_however_often_it_is_touched),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
