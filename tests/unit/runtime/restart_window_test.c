// Three restarts within a window are allowed, the fourth failure is one too many; time forgives.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "runtime/restart_window.h"

static void the_fourth_failure_in_a_minute_is_too_many(void **state)
{
    (void)state;
    tmesh_restart_window_t window = {.policy = tmesh_restart_policy_default};
    assert_int_equal(window.policy.restarts_max, 3);
    assert_int_equal(window.policy.window_ms, 60000);
    assert_true(tmesh_restart_window_allows(&window, 1000));
    assert_true(tmesh_restart_window_allows(&window, 1000));
    assert_true(tmesh_restart_window_allows(&window, 60000));
    assert_false(tmesh_restart_window_allows(&window, 60999));
}

static void a_failure_is_forgotten_when_the_window_has_passed(void **state)
{
    (void)state;
    tmesh_restart_window_t window = {.policy = tmesh_restart_policy_default};
    assert_true(tmesh_restart_window_allows(&window, 0));
    assert_true(tmesh_restart_window_allows(&window, 1));
    assert_true(tmesh_restart_window_allows(&window, 2));
    assert_false(tmesh_restart_window_allows(&window, 59999));
    assert_true(tmesh_restart_window_allows(&window, 60000));  // the one at 0 has left
    assert_false(tmesh_restart_window_allows(&window, 60000)); // 1, 2 and 60000 are there
    assert_true(tmesh_restart_window_allows(&window, 60001));
}

static void one_failure_per_window_goes_on_for_ever(void **state)
{
    (void)state;
    tmesh_restart_window_t window = {.policy = {.restarts_max = 1, .window_ms = 100}};
    for (int64_t i = 0; i < 1000; i++) {
        assert_true(tmesh_restart_window_allows(&window, i * 100));
        assert_false(tmesh_restart_window_allows(&window, i * 100 + 99));
    }
}

static void no_restarts_means_none(void **state)
{
    (void)state;
    tmesh_restart_window_t window = {.policy = {.restarts_max = 0, .window_ms = 100}};
    assert_false(tmesh_restart_window_allows(&window, 0));
    assert_false(tmesh_restart_window_allows(&window, 1000));
}

static void the_table_holds_the_largest_policy(void **state)
{
    (void)state;
    tmesh_restart_window_t window = {
        .policy = {.restarts_max = TMESH_RESTARTS_MAX, .window_ms = 1000},
    };
    for (int round = 0; round < 3; round++) {
        for (int i = 0; i < TMESH_RESTARTS_MAX; i++) {
            assert_true(tmesh_restart_window_allows(&window, round * 1000));
        }
        assert_false(tmesh_restart_window_allows(&window, round * 1000 + 999));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_fourth_failure_in_a_minute_is_too_many),
        cmocka_unit_test(a_failure_is_forgotten_when_the_window_has_passed),
        cmocka_unit_test(one_failure_per_window_goes_on_for_ever),
        cmocka_unit_test(no_restarts_means_none),
        cmocka_unit_test(the_table_holds_the_largest_policy),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
