// Which run goes to which worker, and what becomes of runs whose worker leaves.
#include "tests/unit/services/workers/bench.h"

#include <string.h>

static void a_run_goes_out_when_a_slot_is_free(void **state)
{
    bench_t *bench = *state;
    tmesh_session_t *worker = bench_join(bench, 1, NULL, 1);
    bench_add(bench, 1, 1, "charge");
    bench_add(bench, 2, 1, "charge");
    assert_int_equal(bench_send_all(bench), 1);
    assert_int_equal(bench_find(bench, 1)->state, TMESH_RUN_SENT);
    assert_int_equal(bench_find(bench, 2)->state, TMESH_RUN_WAITING);
    assert_int_equal(worker->running, 1);
    bench_end(bench, 1);
    assert_int_equal(bench_send_all(bench), 1);
    assert_ptr_equal(bench_find(bench, 2)->session, worker);
}

static void the_oldest_of_all_queues_is_first(void **state)
{
    bench_t *bench = *state;
    bench_join(bench, 1, NULL, 4);
    static const char *const callables[] = {"c", "a", "b", "a"};
    for (uint8_t i = 0; i < 4; i++) bench_add(bench, i, 1, callables[i]);
    for (uint8_t i = 0; i < 4; i++) {
        tmesh_run_t *run = tmesh_dispatch_next(bench->dispatch, bench->now_ms);
        assert_int_equal(run->fence.step_id.bytes[15], i);
    }
    assert_null(tmesh_dispatch_next(bench->dispatch, bench->now_ms));
}

static void most_free_slots_win_and_equals_take_turns(void **state)
{
    bench_t *bench = *state;
    tmesh_session_t *small = bench_join(bench, 1, NULL, 1);
    tmesh_session_t *large = bench_join(bench, 2, NULL, 3);
    for (uint8_t i = 0; i < 4; i++) bench_add(bench, i, 1, "charge");
    const tmesh_session_t *const expected[] = {large, large, small, large};
    for (size_t i = 0; i < 4; i++) {
        tmesh_run_t *run = tmesh_dispatch_next(bench->dispatch, bench->now_ms);
        assert_ptr_equal(run->session, expected[i]);
        tmesh_dispatch_sent(bench->dispatch, run, 1, 1);
    }
}

static void only_matching_workers_are_given_a_run(void **state)
{
    bench_t *bench = *state;
    tmesh_session_t *mail = bench_join(bench, 1, "mail_*", 1);
    tmesh_session_t *charge = bench_join(bench, 2, "charge_?", 1);
    bench_add(bench, 1, 1, "charge_a");
    bench_add(bench, 2, 1, "mail_all");
    bench_add(bench, 3, 1, "charge_ab"); // nobody
    assert_int_equal(bench_send_all(bench), 2);
    assert_ptr_equal(bench_find(bench, 1)->session, charge);
    assert_ptr_equal(bench_find(bench, 2)->session, mail);
    assert_int_equal(bench_find(bench, 3)->state, TMESH_RUN_RETURNING);
    assert_false(bench_find(bench, 3)->was_sent);
}

static void the_same_run_is_ignored_and_an_older_one_replaced(void **state)
{
    bench_t *bench = *state;
    bench_join(bench, 1, NULL, 4);
    assert_int_equal(bench_add(bench, 1, 2, "charge"), TMESH_DISPATCH_ADDED);
    assert_int_equal(bench_add(bench, 1, 2, "charge"), TMESH_DISPATCH_KNOWN);
    assert_int_equal(bench_add(bench, 1, 1, "charge"), TMESH_DISPATCH_KNOWN);
    assert_int_equal(bench_add(bench, 1, 3, "charge"), TMESH_DISPATCH_REPLACED);
    assert_int_equal(bench_find(bench, 1)->fence.run, 3);
    assert_null(tmesh_dispatch_find(bench->dispatch, bench_step(1), 2));
    bench_send_all(bench);
    assert_int_equal(bench_add(bench, 1, 3, "charge"), TMESH_DISPATCH_KNOWN);
    assert_int_equal(bench_add(bench, 1, 4, "charge"), TMESH_DISPATCH_REPLACED);
    assert_int_equal(bench_find(bench, 1)->state, TMESH_RUN_WAITING);
}

static void credit_is_free_before_the_slot_is(void **state)
{
    bench_t *bench = *state;
    tmesh_session_t *worker = bench_join(bench, 1, NULL, 1);
    for (uint8_t i = 1; i <= 2; i++) bench_add(bench, i, 1, "charge");
    assert_int_equal(bench_send_all(bench), 1);
    tmesh_run_t *run = bench_find(bench, 1);
    assert_true(tmesh_dispatch_free_credit(bench->dispatch, run));
    assert_false(tmesh_dispatch_free_credit(bench->dispatch, run)); // it has none any more
    tmesh_dispatch_check(bench->dispatch);
    assert_int_equal(tmesh_credit_room(bench->board, worker->offer), 1);
    assert_int_equal(bench_send_all(bench), 0);
    tmesh_dispatch_end(bench->dispatch, &run);
    assert_int_equal(tmesh_credit_room(bench->board, worker->offer), 1);
    assert_int_equal(bench_send_all(bench), 1);
}

