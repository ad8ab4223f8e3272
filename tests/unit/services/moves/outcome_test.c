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
    *state = tmesh_moves_bench_new();
    return 0;
}

static int tear_down(void **state)
{
    tmesh_moves_bench_t *bench = *state;
    tmesh_moves_bench_destroy(&bench);
    return 0;
}

// A committed task whose first step is claimed as run 1.
static tmesh_task_id_t put_claimed(tmesh_moves_bench_t *bench, tmesh_outcome_t *outcome)
{
    tmesh_work_task_t *task = NULL;
    tmesh_work_t *work = tmesh_moves_bench_begin(bench, TMESH_TASK_PENDING, &task);
    tmesh_task_id_t id = task->row.id;
    tmesh_work_step_t *step = tmesh_moves_bench_step(work, 1);
    tmesh_credit_add(bench->credit, 0, 1);
    assert_int_equal(tmesh_moves_enqueue(bench->tools, work, task, &step, 1), TMESH_OK);
    assert_int_equal(tmesh_outcome_commit(outcome, bench->tools, &work), TMESH_OK);
    assert_null(work);
    return id;
}

static void a_claim_becomes_a_parcel(void **state)
{
    tmesh_moves_bench_t *bench = *state;
    tmesh_auto(tmesh_outcome) outcome = tmesh_outcome_new();
    tmesh_task_id_t id = put_claimed(bench, outcome);
    assert_int_equal(outcome->parcel_count, 1);
    const tmesh_parcel_t *parcel = &outcome->parcels[0];
    assert_int_equal(tmesh_step_id_compare(parcel->fence.step_id, tmesh_step_id_of(id, 1)), 0);
    assert_int_equal(parcel->fence.run, 1);
    assert_int_equal(parcel->offer, 0);
    assert_string_equal(parcel->step_name, "a");
    assert_string_equal(parcel->namespace_name, "shop");
    assert_string_equal(parcel->task_name, "chain");
    assert_string_equal(parcel->callable, "a");
    assert_int_equal(parcel->attempt, 1);
    assert_int_equal(parcel->timeout_ms, 60000);
    assert_int_equal(parcel->input_count, 0);
    assert_true(tmesh_bytes_equal_text(parcel->context, "{}"));
    assert_true(tmesh_bytes_equal_text(parcel->initialization, "{\"greeting\":\"hello\"}"));
    assert_true(outcome->due_ms == FIXTURE_START_MS + MOVES_BENCH_HAND_OFF_MS);
    assert_int_equal(outcome->settled_count, 0);
    assert_false(outcome->left_unclaimed);
}

static void a_parcel_carries_the_results_of_its_parents(void **state)
{
    tmesh_moves_bench_t *bench = *state;
    tmesh_auto(tmesh_outcome) first = tmesh_outcome_new();
    tmesh_task_id_t id = put_claimed(bench, first);
    tmesh_work_t *work = tmesh_store_fixture_load_step(bench->fixture, tmesh_step_id_of(id, 1));
    tmesh_work_task_t *task = tmesh_work_find_task(work, id);
    tmesh_work_step_t *parent = tmesh_work_find_step(work, tmesh_step_id_of(id, 1));
    tmesh_work_step_t *child = tmesh_work_find_step(work, tmesh_step_id_of(id, 2));
    tmesh_store_fixture_succeed(work, parent, "[0.10]");
    child->row.parents_open = 0;
    tmesh_credit_add(bench->credit, 0, 1);
    assert_int_equal(tmesh_moves_evaluate(bench->tools, work, task, &child, 1), TMESH_OK);
    tmesh_auto(tmesh_outcome) second = tmesh_outcome_new();
    assert_int_equal(tmesh_outcome_commit(second, bench->tools, &work), TMESH_OK);
    assert_int_equal(second->parcel_count, 1);
    assert_int_equal(second->parcels[0].input_count, 1);
    assert_string_equal(second->parcels[0].inputs[0].name, "a");
    assert_true(tmesh_bytes_equal_text(second->parcels[0].inputs[0].result, "[0.10]"));
}

// A store that learns late that a commit has succeeded.
static struct {
    const tmesh_store_backend_t *backend; // the real one
    tmesh_clock_t *clock;
    int64_t takes_ms;
} slow;

