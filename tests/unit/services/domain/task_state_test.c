#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "runtime/base/memory.h"
#include "services/domain/task_state.h"

// Every move that is allowed, in words and in another order than the table: from, event, to.
static const struct {
    const char *from;
    const char *event;
    const char *to;
} moves[] = {
    {"none", "Create", "pending"},
    {"pending", "Start", "initializing"},
    {"initializing", "ReadyStepsFound", "enqueuing_steps"},
    {"initializing", "NoDependenciesReady", "waiting_for_dependencies"},
    {"enqueuing_steps", "StepsEnqueued", "steps_in_process"},
    {"enqueuing_steps", "EnqueueFailed", "error"},
    {"steps_in_process", "StepCompleted", "evaluating_results"},
    {"steps_in_process", "AllStepsCompleted", "evaluating_results"},
    {"steps_in_process", "StepFailed", "waiting_for_retry"},
    {"steps_in_process", "Fail", "error"},
    {"steps_in_process", "Complete", "complete"},
    {"evaluating_results", "AllStepsSuccessful", "complete"},
    {"evaluating_results", "ReadyStepsFound", "enqueuing_steps"},
    {"evaluating_results", "NoDependenciesReady", "waiting_for_dependencies"},
    {"evaluating_results", "PermanentFailure", "blocked_by_failures"},
    {"evaluating_results", "StepsRunning", "steps_in_process"},
    {"evaluating_results", "RetriesPending", "waiting_for_retry"},
    {"waiting_for_dependencies", "DependenciesReady", "evaluating_results"},
    {"waiting_for_retry", "RetryReady", "enqueuing_steps"},
    {"waiting_for_retry", "ManualIntervention", "evaluating_results"},
    {"blocked_by_failures", "ManualIntervention", "evaluating_results"},
    {"blocked_by_failures", "GiveUp", "error"},
    {"blocked_by_failures", "ManualResolution", "resolved_manually"},
    {"error", "Reset", "pending"},
    {"pending", "Cancel", "cancelled"},
    {"pending", "Timeout", "error"},
    {"pending", "ResolveManually", "resolved_manually"},
    {"initializing", "Cancel", "cancelled"},
    {"initializing", "Timeout", "error"},
    {"initializing", "ResolveManually", "resolved_manually"},
    {"enqueuing_steps", "Cancel", "cancelled"},
    {"enqueuing_steps", "Timeout", "error"},
    {"enqueuing_steps", "ResolveManually", "resolved_manually"},
    {"steps_in_process", "Cancel", "cancelled"},
    {"steps_in_process", "Timeout", "error"},
    {"steps_in_process", "ResolveManually", "resolved_manually"},
    {"evaluating_results", "Cancel", "cancelled"},
    {"evaluating_results", "Timeout", "error"},
    {"evaluating_results", "ResolveManually", "resolved_manually"},
    {"waiting_for_dependencies", "Cancel", "cancelled"},
    {"waiting_for_dependencies", "Timeout", "error"},
    {"waiting_for_dependencies", "ResolveManually", "resolved_manually"},
    {"waiting_for_retry", "Cancel", "cancelled"},
    {"waiting_for_retry", "Timeout", "error"},
    {"waiting_for_retry", "ResolveManually", "resolved_manually"},
    {"blocked_by_failures", "Cancel", "cancelled"},
    {"blocked_by_failures", "Timeout", "error"},
    {"blocked_by_failures", "ResolveManually", "resolved_manually"},
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
    for (int from = 0; from < TMESH_TASK_STATE_COUNT; from++) {
        for (int event = 0; event < TMESH_TASK_EVENT_COUNT; event++) {
            const char *from_word = tmesh_task_state_word((tmesh_task_state_t)from);
            const char *event_word = tmesh_task_event_word((tmesh_task_event_t)event);
            tmesh_task_state_t to =
                tmesh_task_state_next((tmesh_task_state_t)from, (tmesh_task_event_t)event);
            if (to != TMESH_TASK_NONE) {
                print_message("%-36s %-32s %s\n", from_word, event_word,
                              tmesh_task_state_word(to));
                allowed++;
            }
            assert_string_equal(tmesh_task_state_word(to), expected(from_word, event_word));
        }
    }
    assert_int_equal(allowed, TMESH_COUNT_OF(moves)); // so every word above means something
}

static void words_are_states(void **state)
{
    (void)state;
    for (int i = 1; i < TMESH_TASK_STATE_COUNT; i++) {
        assert_int_equal(tmesh_task_state_parse(tmesh_task_state_word((tmesh_task_state_t)i)), i);
    }
    assert_int_equal(tmesh_task_state_parse("none"), TMESH_TASK_NONE);
    assert_int_equal(tmesh_task_state_parse("Complete"), TMESH_TASK_NONE);
    assert_int_equal(tmesh_task_state_parse(""), TMESH_TASK_NONE);
}

static void nothing_leaves_an_end_but_reset(void **state)
{
    (void)state;
    static const char *const ends[] = {"complete", "error", "cancelled", "resolved_manually"};
    int terminal = 0;
    for (int i = 1; i < TMESH_TASK_STATE_COUNT; i++) {
        terminal += tmesh_task_state_is_terminal((tmesh_task_state_t)i);
    }
    assert_int_equal(terminal, TMESH_COUNT_OF(ends));
    for (size_t i = 0; i < TMESH_COUNT_OF(ends); i++) {
        tmesh_task_state_t end = tmesh_task_state_parse(ends[i]);
        assert_true(tmesh_task_state_is_terminal(end));
        assert_true(tmesh_task_state_is_settled(end));
        for (int event = 0; event < TMESH_TASK_EVENT_COUNT; event++) {
            bool is_reset = end == TMESH_TASK_ERROR && event == TMESH_TASK_EV_RESET;
            tmesh_task_state_t to = tmesh_task_state_next(end, (tmesh_task_event_t)event);
            assert_int_equal(to, is_reset ? TMESH_TASK_PENDING : TMESH_TASK_NONE);
        }
    }
    assert_true(tmesh_task_state_is_settled(TMESH_TASK_BLOCKED_BY_FAILURES));
    assert_false(tmesh_task_state_is_settled(TMESH_TASK_WAITING_FOR_RETRY));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_cell_is_as_it_should_be),
        cmocka_unit_test(words_are_states),
        cmocka_unit_test(nothing_leaves_an_end_but_reset),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
