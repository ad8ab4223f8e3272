#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <time.h>

#include "runtime/base/clock.h"
#include "runtime/base/memory.h"

static void a_fake_clock_moves_when_told(void **state)
{
    (void)state;
    tmesh_auto(tmesh_clock) clock = tmesh_clock_new_fake(1763800000000);
    assert_int_equal(tmesh_clock_now_ms(clock), 1763800000000);
    assert_int_equal(tmesh_clock_monotonic_ms(clock), 1763800000000);
    tmesh_clock_advance_ms(clock, 250);
    tmesh_clock_advance_ms(clock, 0);
    assert_int_equal(tmesh_clock_now_ms(clock), 1763800000250);
    assert_int_equal(tmesh_clock_monotonic_ns(clock), 1763800000250 * 1000000);
}

static void the_system_clock_is_the_system_s(void **state)
{
    (void)state;
    tmesh_auto(tmesh_clock) clock = tmesh_clock_new_system();
    int64_t before_ms = (int64_t)time(NULL) * 1000;
    int64_t now_ms = tmesh_clock_now_ms(clock);
    assert_true(now_ms > before_ms - 2000 && now_ms < before_ms + 60000);
    int64_t latest_ns = 0;
    for (int i = 0; i < 1000; i++) {
        int64_t now_ns = tmesh_clock_monotonic_ns(clock);
        assert_true(now_ns >= latest_ns);
        latest_ns = now_ns;
    }
    assert_true(tmesh_clock_monotonic_ms(clock) >= latest_ns / 1000000);
}

static void destroying_nothing_is_fine(void **state)
{
    (void)state;
    tmesh_clock_t *clock = NULL;
    tmesh_clock_destroy(&clock);
    assert_null(clock);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_fake_clock_moves_when_told),
        cmocka_unit_test(the_system_clock_is_the_system_s),
        cmocka_unit_test(destroying_nothing_is_fine),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
