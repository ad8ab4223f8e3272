#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <pthread.h>

#include "runtime/base/memory.h"
#include "services/domain/credit.h"

static const char *const shop[] = {"shop"};
static const char *const shop_and_bank[] = {"bank", "shop"};
static const char *const pay[] = {"pay_*", "refund"};

static void the_same_terms_are_one_offer(void **state)
{
    (void)state;
    tmesh_credit_t *credit = tmesh_credit_new();
    int first = tmesh_credit_offer(credit, shop, 1, NULL, 0);
    int second = tmesh_credit_offer(credit, shop, 1, pay, 2);
    int third = tmesh_credit_offer(credit, shop_and_bank, 2, pay, 2);
    assert_int_equal(first, 0);
    assert_int_equal(second, 1);
    assert_int_equal(third, 2);
    assert_int_equal(tmesh_credit_offer(credit, shop, 1, pay, 2), second);
    assert_int_equal(tmesh_credit_offer(credit, shop, 1, pay, 1), 3);
    tmesh_credit_destroy(&credit);
    assert_null(credit);
    tmesh_credit_destroy(&credit);
}

static void an_offer_serves_its_namespaces_and_patterns(void **state)
{
    (void)state;
    tmesh_credit_t *credit = tmesh_credit_new();
    int any = tmesh_credit_offer(credit, shop, 1, NULL, 0);
    int some = tmesh_credit_offer(credit, shop_and_bank, 2, pay, 2);
    assert_true(tmesh_credit_offer_serves(credit, any, "shop", "whatever"));
    assert_false(tmesh_credit_offer_serves(credit, any, "bank", "whatever"));
    assert_false(tmesh_credit_offer_serves(credit, any, "sho", "whatever"));
    assert_true(tmesh_credit_offer_serves(credit, some, "bank", "pay_card"));
    assert_true(tmesh_credit_offer_serves(credit, some, "shop", "refund"));
    assert_false(tmesh_credit_offer_serves(credit, some, "shop", "refunds"));
    tmesh_credit_destroy(&credit);
}

static void a_claim_takes_one_credit_of_whoever_serves_it(void **state)
{
    (void)state;
    tmesh_credit_t *credit = tmesh_credit_new();
    int some = tmesh_credit_offer(credit, shop, 1, pay, 2);
    int any = tmesh_credit_offer(credit, shop, 1, NULL, 0);
    assert_false(tmesh_credit_has_room(credit));
    assert_int_equal(tmesh_credit_take(credit, "shop", "refund"), TMESH_CREDIT_NONE);
    tmesh_credit_add(credit, some, 1);
    tmesh_credit_add(credit, any, 1);
    assert_int_equal(tmesh_credit_room_for(credit, "shop", "refund"), 2);
    assert_int_equal(tmesh_credit_room_for(credit, "shop", "pack"), 1);
    assert_int_equal(tmesh_credit_room_for(credit, "bank", "pack"), 0);
    assert_int_equal(tmesh_credit_take(credit, "shop", "pack"), any);
    assert_int_equal(tmesh_credit_take(credit, "shop", "pack"), TMESH_CREDIT_NONE);
    assert_int_equal(tmesh_credit_take(credit, "shop", "refund"), some);
    assert_false(tmesh_credit_has_room(credit));
    tmesh_credit_give_back(credit, any);
    tmesh_credit_give_back(credit, TMESH_CREDIT_NONE); // a claim without credit has none to give
    assert_int_equal(tmesh_credit_room(credit, any), 1);
    assert_int_equal(tmesh_credit_room(credit, some), 0);
    tmesh_credit_destroy(&credit);
}

static void workers_may_leave_while_their_claims_are_out(void **state)
{
    (void)state;
    tmesh_credit_t *credit = tmesh_credit_new();
    int any = tmesh_credit_offer(credit, shop, 1, NULL, 0);
    tmesh_credit_add(credit, any, 2);
    assert_int_equal(tmesh_credit_take(credit, "shop", "a"), any);
    tmesh_credit_add(credit, any, -2);
    assert_int_equal(tmesh_credit_room(credit, any), -1);
    assert_int_equal(tmesh_credit_room_for(credit, "shop", "a"), 0);
    assert_int_equal(tmesh_credit_take(credit, "shop", "a"), TMESH_CREDIT_NONE);
    tmesh_credit_give_back(credit, any);
    assert_int_equal(tmesh_credit_room(credit, any), 0);
    tmesh_credit_destroy(&credit);
}

