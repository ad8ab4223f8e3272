// Free credit goes to those that wait, in turn, whatever else the transaction does.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "runtime/base/memory.h"
#include "services/moves/enqueue.h"
#include "services/moves/refill.h"
#include "tests/support/moves_bench.h"

enum { OLD_KEY = 5, WORKERS = 4 };

static int set_up(void **state)
{
    tmesh_moves_bench_t *bench = tmesh_moves_bench_new();
    tmesh_credit_note_workers(bench->credit, 0, WORKERS);
    *state = bench;
    return 0;
}

static int tear_down(void **state)
{
    tmesh_moves_bench_t *bench = *state;
    tmesh_moves_bench_destroy(&bench);
    return 0;
}

// Steps that were enqueued long ago and that nobody has claimed; the id of the last one.
static tmesh_step_id_t put_waiting(tmesh_moves_bench_t *bench, int count)
{
    tmesh_step_id_t id = {0};
    tmesh_work_t *work = tmesh_store_fixture_begin(bench->fixture, &(tmesh_wants_t){0});
    for (int i = 0; i < count; i++) {
        tmesh_work_task_t *task = tmesh_store_fixture_add_task(bench->fixture, work, 1, NULL);
        tmesh_work_step_t *step = tmesh_store_fixture_step_of(work, task, 1);
        tmesh_store_fixture_enqueue(work, step, OLD_KEY);
        step->row.due_ms = INT64_MAX - 1;
        step->row.due_for = TMESH_STEP_DUE_UNCLAIMED;
        id = step->row.id;
    }
    tmesh_store_fixture_commit(bench->fixture, &work);
    tmesh_credit_note_backlog(bench->credit);
    return id;
}

static tmesh_work_t *begin(tmesh_moves_bench_t *bench, tmesh_refill_t *refill)
{
    tmesh_wants_t wants = {0};
    tmesh_refill_open(refill, bench->tools, &wants);
    assert_int_equal(wants.claim_room != NULL, refill->is_open);
    return tmesh_store_fixture_begin(bench->fixture, &wants);
}

static tmesh_work_step_t *make_ready(tmesh_moves_bench_t *bench, tmesh_work_t *work,
                                     int32_t priority)
{
    tmesh_work_task_t *task = tmesh_store_fixture_add_task(bench->fixture, work, 1, NULL);
    task->row.state = TMESH_TASK_PENDING;
    task->row.priority = priority;
    tmesh_work_step_t *step = tmesh_store_fixture_step_of(work, task, 1);
    assert_int_equal(tmesh_moves_enqueue(bench->tools, work, task, &step, 1), TMESH_OK);
    return step;
}

// Closes, and says who went out: the only one.
static tmesh_step_id_t close_with_one(tmesh_refill_t *refill, tmesh_work_t **work_p)
{
    tmesh_auto(tmesh_outcome) outcome = tmesh_outcome_new();
    assert_int_equal(tmesh_refill_close(refill, TMESH_OK, work_p, outcome), TMESH_OK);
    assert_false(outcome->left_unclaimed);
    assert_int_equal(outcome->parcel_count, 1);
    assert_int_equal(refill->claimed, 1);
    return outcome->parcels[0].fence.step_id;
}

static void what_becomes_ready_is_a_candidate_like_the_others(void **state)
{
    tmesh_moves_bench_t *bench = *state;
    for (int urgent = 0; urgent < 2; urgent++) {
        tmesh_step_id_t old = put_waiting(bench, 1);
        tmesh_credit_add(bench->credit, 0, 1);
        tmesh_refill_t refill;
        tmesh_work_t *work = begin(bench, &refill);
        tmesh_work_step_t *step = make_ready(bench, work, urgent ? 1000 : 0);
        assert_false(step->row.claimed); // not yet
        tmesh_step_id_t ready = step->row.id;
        tmesh_step_id_t served = close_with_one(&refill, &work);
        assert_int_equal(tmesh_step_id_compare(served, urgent ? ready : old), 0);
        assert_int_equal(tmesh_credit_room(bench->credit, 0), 0);
        assert_true(tmesh_credit_has_backlog(bench->credit)); // the other one
    }
}