static tmesh_err_t slow_commit(tmesh_store_t *store, tmesh_work_t *work)
{
    tmesh_err_t err = slow.backend->commit(store, work);
    tmesh_clock_advance_ms(slow.clock, slow.takes_ms);
    return err;
}

// By then the hand-off time may have sent the same run, and it may have ended.
static void a_commit_that_took_long_to_be_known_sends_nothing(void **state)
{
    tmesh_moves_bench_t *bench = *state;
    tmesh_store_t *store = bench->fixture->store;
    tmesh_store_backend_t backend = *store->backend;
    backend.commit = slow_commit;
    slow.backend = store->backend;
    slow.clock = bench->fixture->clock;
    static const struct {
        int64_t takes_ms;
        size_t parcels;
    } cases[] = {{MOVES_BENCH_HAND_OFF_MS / 2, 1}, {MOVES_BENCH_HAND_OFF_MS / 2 + 1, 0}};
    for (size_t i = 0; i < TMESH_COUNT_OF(cases); i++) {
        slow.takes_ms = cases[i].takes_ms;
        store->backend = &backend;
        tmesh_auto(tmesh_outcome) outcome = tmesh_outcome_new();
        tmesh_task_id_t id = put_claimed(bench, outcome);
        store->backend = slow.backend;
        assert_int_equal(outcome->parcel_count, cases[i].parcels);
        tmesh_step_id_t step_id = tmesh_step_id_of(id, 1);
        tmesh_work_t *work = tmesh_store_fixture_load_step(bench->fixture, step_id);
        const tmesh_step_row_t *row = &tmesh_work_find_step(work, step_id)->row;
        assert_true(row->claimed && row->due_for == TMESH_STEP_DUE_HAND_OFF);
        tmesh_store_abandon(bench->fixture->store, &work);
    }
    assert_int_equal(tmesh_credit_room(bench->credit, 0), 1); // of the claim that was not sent
}

static void what_nobody_claims_is_said(void **state)
{
    tmesh_moves_bench_t *bench = *state;
    tmesh_work_task_t *task = NULL;
    tmesh_work_t *work = tmesh_moves_bench_begin(bench, TMESH_TASK_PENDING, &task);
    tmesh_work_step_t *step = tmesh_moves_bench_step(work, 1);
    assert_int_equal(tmesh_moves_enqueue(bench->tools, work, task, &step, 1), TMESH_OK);
    tmesh_auto(tmesh_outcome) outcome = tmesh_outcome_new();
    assert_int_equal(tmesh_outcome_commit(outcome, bench->tools, &work), TMESH_OK);
    assert_int_equal(outcome->parcel_count, 0);
    assert_true(outcome->left_unclaimed);
}

static void a_claim_that_its_own_commit_withdraws_is_not_dispatched(void **state)
{
    tmesh_moves_bench_t *bench = *state;
    tmesh_work_task_t *task = NULL;
    tmesh_work_t *work = tmesh_moves_bench_begin(bench, TMESH_TASK_STEPS_IN_PROCESS, &task);
    tmesh_moves_bench_claim(bench, work, tmesh_moves_bench_step(work, 1));
    assert_int_equal(tmesh_work_move_step(work, tmesh_moves_bench_step(work, 2),
                                          TMESH_STEP_EV_FAIL, 0, NULL), TMESH_OK);
    assert_int_equal(tmesh_moves_evaluate(bench->tools, work, task, NULL, 0), TMESH_OK);
    tmesh_auto(tmesh_outcome) outcome = tmesh_outcome_new();
    assert_int_equal(tmesh_credit_room(bench->credit, 0), 0);
    assert_int_equal(tmesh_outcome_commit(outcome, bench->tools, &work), TMESH_OK);
    assert_int_equal(outcome->parcel_count, 0);
    assert_int_equal(tmesh_credit_room(bench->credit, 0), 1);
    assert_true(outcome->due_ms == TMESH_DUE_NONE); // it wakes nobody
    assert_false(outcome->left_unclaimed);
    assert_int_equal(outcome->settled_count, 1);
    assert_int_equal(outcome->settled[0].state, TMESH_TASK_BLOCKED_BY_FAILURES);
}

