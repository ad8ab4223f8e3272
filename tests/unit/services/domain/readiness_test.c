#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "services/domain/readiness.h"

static void only_what_waits_and_has_no_open_parent_is_ready(void **state)
{
    (void)state;
    for (int i = 0; i < TMESH_STEP_STATE_COUNT; i++) {
        tmesh_step_state_t step = (tmesh_step_state_t)i;
        bool waits = step == TMESH_STEP_PENDING || step == TMESH_STEP_WAITING_FOR_RETRY;
        assert_int_equal(tmesh_readiness_of_step(step, 0), waits);
        assert_false(tmesh_readiness_of_step(step, 1));
    }
}

static void a_retry_needs_everybodys_consent(void **state)
{
    (void)state;
    assert_true(tmesh_readiness_may_retry(true, true, 1, 3));
    assert_true(tmesh_readiness_may_retry(true, true, 2, 3));
    assert_false(tmesh_readiness_may_retry(true, true, 3, 3));
    assert_false(tmesh_readiness_may_retry(true, true, 1, 1));
    assert_false(tmesh_readiness_may_retry(true, true, 1, 0)); // the first attempt was allowed
    assert_false(tmesh_readiness_may_retry(false, true, 1, 3));
    assert_false(tmesh_readiness_may_retry(true, false, 1, 3));
    assert_true(tmesh_readiness_may_retry(true, true, 0, 1));
}

static void the_key_ages_evenly(void **state)
{
    (void)state;
    int64_t now_ms = 1800000000000;
    assert_true(tmesh_readiness_order_key(now_ms, 0) == now_ms);
    assert_true(tmesh_readiness_order_key(now_ms, 0) < tmesh_readiness_order_key(now_ms + 1, 0));
    assert_true(tmesh_readiness_order_key(now_ms, 1) < tmesh_readiness_order_key(now_ms, 0));
    // A point of priority is worth a minute: who waits longer goes first in the end.
    assert_true(tmesh_readiness_order_key(now_ms, 0) ==
                tmesh_readiness_order_key(now_ms + 60000, 1));
    assert_true(tmesh_readiness_order_key(now_ms, -100) == now_ms + 6000000);
    assert_true(tmesh_readiness_order_key(0, INT32_MIN) > 0); // no overflow
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_what_waits_and_has_no_open_parent_is_ready),
        cmocka_unit_test(a_retry_needs_everybodys_consent),
        cmocka_unit_test(the_key_ages_evenly),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