static void what_could_not_be_written_keeps_its_place(void **state)
{
    bench_t *bench = *state;
    bench_join(bench, 1, NULL, 2);
    for (uint8_t i = 1; i <= 3; i++) bench_add(bench, i, 1, "charge");
    tmesh_run_t *first = tmesh_dispatch_next(bench->dispatch, bench->now_ms);
    tmesh_run_t *second = tmesh_dispatch_next(bench->dispatch, bench->now_ms);
    tmesh_dispatch_put_back(bench->dispatch, second);
    tmesh_dispatch_put_back(bench->dispatch, first);
    tmesh_dispatch_check(bench->dispatch);
    assert_ptr_equal(tmesh_dispatch_next(bench->dispatch, bench->now_ms), first);
    assert_ptr_equal(tmesh_dispatch_next(bench->dispatch, bench->now_ms), second);
}

static void a_blocked_worker_gets_nothing_for_a_while(void **state)
{
    bench_t *bench = *state;
    tmesh_session_t *worker = bench_join(bench, 1, NULL, 2);
    bench_add(bench, 1, 1, "charge");
    worker->blocked_until_ms = bench->now_ms + 20;
    assert_int_equal(bench_send_all(bench), 0);
    bench->now_ms += 20;
    assert_int_equal(bench_send_all(bench), 1);
}

static void unsent_runs_of_a_worker_that_leaves_go_to_others(void **state)
{
    bench_t *bench = *state;
    tmesh_session_t *leaving = bench_join(bench, 1, NULL, 1);
    bench_add(bench, 1, 1, "charge");
    bench_add(bench, 2, 1, "charge");
    bench_send_all(bench);
    tmesh_session_t *staying = bench_join(bench, 2, NULL, 1);
    tmesh_dispatch_leave(bench->dispatch, &leaving);
    assert_null(leaving);
    tmesh_run_t *lost = tmesh_dispatch_next_returning(bench->dispatch);
    assert_ptr_equal(lost, bench_find(bench, 1));
    assert_true(lost->was_sent);
    assert_string_equal(lost->worker, "a worker");
    assert_int_equal(bench_send_all(bench), 1);
    assert_ptr_equal(bench_find(bench, 2)->session, staying);
    tmesh_dispatch_told(bench->dispatch, lost);
    assert_null(tmesh_dispatch_next_returning(bench->dispatch));
    tmesh_dispatch_tell_again(bench->dispatch, lost);
    assert_ptr_equal(tmesh_dispatch_next_returning(bench->dispatch), lost);
    bench_end(bench, 1);
    assert_null(tmesh_dispatch_next_returning(bench->dispatch));
}

static void unsent_runs_of_the_last_worker_are_handed_back(void **state)
{
    bench_t *bench = *state;
    tmesh_session_t *last = bench_join(bench, 1, NULL, 1);
    bench_add(bench, 1, 1, "charge");
    tmesh_dispatch_leave(bench->dispatch, &last);
    tmesh_run_t *run = tmesh_dispatch_next_returning(bench->dispatch);
    assert_ptr_equal(run, bench_find(bench, 1));
    assert_false(run->was_sent);
}

static void a_draining_worker_keeps_its_runs_and_gets_no_more(void **state)
{
    bench_t *bench = *state;
    tmesh_session_t *worker = bench_join(bench, 1, NULL, 2);
    bench_add(bench, 1, 1, "charge");
    bench_send_all(bench);
    tmesh_dispatch_drain(bench->dispatch, worker);
    assert_int_equal(tmesh_credit_take(bench->board, "shop", "charge"), TMESH_CREDIT_NONE);
    bench_add(bench, 2, 1, "charge");
    assert_int_equal(bench_send_all(bench), 0);
    assert_int_equal(bench_find(bench, 2)->state, TMESH_RUN_RETURNING);
    assert_int_equal(bench_find(bench, 1)->state, TMESH_RUN_SENT);
    tmesh_dispatch_leave(bench->dispatch, &worker);
    assert_int_equal(bench_find(bench, 1)->state, TMESH_RUN_RETURNING);
}

static void a_held_run_is_adopted_from_wherever_it_stands(void **state)
{
    bench_t *bench = *state;
    tmesh_session_t *before = bench_join(bench, 1, NULL, 2);
    bench_add(bench, 1, 1, "charge");
    bench_send_all(bench);
    tmesh_session_t *after = bench_join(bench, 2, NULL, 2);
    tmesh_dispatch_adopt(bench->dispatch, bench_fence(1, 1), after, bench->now_ms);
    assert_ptr_equal(bench_find(bench, 1)->session, after);
    assert_int_equal(before->running, 0);
    // One that this node has never heard of, and one of which a newer run is here.
    tmesh_run_t *strange =
        tmesh_dispatch_adopt(bench->dispatch, bench_fence(9, 4), after, bench->now_ms);
    assert_int_equal(strange->offer, TMESH_CREDIT_NONE);
    bench_add(bench, 3, 2, "charge");
    assert_null(tmesh_dispatch_adopt(bench->dispatch, bench_fence(3, 1), after, bench->now_ms));
    tmesh_dispatch_check(bench->dispatch);
    assert_int_equal(after->running, 2);
    // One that was lost, while nobody was told of it yet.
    tmesh_dispatch_leave(bench->dispatch, &after);
    tmesh_dispatch_adopt(bench->dispatch, bench_fence(1, 1), before, bench->now_ms);
    assert_ptr_not_equal(tmesh_dispatch_next_returning(bench->dispatch), bench_find(bench, 1));
    tmesh_dispatch_check(bench->dispatch);
}