static void what_is_offered_is_not_what_is_free(void **state)
{
    (void)state;
    tmesh_credit_t *credit = tmesh_credit_new();
    int any = tmesh_credit_offer(credit, shop, 1, NULL, 0);
    assert_false(tmesh_credit_is_offered(credit, "shop", "a"));
    tmesh_credit_note_workers(credit, any, 3);
    assert_true(tmesh_credit_is_offered(credit, "shop", "a"));
    assert_false(tmesh_credit_is_offered(credit, "bank", "a"));
    assert_false(tmesh_credit_has_room(credit));
    tmesh_credit_note_workers(credit, any, -3);
    assert_false(tmesh_credit_is_offered(credit, "shop", "a"));
    tmesh_credit_destroy(&credit);
}

static void the_backlog_is_taken_and_left(void **state)
{
    (void)state;
    tmesh_credit_t *credit = tmesh_credit_new();
    assert_true(tmesh_credit_take_backlog(credit)); // what an earlier life left is not known
    assert_false(tmesh_credit_has_backlog(credit));
    assert_true(tmesh_credit_is_awaited(credit));
    assert_true(tmesh_credit_take_backlog(credit)); // with newer credit than the first
    tmesh_credit_leave_backlog(credit, false);
    assert_true(tmesh_credit_is_awaited(credit)); // by the other
    tmesh_credit_leave_backlog(credit, true);
    assert_true(tmesh_credit_has_backlog(credit));
    assert_true(tmesh_credit_take_backlog(credit));
    tmesh_credit_leave_backlog(credit, false);
    assert_false(tmesh_credit_is_awaited(credit));
    assert_false(tmesh_credit_take_backlog(credit));
    tmesh_credit_note_backlog(credit);
    assert_true(tmesh_credit_has_backlog(credit));
    tmesh_credit_destroy(&credit);
}

static void later_turns_have_larger_numbers(void **state)
{
    (void)state;
    tmesh_credit_t *credit = tmesh_credit_new();
    assert_int_equal(tmesh_credit_served(credit, 1), 0);
    tmesh_credit_note_served(credit, 1);
    tmesh_credit_note_served(credit, 2);
    assert_true(tmesh_credit_served(credit, 1) < tmesh_credit_served(credit, 2));
    tmesh_credit_note_served(credit, 1);
    assert_true(tmesh_credit_served(credit, 1) > tmesh_credit_served(credit, 2));
    tmesh_credit_note_served(credit, UINT64_MAX);
    assert_true(tmesh_credit_served(credit, UINT64_MAX) > tmesh_credit_served(credit, 1));
    tmesh_credit_destroy(&credit);
}

static void due_times_are_only_lowered(void **state)
{
    (void)state;
    tmesh_credit_t *credit = tmesh_credit_new();
    assert_true(tmesh_credit_due(credit) == INT64_MAX);
    assert_false(tmesh_credit_note_due(credit, INT64_MAX));
    assert_true(tmesh_credit_note_due(credit, 5000));
    assert_false(tmesh_credit_note_due(credit, 5000));
    assert_false(tmesh_credit_note_due(credit, 6000));
    assert_true(tmesh_credit_note_due(credit, 4000));
    assert_int_equal(tmesh_credit_due(credit), 4000);
    tmesh_credit_reset_due(credit);
    assert_true(tmesh_credit_due(credit) == INT64_MAX);
    tmesh_credit_destroy(&credit);
}

enum { THREADS = 4, TURNS = 20000, ROOM = 3 };

static void *take_and_give(void *object)
{
    tmesh_credit_t *credit = object;
    for (int i = 0; i < TURNS; i++) {
        int offer = tmesh_credit_take(credit, "shop", "a");
        if (offer != TMESH_CREDIT_NONE) tmesh_credit_give_back(credit, offer);
        (void)tmesh_credit_note_due(credit, TURNS - i);
        if (tmesh_credit_take_backlog(credit)) tmesh_credit_leave_backlog(credit, true);
        tmesh_credit_note_served(credit, 7);
    }
    return NULL;
}

