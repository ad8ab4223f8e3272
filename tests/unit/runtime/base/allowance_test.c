#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <pthread.h>

#include "runtime/base/allowance.h"

enum { THREADS = 4, TIMES = 1000 };

static void there_is_room_until_it_is_taken(void **state)
{
    (void)state;
    tmesh_allowance_t *allowance = tmesh_allowance_new(1000);
    tmesh_allowance_take(allowance, 600);
    assert_true(tmesh_allowance_has_room(allowance, 400, 100));
    assert_false(tmesh_allowance_has_room(allowance, 401, 100));
    assert_true(tmesh_allowance_has_room(allowance, 150, 75));
    assert_false(tmesh_allowance_has_room(allowance, 151, 75));
    assert_false(tmesh_allowance_has_room(allowance, SIZE_MAX, 100));
    assert_false(tmesh_allowance_has_room(allowance, 1, 50)); // more than its share is taken
    tmesh_allowance_take(allowance, 900); // whoever must not wait
    assert_int_equal(tmesh_allowance_used(allowance), 1500);
    assert_false(tmesh_allowance_has_room(allowance, 0, 100));
    tmesh_allowance_give_back(allowance, 600);
    tmesh_allowance_give_back(allowance, 900);
    assert_int_equal(tmesh_allowance_used(allowance), 0);
    tmesh_allowance_destroy(&allowance);
    assert_null(allowance);
    tmesh_allowance_destroy(&allowance);
}

static void the_only_one_has_room_whatever_its_size(void **state)
{
    (void)state;
    tmesh_allowance_t *allowance = tmesh_allowance_new(10);
    assert_true(tmesh_allowance_has_room(allowance, 1000, 75));
    tmesh_allowance_take(allowance, 1000);
    assert_false(tmesh_allowance_has_room(allowance, 1, 100));
    tmesh_allowance_give_back(allowance, 1000);
    assert_true(tmesh_allowance_has_room(allowance, 1000, 75));
    tmesh_allowance_destroy(&allowance);
}

static void an_arena_gives_back_even_when_the_owner_is_gone(void **state)
{
    (void)state;
    tmesh_allowance_t *allowance = tmesh_allowance_new(100);
    tmesh_arena_t *arenas[2] = {tmesh_arena_new(), tmesh_arena_new()};
    for (int i = 0; i < 2; i++) tmesh_allowance_take_for(allowance, 40, arenas[i]);
    assert_int_equal(tmesh_allowance_used(allowance), 80);
    tmesh_arena_destroy(&arenas[0]);
    assert_int_equal(tmesh_allowance_used(allowance), 40);
    tmesh_allowance_destroy(&allowance);
    tmesh_arena_destroy(&arenas[1]);
}

static void *give_back(void *allowance)
{
    for (int i = 0; i < TIMES; i++) tmesh_allowance_give_back(allowance, 3);
    return NULL;
}

static void any_thread_gives_back(void **state)
{
    (void)state;
    tmesh_allowance_t *allowance = tmesh_allowance_new(100);
    for (int i = 0; i < THREADS * TIMES; i++) tmesh_allowance_take(allowance, 3);
    pthread_t threads[THREADS];
    for (int i = 0; i < THREADS; i++) pthread_create(&threads[i], NULL, give_back, allowance);
    for (int i = 0; i < THREADS; i++) pthread_join(threads[i], NULL);
    assert_int_equal(tmesh_allowance_used(allowance), 0);
    tmesh_allowance_destroy(&allowance);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(there_is_room_until_it_is_taken),
        cmocka_unit_test(the_only_one_has_room_whatever_its_size),
        cmocka_unit_test(an_arena_gives_back_even_when_the_owner_is_gone),
        cmocka_unit_test(any_thread_gives_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
