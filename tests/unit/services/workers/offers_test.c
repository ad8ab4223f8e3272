// The credit board: room is always twice the capacity less the claims outstanding.
#include <stdio.h>

#include "tests/unit/services/workers/bench.h"

static int64_t room(const bench_t *bench, const tmesh_session_t *session)
{
    return tmesh_credit_room(bench->board, session->offer);
}

static void room_is_twice_the_capacity_less_what_is_claimed(void **state)
{
    bench_t *bench = *state;
    tmesh_session_t *first = bench_join(bench, 1, NULL, 2);
    assert_int_equal(room(bench, first), 4);
    tmesh_session_t *second = bench_join(bench, 2, NULL, 1);
    assert_int_equal(second->offer, first->offer);
    assert_int_equal(room(bench, first), 6);
    assert_true(tmesh_credit_is_offered(bench->board, "shop", "anything"));
    for (uint8_t i = 1; i <= 6; i++) bench_add(bench, i, 1, "charge");
    assert_int_equal(room(bench, first), 0);
    assert_false(tmesh_offers_have_room(tmesh_dispatch_offers(bench->dispatch)));
    assert_int_equal(bench_send_all(bench), 3);
    assert_int_equal(room(bench, first), 0);
    bench_end(bench, 1);
    assert_int_equal(room(bench, first), 1);
    assert_true(tmesh_offers_have_room(tmesh_dispatch_offers(bench->dispatch)));
    int offer = first->offer;
    tmesh_dispatch_leave(bench->dispatch, &first);
    assert_int_equal(tmesh_credit_room(bench->board, offer), 2 - 5);
    for (uint8_t i = 2; i <= 6; i++) bench_end(bench, i);
    assert_int_equal(tmesh_credit_room(bench->board, offer), 2);
    tmesh_dispatch_leave(bench->dispatch, &second);
    assert_int_equal(tmesh_credit_room(bench->board, offer), 0);
    assert_false(tmesh_credit_is_offered(bench->board, "shop", "anything"));
}

static void a_replaced_run_gives_its_credit_back(void **state)
{
    bench_t *bench = *state;
    tmesh_session_t *worker = bench_join(bench, 1, NULL, 2);
    bench_add(bench, 1, 1, "charge");
    bench_add(bench, 1, 2, "charge");
    assert_int_equal(room(bench, worker), 3);
}

static void adopted_runs_hold_no_credit(void **state)
{
    bench_t *bench = *state;
    tmesh_session_t *worker = bench_join(bench, 1, NULL, 2);
    tmesh_dispatch_adopt(bench->dispatch, bench_fence(1, 1), worker, 1);
    assert_int_equal(room(bench, worker), 4);
    bench_end(bench, 1);
    assert_int_equal(room(bench, worker), 4);
}

static int64_t audit(bench_t *bench, int ticks)
{
    int64_t corrected = 0;
    for (int i = 0; i < ticks; i++) {
        corrected += tmesh_offers_audit(tmesh_dispatch_offers(bench->dispatch));
    }
    return corrected;
}

static void a_lost_message_does_not_cost_its_credit_for_ever(void **state)
{
    bench_t *bench = *state;
    tmesh_session_t *worker = bench_join(bench, 1, NULL, 2);
    bench_add(bench, 1, 1, "charge");
    assert_int_equal(tmesh_credit_take(bench->board, "shop", "charge"), worker->offer); // lost
    assert_int_equal(room(bench, worker), 2);
    assert_int_equal(audit(bench, TMESH_AUDIT_TICKS - 1), 0);
    assert_int_equal(audit(bench, 1), 1);
    assert_int_equal(room(bench, worker), 3);
    assert_int_equal(audit(bench, 10 * TMESH_AUDIT_TICKS), 0);
}

static void claims_on_their_way_are_no_loss(void **state)
{
    bench_t *bench = *state;
    tmesh_session_t *worker = bench_join(bench, 1, NULL, 2);
    for (int i = 0; i < 5 * TMESH_AUDIT_TICKS; i++) {
        // At each look one claim is on its way, another one each time; now and then there is none.
        int offer = tmesh_credit_take(bench->board, "shop", "charge");
        if (i % 4 == 3) tmesh_credit_add(bench->board, offer, 1);
        assert_int_equal(audit(bench, 1), 0);
        if (i % 4 != 3) tmesh_credit_add(bench->board, offer, 1);
    }
    assert_int_equal(room(bench, worker), 4);
}

static void credit_that_nobody_took_is_withdrawn(void **state)
{
    bench_t *bench = *state;
    tmesh_session_t *worker = bench_join(bench, 1, NULL, 2);
    tmesh_credit_add(bench->board, worker->offer, 3);
    assert_int_equal(audit(bench, TMESH_AUDIT_TICKS), -3);
    assert_int_equal(room(bench, worker), 4);
}

static void the_board_is_clean_when_the_dispatcher_is_gone(void **state)
{
    bench_t *bench = *state;
    int offer = bench_join(bench, 1, NULL, 2)->offer;
    for (uint8_t i = 1; i <= 3; i++) bench_add(bench, i, 1, "charge");
    bench_send_all(bench);
    tmesh_dispatch_destroy(&bench->dispatch);
    assert_int_equal(tmesh_credit_room(bench->board, offer), 0);
    assert_false(tmesh_credit_is_offered(bench->board, "shop", "charge"));
    bench->dispatch = tmesh_dispatch_new(bench->board);
}

static void too_many_different_offers_are_refused(void **state)
{
    bench_t *bench = *state;
    for (int i = 0; i < TMESH_OFFERS_MAX; i++) {
        char name[16];
        snprintf(name, sizeof name, "n%d", i);
        const char *namespaces[] = {name};
        assert_int_not_equal(tmesh_credit_offer(bench->board, namespaces, 1, NULL, 0),
                             TMESH_CREDIT_NONE);
    }
    static const char *const namespaces[] = {"shop"};
    tmesh_session_terms_t terms = {.routing = tmesh_bytes("w", 1),
                                   .name = "one too many",
                                   .namespaces = namespaces,
                                   .namespace_count = 1,
                                   .capacity = 1};
    tmesh_session_t *session = NULL;
    assert_int_equal(tmesh_dispatch_join(bench->dispatch, &terms, 1, 1, &session), TMESH_ERR_FULL);
    assert_null(session);
    assert_int_equal(tmesh_sessions_count(tmesh_dispatch_sessions(bench->dispatch)), 0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, bench_setup, bench_teardown)
    const struct CMUnitTest tests[] = {
        TEST(room_is_twice_the_capacity_less_what_is_claimed),
        TEST(a_replaced_run_gives_its_credit_back),
        TEST(adopted_runs_hold_no_credit),
        TEST(a_lost_message_does_not_cost_its_credit_for_ever),
        TEST(claims_on_their_way_are_no_loss),
        TEST(credit_that_nobody_took_is_withdrawn),
        TEST(the_board_is_clean_when_the_dispatcher_is_gone),
        TEST(too_many_different_offers_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
