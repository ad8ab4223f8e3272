#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "runtime/base/memory.h"
#include "services/result_processing/result_validator.h"

static const tmesh_run_token_t token = {{1, 2, 3}};

static tmesh_work_step_t step_in(tmesh_step_state_t state)
{
    return (tmesh_work_step_t){
        .row = {.id = {{9}}, .state = state, .run = 2, .token = token, .attempts = 1}};
}

static tmesh_fence_t fence_of(const tmesh_work_step_t *step)
{
    return (tmesh_fence_t){.step_id = step->row.id, .run = step->row.run, .token = step->row.token};
}

static void only_a_run_that_is_out_is_accepted(void **state)
{
    (void)state;
    static const tmesh_report_verdict_t verdicts[TMESH_STEP_STATE_COUNT] = {
        [TMESH_STEP_NONE] = TMESH_REPORT_STALE,
        [TMESH_STEP_PENDING] = TMESH_REPORT_STALE,
        [TMESH_STEP_ENQUEUED] = TMESH_REPORT_ACCEPTED, // its sending is not recorded yet
        [TMESH_STEP_IN_PROGRESS] = TMESH_REPORT_ACCEPTED,
        [TMESH_STEP_ENQUEUED_FOR_ORCHESTRATION] = TMESH_REPORT_STALE,
        [TMESH_STEP_ENQUEUED_AS_ERROR_FOR_ORCHESTRATION] = TMESH_REPORT_STALE,
        [TMESH_STEP_WAITING_FOR_RETRY] = TMESH_REPORT_STALE,
        [TMESH_STEP_COMPLETE] = TMESH_REPORT_STALE, // by hand: no run of it has a result
        [TMESH_STEP_ERROR] = TMESH_REPORT_STALE,
        [TMESH_STEP_CANCELLED] = TMESH_REPORT_CANCELLED,
        [TMESH_STEP_RESOLVED_MANUALLY] = TMESH_REPORT_STALE,
    };
    for (int i = 0; i < TMESH_STEP_STATE_COUNT; i++) {
        tmesh_work_step_t step = step_in((tmesh_step_state_t)i);
        tmesh_fence_t fence = fence_of(&step);
        assert_int_equal(tmesh_result_validator_judge(&step, &fence), verdicts[i]);
    }
}

static void what_was_answered_is_repeated_in_every_state(void **state)
{
    (void)state;
    tmesh_result_row_t success = {.run = 2, .success = true};
    tmesh_result_row_t failure = {.run = 2, .error_code = "handler_error"};
    for (int i = 1; i < TMESH_STEP_STATE_COUNT; i++) {
        if (i == TMESH_STEP_CANCELLED) continue;
        tmesh_work_step_t step = step_in((tmesh_step_state_t)i);
        tmesh_fence_t fence = fence_of(&step);
        step.stored_result = &success;
        assert_int_equal(tmesh_result_validator_judge(&step, &fence), TMESH_REPORT_REPEATED);
        step.stored_result = &failure;
        assert_int_equal(tmesh_result_validator_judge(&step, &fence), TMESH_REPORT_REPEATED);
    }
}

static void what_was_concluded_from_silence_is_over(void **state)
{
    (void)state;
    static const char *const codes[] = {"worker_lost", "step_timeout", "poison_step"};
    for (size_t i = 0; i < TMESH_COUNT_OF(codes); i++) {
        tmesh_result_row_t concluded = {.run = 2, .error_code = codes[i]};
        tmesh_work_step_t step = step_in(TMESH_STEP_WAITING_FOR_RETRY);
        tmesh_fence_t fence = fence_of(&step);
        step.stored_result = &concluded;
        assert_int_equal(tmesh_result_validator_judge(&step, &fence), TMESH_REPORT_STALE);
    }
}

static void other_runs_and_tokens_are_stale(void **state)
{
    (void)state;
    tmesh_work_step_t step = step_in(TMESH_STEP_IN_PROGRESS);
    tmesh_fence_t fence = fence_of(&step);
    fence.run = 1;
    assert_int_equal(tmesh_result_validator_judge(&step, &fence), TMESH_REPORT_STALE);
    fence.run = 3;
    assert_int_equal(tmesh_result_validator_judge(&step, &fence), TMESH_REPORT_STALE);
    fence = fence_of(&step);
    fence.token.bytes[15] ^= 0x80;
    assert_int_equal(tmesh_result_validator_judge(&step, &fence), TMESH_REPORT_STALE);
    tmesh_result_row_t success = {.run = 2, .success = true};
    step.stored_result = &success; // and its answer is not told to others
    assert_int_equal(tmesh_result_validator_judge(&step, &fence), TMESH_REPORT_STALE);
}

static void a_step_that_was_never_claimed_has_no_run(void **state)
{
    (void)state;
    tmesh_work_step_t step = step_in(TMESH_STEP_ENQUEUED);
    step.row.run = 0;
    step.row.token = (tmesh_run_token_t){0};
    tmesh_fence_t fence = fence_of(&step);
    assert_int_equal(tmesh_result_validator_judge(&step, &fence), TMESH_REPORT_STALE);
}

static void refusals_say_why(void **state)
{
    (void)state;
    static const struct {
        tmesh_report_verdict_t verdict;
        tmesh_err_t err;
        const char *code;
    } refusals[] = {
        {TMESH_REPORT_UNKNOWN, TMESH_ERR_NOT_FOUND, "unknown_step"},
        {TMESH_REPORT_STALE, TMESH_ERR_CONFLICT, "stale_run"},
        {TMESH_REPORT_CANCELLED, TMESH_ERR_CONFLICT, "step_cancelled"},
    };
    tmesh_work_step_t step = step_in(TMESH_STEP_CANCELLED);
    tmesh_fence_t fence = fence_of(&step);
    assert_int_equal(tmesh_result_validator_judge(NULL, &fence), TMESH_REPORT_UNKNOWN);
    for (size_t i = 0; i < TMESH_COUNT_OF(refusals); i++) {
        bool is_known = refusals[i].verdict != TMESH_REPORT_UNKNOWN;
        tmesh_fault_t *fault = tmesh_result_validator_refusal(refusals[i].verdict,
                                                              is_known ? &step : NULL, &fence);
        assert_int_equal(fault->err, refusals[i].err);
        assert_string_equal(fault->code, refusals[i].code);
        tmesh_fault_destroy(&fault);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_a_run_that_is_out_is_accepted),
        cmocka_unit_test(what_was_answered_is_repeated_in_every_state),
        cmocka_unit_test(what_was_concluded_from_silence_is_over),
        cmocka_unit_test(other_runs_and_tokens_are_stale),
        cmocka_unit_test(a_step_that_was_never_claimed_has_no_run),
        cmocka_unit_test(refusals_say_why),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