static void many_threads_lose_nothing(void **state)
{
    (void)state;
    tmesh_credit_t *credit = tmesh_credit_new();
    int any = tmesh_credit_offer(credit, shop, 1, NULL, 0);
    tmesh_credit_add(credit, any, ROOM);
    pthread_t threads[THREADS];
    for (int i = 0; i < THREADS; i++) {
        assert_int_equal(pthread_create(&threads[i], NULL, take_and_give, credit), 0);
    }
    for (int i = 0; i < THREADS; i++) pthread_join(threads[i], NULL);
    assert_int_equal(tmesh_credit_room(credit, any), ROOM);
    assert_int_equal(tmesh_credit_due(credit), 1);
    assert_true(tmesh_credit_take_backlog(credit)); // which all of them have left
    tmesh_credit_leave_backlog(credit, false);
    assert_false(tmesh_credit_is_awaited(credit));
    assert_in_range(tmesh_credit_served(credit, 7), 1, THREADS * TURNS);
    tmesh_credit_destroy(&credit);
}

static void the_first_end_is_only_lowered_until_it_is_forgotten(void **state)
{
    (void)state;
    tmesh_credit_t *credit = tmesh_credit_new();
    assert_true(tmesh_credit_ended(credit) == INT64_MAX);
    tmesh_credit_note_ended(credit, 70);
    tmesh_credit_note_ended(credit, 90);
    assert_int_equal(tmesh_credit_ended(credit), 70);
    tmesh_credit_reset_ended(credit);
    tmesh_credit_note_ended(credit, 90);
    assert_int_equal(tmesh_credit_ended(credit), 90);
    assert_true(tmesh_credit_due(credit) == INT64_MAX); // which is another matter
    tmesh_credit_destroy(&credit);
}

static void who_is_alone_is_trusted_for_ever(void **state)
{
    (void)state;
    tmesh_credit_t *credit = tmesh_credit_new();
    assert_true(tmesh_credit_is_trusted(credit, INT64_MAX - 1));
    tmesh_credit_trust(credit, 70);
    assert_true(tmesh_credit_is_trusted(credit, 69));
    assert_false(tmesh_credit_is_trusted(credit, 70));
    tmesh_credit_destroy(&credit);
}

static void pauses_are_replaced_by_others(void **state)
{
    (void)state;
    tmesh_credit_t *credit = tmesh_credit_new();
    tmesh_pauses_t *pauses = tmesh_credit_pauses(credit);
    tmesh_pauses_add(pauses, "a", NULL);
    tmesh_pauses_add(pauses, "b", "call");
    const tmesh_pause_name_t others[] = {{"b", "call"}, {"c", NULL}};
    tmesh_pauses_replace(pauses, others, 2);
    assert_false(tmesh_pauses_has(pauses, "a", "call"));
    assert_true(tmesh_pauses_has(pauses, "b", "call"));
    assert_false(tmesh_pauses_has(pauses, "b", "other"));
    assert_true(tmesh_pauses_has(pauses, "c", "call"));
    tmesh_pauses_replace(pauses, NULL, 0);
    assert_false(tmesh_pauses_has(pauses, "b", "call"));
    tmesh_credit_destroy(&credit);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_same_terms_are_one_offer),
        cmocka_unit_test(an_offer_serves_its_namespaces_and_patterns),
        cmocka_unit_test(a_claim_takes_one_credit_of_whoever_serves_it),
        cmocka_unit_test(workers_may_leave_while_their_claims_are_out),
        cmocka_unit_test(what_is_offered_is_not_what_is_free),
        cmocka_unit_test(the_backlog_is_taken_and_left),
        cmocka_unit_test(later_turns_have_larger_numbers),
        cmocka_unit_test(due_times_are_only_lowered),
        cmocka_unit_test(the_first_end_is_only_lowered_until_it_is_forgotten),
        cmocka_unit_test(who_is_alone_is_trusted_for_ever),
        cmocka_unit_test(pauses_are_replaced_by_others),
        cmocka_unit_test(many_threads_lose_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
