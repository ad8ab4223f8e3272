#include "services/domain/dlq.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

enum { MINUTE_MS = 60000 };

static void words_come_back(void **state)
{
    (void)state;
    for (int i = 1; i < TMESH_DLQ_REASON_COUNT; i++) {
        tmesh_dlq_reason_t reason = (tmesh_dlq_reason_t)i;
        assert_int_equal(tmesh_dlq_reason_parse(tmesh_dlq_reason_word(reason)), reason);
    }
    for (int i = 1; i < TMESH_DLQ_STATUS_COUNT; i++) {
        tmesh_dlq_status_t status = (tmesh_dlq_status_t)i;
        assert_int_equal(tmesh_dlq_status_parse(tmesh_dlq_status_word(status)), status);
    }
    assert_int_equal(tmesh_dlq_reason_parse("none"), TMESH_DLQ_REASON_NONE);
    assert_int_equal(tmesh_dlq_status_parse(""), TMESH_DLQ_STATUS_NONE);
}

static void priorities_are_the_models(void **state)
{
    (void)state;
    assert_int_equal(tmesh_dlq_priority(TMESH_DLQ_MAX_RETRIES_EXCEEDED, 0), 500);
    assert_int_equal(tmesh_dlq_priority(TMESH_DLQ_STALENESS_TIMEOUT, MINUTE_MS - 1), 100);
    assert_int_equal(tmesh_dlq_priority(TMESH_DLQ_WORKER_UNAVAILABLE, 3 * MINUTE_MS), 53);
    assert_int_equal(tmesh_dlq_priority(TMESH_DLQ_MANUAL_DLQ, -MINUTE_MS), 10); // a clock set back
    for (int i = 1; i < TMESH_DLQ_REASON_COUNT; i++) {
        assert_true(tmesh_dlq_priority((tmesh_dlq_reason_t)i, 0) >= 10);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words_come_back),
        cmocka_unit_test(priorities_are_the_models),
    };
    return cmocka_run_group_tests_name("dlq", tests, NULL, NULL);
}
