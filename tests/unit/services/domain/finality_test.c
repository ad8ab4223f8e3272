#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "runtime/base/memory.h"
#include "services/domain/finality.h"

static void each_picture_has_its_event(void **state)
{
    (void)state;
    static const struct {
        tmesh_task_counts_t counts;
        tmesh_task_event_t event;
    } cases[] = {
        {{.total = 3, .done = 3}, TMESH_TASK_EV_ALL_STEPS_SUCCESSFUL},
        {{.total = 3, .done = 2, .failed = 1}, TMESH_TASK_EV_PERMANENT_FAILURE},
        {{.total = 3, .failed = 1, .in_flight = 2}, TMESH_TASK_EV_PERMANENT_FAILURE},
        {{.total = 3, .failed = 1, .ready = 1}, TMESH_TASK_EV_PERMANENT_FAILURE}, // SPEC 6.2
        {{.total = 3, .failed = 1, .waiting = 2}, TMESH_TASK_EV_PERMANENT_FAILURE},
        {{.total = 3, .done = 1, .ready = 1}, TMESH_TASK_EV_READY_STEPS_FOUND},
        {{.total = 3, .in_flight = 1, .ready = 1}, TMESH_TASK_EV_READY_STEPS_FOUND},
        {{.total = 3, .waiting = 1, .ready = 1}, TMESH_TASK_EV_READY_STEPS_FOUND},
        {{.total = 3, .done = 1, .in_flight = 1}, TMESH_TASK_EV_STEPS_RUNNING},
        {{.total = 3, .in_flight = 1, .waiting = 1}, TMESH_TASK_EV_STEPS_RUNNING}, // SPEC 3.1
        {{.total = 3, .done = 1, .waiting = 1}, TMESH_TASK_EV_RETRIES_PENDING},
        {{.total = 3, .done = 1}, TMESH_TASK_EV_NO_DEPENDENCIES_READY},
    };
    for (size_t i = 0; i < TMESH_COUNT_OF(cases); i++) {
        assert_string_equal(tmesh_task_event_word(tmesh_finality_assess(&cases[i].counts)),
                            tmesh_task_event_word(cases[i].event));
    }
}

static void whatever_it_says_can_be_done(void **state)
{
    (void)state;
    for (uint32_t bits = 0; bits < 64; bits++) {
        tmesh_task_counts_t counts = {
            .done = bits & 1,
            .failed = bits >> 1 & 1,
            .in_flight = bits >> 2 & 1,
            .waiting = bits >> 3 & 1,
            .ready = bits >> 4 & 1,
        };
        counts.total = counts.done + counts.failed + counts.in_flight + counts.waiting +
                       counts.ready + (bits >> 5); // and one that waits for others
        tmesh_task_event_t event = tmesh_finality_assess(&counts);
        assert_int_not_equal(tmesh_task_state_next(TMESH_TASK_EVALUATING_RESULTS, event),
                             TMESH_TASK_NONE);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_picture_has_its_event),
        cmocka_unit_test(whatever_it_says_can_be_done),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