// SPEC 6.3: one event. What still comes in for a blocked task does not block it again.
static void a_task_settles_once(void **state)
{
    tmesh_moves_bench_t *bench = *state;
    tmesh_auto(tmesh_outcome) first = tmesh_outcome_new();
    tmesh_task_id_t id = put_claimed(bench, first);
    tmesh_work_t *work = tmesh_store_fixture_load_task(bench->fixture, id);
    tmesh_work_task_t *task = tmesh_work_find_task(work, id);
    assert_int_equal(tmesh_work_move_step(work, tmesh_moves_bench_step(work, 3),
                                          TMESH_STEP_EV_FAIL, 0, NULL), TMESH_OK);
    assert_int_equal(tmesh_moves_evaluate(bench->tools, work, task, NULL, 0), TMESH_OK);
    tmesh_auto(tmesh_outcome) blocked = tmesh_outcome_new();
    assert_int_equal(tmesh_outcome_commit(blocked, bench->tools, &work), TMESH_OK);
    assert_int_equal(blocked->settled_count, 1);

    work = tmesh_store_fixture_load_task(bench->fixture, id);
    assert_int_equal(tmesh_moves_start(bench->tools, work, tmesh_moves_bench_step(work, 1), 0,
                                       "w1"), TMESH_OK);
    tmesh_auto(tmesh_outcome) later = tmesh_outcome_new();
    assert_int_equal(tmesh_outcome_commit(later, bench->tools, &work), TMESH_OK);
    assert_int_equal(later->settled_count, 0);
}

static void a_failed_commit_leaves_nothing_and_gives_credit_back(void **state)
{
    tmesh_moves_bench_t *bench = *state;
    tmesh_work_task_t *task = NULL;
    tmesh_work_t *work = tmesh_moves_bench_begin(bench, TMESH_TASK_PENDING, &task);
    tmesh_work_step_t *step = tmesh_moves_bench_step(work, 1);
    tmesh_credit_add(bench->credit, 0, 1);
    assert_int_equal(tmesh_moves_enqueue(bench->tools, work, task, &step, 1), TMESH_OK);
    tmesh_result_row_t twice = {.step_id = step->row.id, .run = 1, .answer = TMESH_STEP_ERROR};
    tmesh_work_add_result(work, &twice);
    tmesh_work_add_result(work, &twice); // refused by the store
    tmesh_auto(tmesh_outcome) outcome = tmesh_outcome_new();
    tmesh_outcome_add_cancelled(outcome, (tmesh_cancelled_run_t){.run = 1});
    assert_int_equal(tmesh_outcome_commit(outcome, bench->tools, &work), TMESH_ERR_CONFLICT);
    assert_null(work);
    assert_int_equal(tmesh_credit_room(bench->credit, 0), 1);
    assert_int_equal(outcome->parcel_count, 0);
    assert_int_equal(outcome->cancelled_count, 0);
    assert_int_equal(outcome->settled_count, 0);
}

static void giving_up_gives_credit_back(void **state)
{
    tmesh_moves_bench_t *bench = *state;
    tmesh_work_task_t *task = NULL;
    tmesh_work_t *work = tmesh_moves_bench_begin(bench, TMESH_TASK_STEPS_IN_PROCESS, &task);
    for (uint16_t number = 1; number <= 3; number++) {
        tmesh_moves_bench_claim(bench, work, tmesh_moves_bench_step(work, number));
    }
    tmesh_work_add_claim(work, tmesh_moves_bench_step(work, 1), TMESH_CREDIT_NONE); // a repeat
    tmesh_auto(tmesh_outcome) outcome = tmesh_outcome_new();
    tmesh_outcome_abandon(outcome, bench->tools, &work);
    assert_null(work);
    assert_int_equal(tmesh_credit_room(bench->credit, 0), 3);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(a_claim_becomes_a_parcel),
        CASE(a_parcel_carries_the_results_of_its_parents),
        CASE(a_commit_that_took_long_to_be_known_sends_nothing),
        CASE(what_nobody_claims_is_said),
        CASE(a_claim_that_its_own_commit_withdraws_is_not_dispatched),
        CASE(a_task_settles_once),
        CASE(a_failed_commit_leaves_nothing_and_gives_credit_back),
        CASE(giving_up_gives_credit_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