static void without_a_backlog_it_is_nothing(void **state)
{
    tmesh_moves_bench_t *bench = *state;
    tmesh_credit_add(bench->credit, 0, 1);
    tmesh_refill_t refill;
    tmesh_work_t *work = begin(bench, &refill);
    assert_false(refill.is_open);
    assert_true(make_ready(bench, work, 0)->row.claimed); // at once
    tmesh_auto(tmesh_outcome) outcome = tmesh_outcome_new();
    assert_int_equal(tmesh_refill_close(&refill, TMESH_OK, &work, outcome), TMESH_OK);
    assert_int_equal(outcome->parcel_count, 1);
    assert_false(tmesh_credit_is_awaited(bench->credit));
}

// Nobody takes credit that comes back in the middle of it, before those that wait.
static void without_room_it_is_nothing_and_nobody_overtakes(void **state)
{
    tmesh_moves_bench_t *bench = *state;
    (void)put_waiting(bench, 1);
    tmesh_refill_t refill;
    tmesh_work_t *work = begin(bench, &refill);
    assert_false(refill.is_open);
    tmesh_credit_add(bench->credit, 0, 1);
    assert_false(make_ready(bench, work, 0)->row.claimed);
    tmesh_auto(tmesh_outcome) outcome = tmesh_outcome_new();
    assert_int_equal(tmesh_refill_close(&refill, TMESH_OK, &work, outcome), TMESH_OK);
    assert_true(outcome->left_unclaimed); // its actor sees that there is room, and says so
    assert_true(tmesh_credit_has_backlog(bench->credit));
}

static void what_its_own_work_blocks_or_pauses_is_not_claimed(void **state)
{
    tmesh_moves_bench_t *bench = *state;
    for (int is_paused = 0; is_paused < 2; is_paused++) {
        (void)put_waiting(bench, 1);
        tmesh_credit_add(bench->credit, 0, 1);
        tmesh_refill_t refill;
        tmesh_work_t *work = begin(bench, &refill);
        assert_int_equal(work->task_count, 1);
        work->tasks[0]->is_changed = true;
        if (is_paused) work->tasks[0]->row.paused_ms = work->now_ms;
        else work->tasks[0]->hold_steps = true;
        tmesh_auto(tmesh_outcome) outcome = tmesh_outcome_new();
        assert_int_equal(tmesh_refill_close(&refill, TMESH_OK, &work, outcome), TMESH_OK);
        assert_int_equal(outcome->parcel_count, 0);
        assert_int_equal(tmesh_credit_room(bench->credit, 0), 1 + is_paused);
        assert_false(tmesh_credit_is_awaited(bench->credit)); // it is held: nobody waits
    }
}

static void who_has_no_workers_at_all_does_not_wait_for_credit(void **state)
{
    tmesh_moves_bench_t *bench = *state;
    tmesh_credit_note_workers(bench->credit, 0, -WORKERS); // all of shop's have left
    static const char *const others[] = {"bank"};
    int offer = tmesh_credit_offer(bench->credit, others, 1, NULL, 0);
    tmesh_credit_add(bench->credit, offer, 1);
    (void)put_waiting(bench, 1);
    tmesh_refill_t refill;
    tmesh_work_t *work = begin(bench, &refill);
    assert_true(refill.is_open);
    assert_int_equal(work->step_count, 0);
    (void)make_ready(bench, work, 0);
    tmesh_auto(tmesh_outcome) outcome = tmesh_outcome_new();
    assert_int_equal(tmesh_refill_close(&refill, TMESH_OK, &work, outcome), TMESH_OK);
    assert_false(outcome->left_unclaimed);
    assert_false(tmesh_credit_is_awaited(bench->credit));
}

