#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "runtime/base/memory.h"
#include "services/domain/backoff.h"

static int64_t wait_ms(tmesh_backoff_kind_t kind, uint32_t attempts)
{
    tmesh_retry_policy_t policy = {.kind = kind, .base_ms = 100, .max_ms = 5000};
    return tmesh_backoff_wait_ms(&policy, attempts, NULL);
}

static void each_kind_grows_in_its_way(void **state)
{
    (void)state;
    static const int64_t linear[] = {100, 200, 300, 400, 500, 600, 700, 800};
    static const int64_t exponential[] = {100, 200, 400, 800, 1600, 3200, 5000, 5000};
    static const int64_t fibonacci[] = {100, 100, 200, 300, 500, 800, 1300, 2100};
    for (uint32_t i = 0; i < 8; i++) {
        assert_int_equal(wait_ms(TMESH_BACKOFF_NONE, i + 1), 0);
        assert_int_equal(wait_ms(TMESH_BACKOFF_LINEAR, i + 1), linear[i]);
        assert_int_equal(wait_ms(TMESH_BACKOFF_EXPONENTIAL, i + 1), exponential[i]);
        assert_int_equal(wait_ms(TMESH_BACKOFF_FIBONACCI, i + 1), fibonacci[i]);
    }
}

static void no_number_of_attempts_overflows(void **state)
{
    (void)state;
    static const uint32_t attempts[] = {31, 32, 33, 63, 64, 65, 93, 1000, UINT32_MAX};
    for (int kind = TMESH_BACKOFF_LINEAR; kind < TMESH_BACKOFF_COUNT; kind++) {
        for (size_t i = 0; i < TMESH_COUNT_OF(attempts); i++) {
            tmesh_retry_policy_t policy = {.kind = (tmesh_backoff_kind_t)kind,
                                           .base_ms = UINT32_MAX, .max_ms = 3600000};
            assert_int_equal(tmesh_backoff_wait_ms(&policy, attempts[i], NULL), 3600000);
            policy.base_ms = 0;
            assert_int_equal(tmesh_backoff_wait_ms(&policy, attempts[i], NULL), 0);
        }
    }
}

static void jitter_stays_within_its_bounds(void **state)
{
    (void)state;
    tmesh_auto(tmesh_random) random = tmesh_random_new_seeded(7);
    tmesh_retry_policy_t policy = {.kind = TMESH_BACKOFF_LINEAR, .base_ms = 1000, .max_ms = 3000};
    int64_t least = INT64_MAX;
    int64_t most = 0;
    for (int i = 0; i < 20000; i++) {
        int64_t wait = tmesh_backoff_wait_ms(&policy, 2, random);
        if (wait < least) least = wait;
        if (wait > most) most = wait;
        assert_true(tmesh_backoff_wait_ms(&policy, 9, random) <= 3000);
    }
    assert_int_equal(least, 1700);
    assert_int_equal(most, 2300);
    policy.max_ms = 0;
    assert_int_equal(tmesh_backoff_wait_ms(&policy, 1, random), 0);
}

static void words_are_kinds(void **state)
{
    (void)state;
    for (int kind = 0; kind < TMESH_BACKOFF_COUNT; kind++) {
        tmesh_backoff_kind_t parsed = TMESH_BACKOFF_COUNT;
        const char *word = tmesh_backoff_kind_word((tmesh_backoff_kind_t)kind);
        assert_true(tmesh_backoff_kind_parse(word, &parsed));
        assert_int_equal(parsed, kind);
    }
    tmesh_backoff_kind_t untouched = TMESH_BACKOFF_LINEAR;
    assert_false(tmesh_backoff_kind_parse("Linear", &untouched));
    assert_int_equal(untouched, TMESH_BACKOFF_LINEAR);
    assert_int_equal(tmesh_retry_policy_default.max_attempts, 3);
    assert_int_equal(tmesh_retry_policy_default.max_ms, 30000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_kind_grows_in_its_way),
        cmocka_unit_test(no_number_of_attempts_overflows),
        cmocka_unit_test(jitter_stays_within_its_bounds),
        cmocka_unit_test(words_are_kinds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