static void sends_are_recorded_in_their_order_and_once(void **state)
{
    bench_t *bench = *state;
    bench_join(bench, 1, NULL, 3);
    for (uint8_t i = 1; i <= 3; i++) bench_add(bench, i, 1, "charge");
    bench_send_all(bench);
    tmesh_run_t *first = tmesh_dispatch_next_note(bench->dispatch);
    assert_ptr_equal(first, bench_find(bench, 1));
    assert_int_equal(first->note_at_ms, bench->now_ms + 100);
    tmesh_dispatch_noted(bench->dispatch, first);
    bench_end(bench, 2);
    assert_ptr_equal(tmesh_dispatch_next_note(bench->dispatch), bench_find(bench, 3));
    tmesh_dispatch_note_again(bench->dispatch, first, bench->now_ms);
    tmesh_dispatch_note_again(bench->dispatch, first, bench->now_ms);
    bench_end(bench, 3);
    assert_ptr_equal(tmesh_dispatch_next_note(bench->dispatch), first);
    bench_end(bench, 1);
    assert_null(tmesh_dispatch_next_note(bench->dispatch));
}

static void after_closing_nothing_goes_out(void **state)
{
    bench_t *bench = *state;
    bench_join(bench, 1, NULL, 1);
    for (uint8_t i = 1; i <= 2; i++) bench_add(bench, i, 1, "charge");
    bench_send_all(bench);
    tmesh_dispatch_close(bench->dispatch);
    assert_int_equal(bench_find(bench, 1)->state, TMESH_RUN_SENT);
    assert_int_equal(bench_find(bench, 2)->state, TMESH_RUN_RETURNING);
    assert_int_equal(tmesh_credit_take(bench->board, "shop", "charge"), TMESH_CREDIT_NONE);
    bench_add(bench, 3, 1, "charge");
    assert_int_equal(bench_find(bench, 3)->state, TMESH_RUN_RETURNING);
    assert_int_equal(bench_send_all(bench), 0);
}

static int releases;

static void count_release(void *object)
{
    (void)object;
    releases++;
}

static void an_arena_lives_as_long_as_its_last_parcel_waits(void **state)
{
    bench_t *bench = *state;
    bench_join(bench, 1, NULL, 1);
    tmesh_arena_t *arena = tmesh_arena_new();
    releases = 0;
    tmesh_arena_adopt(arena, &releases, count_release);
    tmesh_parcel_t parcels[2] = {
        {.fence = bench_fence(1, 1), .namespace_name = "shop", .callable = "a"},
        {.fence = bench_fence(2, 1), .namespace_name = "shop", .callable = "a"},
    };
    tmesh_hold_t *hold = tmesh_hold_new(&arena);
    assert_null(arena);
    tmesh_run_t replaced;
    for (size_t i = 0; i < 2; i++) {
        parcels[i].offer = TMESH_CREDIT_NONE;
        tmesh_dispatch_add(bench->dispatch, &parcels[i], hold, &replaced);
    }
    tmesh_hold_destroy(&hold);
    bench_send_all(bench);
    assert_int_equal(releases, 0);
    bench_end(bench, 1);
    bench_send_all(bench);
    assert_int_equal(releases, 1);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, bench_setup, bench_teardown)
    const struct CMUnitTest tests[] = {
        TEST(a_run_goes_out_when_a_slot_is_free),
        TEST(the_oldest_of_all_queues_is_first),
        TEST(most_free_slots_win_and_equals_take_turns),
        TEST(only_matching_workers_are_given_a_run),
        TEST(the_same_run_is_ignored_and_an_older_one_replaced),
        TEST(credit_is_free_before_the_slot_is),
        TEST(what_could_not_be_written_keeps_its_place),
        TEST(a_blocked_worker_gets_nothing_for_a_while),
        TEST(unsent_runs_of_a_worker_that_leaves_go_to_others),
        TEST(unsent_runs_of_the_last_worker_are_handed_back),
        TEST(a_draining_worker_keeps_its_runs_and_gets_no_more),
        TEST(a_held_run_is_adopted_from_wherever_it_stands),
        TEST(sends_are_recorded_in_their_order_and_once),
        TEST(after_closing_nothing_goes_out),
        TEST(an_arena_lives_as_long_as_its_last_parcel_waits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