static void long_queues_are_claimed_in_parts(void **state)
{
    enum { COUNT = TMESH_REFILL_QUEUE_MAX + 40 };
    tmesh_moves_bench_t *bench = *state;
    (void)put_waiting(bench, COUNT);
    tmesh_credit_add(bench->credit, 0, 2 * COUNT);
    uint32_t claimed = 0;
    for (int part = 0; part < 2; part++) {
        tmesh_refill_t refill;
        tmesh_work_t *work = begin(bench, &refill);
        tmesh_auto(tmesh_outcome) outcome = tmesh_outcome_new();
        assert_int_equal(tmesh_refill_close(&refill, TMESH_OK, &work, outcome), TMESH_OK);
        assert_int_equal(outcome->left_unclaimed, part == 0); // there is room for the rest
        assert_int_equal(tmesh_credit_has_backlog(bench->credit), part == 0);
        claimed += refill.claimed;
    }
    assert_int_equal(claimed, COUNT);
}

static void an_error_of_the_callers_stays_what_it_is(void **state)
{
    tmesh_moves_bench_t *bench = *state;
    (void)put_waiting(bench, 1);
    tmesh_credit_add(bench->credit, 0, 1);
    tmesh_auto(tmesh_outcome) outcome = tmesh_outcome_new();
    tmesh_refill_t refill;
    tmesh_work_t *work = begin(bench, &refill);
    assert_int_equal(tmesh_refill_close(&refill, TMESH_ERR_IO, &work, outcome), TMESH_ERR_IO);
    assert_null(work);
    tmesh_refill_open(&refill, bench->tools, &(tmesh_wants_t){0});
    assert_int_equal(tmesh_refill_close(&refill, TMESH_ERR_IO, &work, outcome), TMESH_ERR_IO);
    assert_false(refill.gave_up);
    assert_int_equal(tmesh_credit_room(bench->credit, 0), 1);
    assert_true(tmesh_credit_has_backlog(bench->credit));
}

// A changed row that is not there: the commit refuses it.
static void break_it(tmesh_work_t *work)
{
    tmesh_step_row_t row = work->steps[0]->row;
    row.id = tmesh_step_id_of(tmesh_task_id_of_step(row.id), 99);
    tmesh_work_step_t *step = tmesh_work_add_step(work, &row);
    step->row.held = true;
    step->is_changed = true;
}

static void what_can_not_be_claimed_hurts_nobody_else(void **state)
{
    tmesh_moves_bench_t *bench = *state;
    (void)put_waiting(bench, 1);
    tmesh_credit_add(bench->credit, 0, 1);
    tmesh_auto(tmesh_outcome) outcome = tmesh_outcome_new();
    tmesh_refill_t refill;
    tmesh_work_t *work = begin(bench, &refill);
    break_it(work);
    tmesh_err_t err = tmesh_refill_close(&refill, TMESH_OK, &work, outcome);
    assert_false(tmesh_err_may_retry(err));
    assert_true(refill.gave_up); // it is done once more,
    assert_int_equal(tmesh_credit_room(bench->credit, 0), 1);
    assert_true(tmesh_credit_has_backlog(bench->credit));
    work = begin(bench, &refill);
    assert_false(refill.is_open); // without those that wait,
    assert_true(make_ready(bench, work, 0)->row.claimed);
    assert_int_equal(tmesh_refill_close(&refill, TMESH_OK, &work, outcome), TMESH_OK);
    assert_true(outcome->left_unclaimed); // whom others may claim
    tmesh_clock_advance_ms(bench->fixture->clock, TMESH_REFILL_SUSPENDED_MS);
    tmesh_credit_add(bench->credit, 0, 1);
    work = begin(bench, &refill);
    assert_true(refill.is_open);
    (void)close_with_one(&refill, &work);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(what_becomes_ready_is_a_candidate_like_the_others),
        CASE(without_a_backlog_it_is_nothing),
        CASE(without_room_it_is_nothing_and_nobody_overtakes),
        CASE(what_its_own_work_blocks_or_pauses_is_not_claimed),
        CASE(who_has_no_workers_at_all_does_not_wait_for_credit),
        CASE(long_queues_are_claimed_in_parts),
        CASE(an_error_of_the_callers_stays_what_it_is),
        CASE(what_can_not_be_claimed_hurts_nobody_else),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
