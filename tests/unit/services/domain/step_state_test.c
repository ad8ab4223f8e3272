#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "runtime/base/memory.h"
#include "services/domain/step_state.h"

// Every move that is allowed, in words and in another order than the table: from, event, to.
static const struct {
    const char *from;
    const char *event;
    const char *to;
} moves[] = {
    {"none", "Create", "pending"},
    {"pending", "Enqueue", "enqueued"},
    {"enqueued", "Start", "in_progress"},
    {"pending", "Start", "in_progress"},
    {"in_progress", "EnqueueForOrchestration", "enqueued_for_orchestration"},
    {"in_progress", "EnqueueAsErrorForOrchestration", "enqueued_as_error_for_orchestration"},
    {"enqueued_for_orchestration", "Complete", "complete"},
    {"enqueued_for_orchestration", "Fail", "error"},
    {"enqueued_as_error_for_orchestration", "Fail", "error"},
    {"enqueued_as_error_for_orchestration", "Complete", "complete"},
    {"enqueued_as_error_for_orchestration", "WaitForRetry", "waiting_for_retry"},
    {"in_progress", "Fail", "error"},
    {"enqueued", "Fail", "error"},
    {"pending", "Fail", "error"},
    {"in_progress", "Complete", "complete"},
    {"in_progress", "WaitForRetry", "waiting_for_retry"},
    {"enqueued", "WaitForRetry", "waiting_for_retry"},
    {"pending", "WaitForRetry", "waiting_for_retry"},
    {"waiting_for_retry", "Retry", "pending"},
    {"error", "Retry", "pending"},
    {"error", "ResetForRetry", "pending"},
    {"cancelled", "ResetForRetry", "pending"},
    {"pending", "Cancel", "cancelled"},
    {"enqueued", "Cancel", "cancelled"},
    {"in_progress", "Cancel", "cancelled"},
    {"enqueued_for_orchestration", "Cancel", "cancelled"},
    {"enqueued_as_error_for_orchestration", "Cancel", "cancelled"},
    {"waiting_for_retry", "Cancel", "cancelled"},
    {"error", "Cancel", "cancelled"},
    {"pending", "CompleteManually", "complete"},
    {"pending", "ResolveManually", "resolved_manually"},
    {"enqueued", "CompleteManually", "complete"},
    {"enqueued", "ResolveManually", "resolved_manually"},
    {"in_progress", "CompleteManually", "complete"},
    {"in_progress", "ResolveManually", "resolved_manually"},
    {"enqueued_for_orchestration", "CompleteManually", "complete"},
    {"enqueued_for_orchestration", "ResolveManually", "resolved_manually"},
    {"enqueued_as_error_for_orchestration", "CompleteManually", "complete"},
    {"enqueued_as_error_for_orchestration", "ResolveManually", "resolved_manually"},
    {"waiting_for_retry", "CompleteManually", "complete"},
    {"waiting_for_retry", "ResolveManually", "resolved_manually"},
    {"complete", "CompleteManually", "complete"},
    {"complete", "ResolveManually", "resolved_manually"},
    {"error", "CompleteManually", "complete"},
    {"error", "ResolveManually", "resolved_manually"},
    {"cancelled", "CompleteManually", "complete"},
    {"cancelled", "ResolveManually", "resolved_manually"},
    {"resolved_manually", "CompleteManually", "complete"},
    {"resolved_manually", "ResolveManually", "resolved_manually"},
};

static const char *expected(const char *from, const char *event)
{
    for (size_t i = 0; i < TMESH_COUNT_OF(moves); i++) {
        if (strcmp(moves[i].from, from) == 0 && strcmp(moves[i].event, event) == 0) {
            return moves[i].to;
        }
    }
    return "none";
}

static void every_cell_is_as_it_should_be(void **state)
{
    (void)state;
    size_t allowed = 0;
    for (int from = 0; from < TMESH_STEP_STATE_COUNT; from++) {
        for (int event = 0; event < TMESH_STEP_EVENT_COUNT; event++) {
            const char *from_word = tmesh_step_state_word((tmesh_step_state_t)from);
            const char *event_word = tmesh_step_event_word((tmesh_step_event_t)event);
            tmesh_step_state_t to =
                tmesh_step_state_next((tmesh_step_state_t)from, (tmesh_step_event_t)event);
            if (to != TMESH_STEP_NONE) {
                print_message("%-36s %-32s %s\n", from_word, event_word,
                              tmesh_step_state_word(to));
                allowed++;
            }
            assert_string_equal(tmesh_step_state_word(to), expected(from_word, event_word));
        }
    }
    assert_int_equal(allowed, TMESH_COUNT_OF(moves)); // so every word above means something
}

static void words_are_states(void **state)
{
    (void)state;
    for (int i = 1; i < TMESH_STEP_STATE_COUNT; i++) {
        assert_int_equal(tmesh_step_state_parse(tmesh_step_state_word((tmesh_step_state_t)i)), i);
    }
    assert_int_equal(tmesh_step_state_parse("none"), TMESH_STEP_NONE);
    assert_int_equal(tmesh_step_state_parse("Complete"), TMESH_STEP_NONE);
    assert_int_equal(tmesh_step_state_parse(""), TMESH_STEP_NONE);
}

static void some_states_are_done_and_some_in_flight(void **state)
{
    (void)state;
    for (int i = 0; i < TMESH_STEP_STATE_COUNT; i++) {
        tmesh_step_state_t step = (tmesh_step_state_t)i;
        const char *word = tmesh_step_state_word(step);
        bool is_done = strcmp(word, "complete") == 0 || strcmp(word, "resolved_manually") == 0;
        bool is_out = strncmp(word, "enqueued", 8) == 0 || strcmp(word, "in_progress") == 0;
        assert_int_equal(tmesh_step_state_is_done(step), is_done);
        assert_int_equal(tmesh_step_state_is_in_flight(step), is_out);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_cell_is_as_it_should_be),
        cmocka_unit_test(words_are_states),
        cmocka_unit_test(some_states_are_done_and_some_in_flight),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
