// Blocked tasks (SPEC 6.2): what was sent finishes and is recorded, what was not is withdrawn, retries
// wake nobody, children stay where they are, and every other task goes on.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "runtime/base/memory.h"
#include "tests/simulation/support/reports.h"
#include "tests/simulation/support/shapes.h"

enum { SECOND_MS = 1000, HOUR_MS = 3600000 };

// Beside the step that fails: one that runs, one that waits for its retry, one that is claimed and
// not sent, and one that nobody has claimed, if the capacity is 2. Numbers from 1, in this order.
#define FAN                                                                                        \
    "name: fan\nnamespace_name: sim\nversion: 1.0.0\nsteps:\n"                                     \
    "  - {name: bad, handler: {callable: work}}\n"                                                 \
    "  - {name: runs, handler: {callable: work}}\n"                                                \
    "  - {name: retries, handler: {callable: work}}\n"                                             \
    "  - {name: claimed, handler: {callable: work}}\n"                                             \
    "  - {name: unclaimed, handler: {callable: work}}\n"                                           \
    "  - {name: child, dependencies: [runs], handler: {callable: work}}\n"
enum { BAD = 1, RUNS, RETRIES, CLAIMED, UNCLAIMED, CHILD };

typedef struct {
    tmesh_sim_t *sim;
    tmesh_task_id_t id;
    tmesh_fence_t claimed; // as its worker had it
} fan_t;

static tmesh_sim_deed_t keep_fan(void *self, const tmesh_parcel_t *parcel, tmesh_random_t *random)
{
    (void)self;
    (void)random;
    return strcmp(parcel->task_name, "fan") == 0 ? TMESH_SIM_KEEP : TMESH_SIM_SUCCEED;
}

static void say(tmesh_sim_t *sim, tmesh_fence_t fence, tmesh_result_kind_t kind, bool retryable)
{
    tmesh_process_step_result_request_t report = {
        .fence = fence,
        .kind = kind,
        .retryable = retryable,
        .retry_after_ms = -1,
        .error_code = kind == TMESH_RESULT_SUCCESS ? NULL : "handler_error",
    };
    if (kind == TMESH_RESULT_SUCCESS) report.result = tmesh_bytes_of_text("1");
    tmesh_reports_say(sim, &report);
}

static void say_of(const fan_t *fan, uint16_t number, tmesh_result_kind_t kind, bool retryable)
{
    say(fan->sim, tmesh_reports_fence(fan->sim, fan->id, number), kind, retryable);
}

static void open_fan(fan_t *fan)
{
    tmesh_sim_config_t config = {.seed = 5, .capacity = 2, .script = keep_fan};
    fan->sim = tmesh_sim_open(&config);
    tmesh_sim_put_template(fan->sim, FAN);
    tmesh_sim_put_template(fan->sim, SHAPE_LINEAR);
    fan->id = tmesh_sim_start(fan->sim, "fan", "{}");
    fan->claimed = tmesh_reports_fence(fan->sim, fan->id, CLAIMED);
    tmesh_reports_say_sent(fan->sim, tmesh_reports_fence(fan->sim, fan->id, RUNS), false);
    assert_int_equal(tmesh_reports_hear(fan->sim)->err, TMESH_OK);
    assert_false(tmesh_sim_step(fan->sim, fan->id, UNCLAIMED).claimed);
    tmesh_sim_check(fan->sim);
}

static void block(const fan_t *fan)
{
    say_of(fan, RETRIES, TMESH_RESULT_FAILURE, true); // both in one batch
    say_of(fan, BAD, TMESH_RESULT_FAILURE, false);
    const tmesh_heard_t *heard = tmesh_reports_hear(fan->sim);
    assert_int_equal(heard[0].state, TMESH_STEP_WAITING_FOR_RETRY);
    assert_int_equal(heard[1].state, TMESH_STEP_ERROR);
    tmesh_sim_check(fan->sim);
    assert_int_equal(tmesh_sim_task(fan->sim, fan->id).state, TMESH_TASK_BLOCKED_BY_FAILURES);
}

static void assert_states(const fan_t *fan, const tmesh_step_state_t expected[CHILD])
{
    for (uint16_t number = BAD; number <= CHILD; number++) {
        assert_string_equal(
            tmesh_step_state_word(tmesh_sim_step(fan->sim, fan->id, number).state),
            tmesh_step_state_word(expected[number - 1]));
    }
    tmesh_sim_check(fan->sim);
}

static void nothing_new_starts(void **state)
{
    (void)state;
    fan_t fan;
    open_fan(&fan);
    block(&fan);
    uint32_t begun = tmesh_sim_runs_begun(fan.sim);
    say_of(&fan, RUNS, TMESH_RESULT_SUCCESS, false); // its child has no open parent any more
    assert_int_equal(tmesh_reports_hear(fan.sim)->state, TMESH_STEP_COMPLETE);
    tmesh_sim_pass(fan.sim, 3 * HOUR_MS);
    assert_int_equal(tmesh_sim_runs_begun(fan.sim), begun);
    assert_states(&fan, (tmesh_step_state_t[]){
        TMESH_STEP_ERROR, TMESH_STEP_COMPLETE, TMESH_STEP_WAITING_FOR_RETRY, TMESH_STEP_ENQUEUED,
        TMESH_STEP_ENQUEUED, TMESH_STEP_PENDING});
    assert_int_equal(tmesh_sim_step(fan.sim, fan.id, CHILD).parents_open, 0);
    tmesh_sim_destroy(&fan.sim);
}

static void a_run_whose_sending_was_not_recorded_is(void **state)
{
    (void)state;
    fan_t fan;
    open_fan(&fan);
    block(&fan);
    assert_true(tmesh_sim_step(fan.sim, fan.id, CLAIMED).held);
    say(fan.sim, fan.claimed, TMESH_RESULT_SUCCESS, false);
    assert_int_equal(tmesh_reports_hear(fan.sim)->err, TMESH_OK);
    tmesh_step_row_t row = tmesh_sim_step(fan.sim, fan.id, CLAIMED);
    assert_int_equal(row.state, TMESH_STEP_COMPLETE);
    assert_int_equal(row.attempts, 1);
    assert_false(row.held);
    tmesh_sim_check(fan.sim);
    tmesh_sim_destroy(&fan.sim);
}

static void what_runs_on_may_fail_be_lost_or_take_too_long(void **state)
{
    (void)state;
    fan_t fan;
    open_fan(&fan);
    block(&fan);
    tmesh_reports_say_sent(fan.sim, fan.claimed, false); // it was sent all the same
    assert_int_equal(tmesh_reports_hear(fan.sim)->err, TMESH_OK);
    assert_int_equal(tmesh_sim_step(fan.sim, fan.id, CLAIMED).state, TMESH_STEP_IN_PROGRESS);
    tmesh_sim_check(fan.sim);
    say(fan.sim, fan.claimed, TMESH_RESULT_WORKER_LOST, true);
    assert_int_equal(tmesh_reports_hear(fan.sim)->state, TMESH_STEP_WAITING_FOR_RETRY);
    tmesh_sim_check(fan.sim);
    tmesh_sim_pass(fan.sim, 2 * HOUR_MS); // the time limit of the other one
    assert_states(&fan, (tmesh_step_state_t[]){
        TMESH_STEP_ERROR, TMESH_STEP_WAITING_FOR_RETRY, TMESH_STEP_WAITING_FOR_RETRY,
        TMESH_STEP_WAITING_FOR_RETRY, TMESH_STEP_ENQUEUED, TMESH_STEP_PENDING});
    assert_int_equal(tmesh_sim_task(fan.sim, fan.id).state, TMESH_TASK_BLOCKED_BY_FAILURES);
    tmesh_sim_destroy(&fan.sim);
}

static void a_restart_changes_nothing(void **state)
{
    (void)state;
    for (int survives = 0; survives < 2; survives++) {
        fan_t fan;
        open_fan(&fan);
        block(&fan);
        tmesh_sim_crash(fan.sim, survives);
        tmesh_sim_check(fan.sim);
        tmesh_sim_pass(fan.sim, HOUR_MS / 2);
        // What a worker has and brings back goes on; what nobody has waits for somebody to go on.
        tmesh_step_state_t of_runs = survives ? TMESH_STEP_IN_PROGRESS
                                              : TMESH_STEP_WAITING_FOR_RETRY;
        tmesh_step_state_t of_claimed = survives ? TMESH_STEP_IN_PROGRESS : TMESH_STEP_ENQUEUED;
        assert_states(&fan, (tmesh_step_state_t[]){
            TMESH_STEP_ERROR, of_runs, TMESH_STEP_WAITING_FOR_RETRY, of_claimed,
            TMESH_STEP_ENQUEUED, TMESH_STEP_PENDING});
        tmesh_sim_destroy(&fan.sim);
    }
}

static void claims_that_come_back_stay_held(void **state)
{
    (void)state;
    fan_t fan;
    open_fan(&fan);
    block(&fan);
    say(fan.sim, fan.claimed, TMESH_RESULT_HANDED_BACK, true);
    assert_int_equal(tmesh_reports_hear(fan.sim)->err, TMESH_OK);
    assert_true(tmesh_sim_step(fan.sim, fan.id, CLAIMED).held);
    assert_false(tmesh_sim_step(fan.sim, fan.id, CLAIMED).claimed);
    tmesh_sim_check(fan.sim);
    tmesh_sim_destroy(&fan.sim);
}

static void a_retry_that_is_due_with_the_failure_is_held(void **state)
{
    (void)state;
    fan_t fan;
    open_fan(&fan);
    say_of(&fan, RETRIES, TMESH_RESULT_FAILURE, true);
    assert_int_equal(tmesh_reports_hear(fan.sim)->err, TMESH_OK);
    int64_t due_ms = tmesh_sim_step(fan.sim, fan.id, RETRIES).due_ms;
    tmesh_sim_pass(fan.sim, due_ms - tmesh_clock_now_ms(tmesh_sim_clock(fan.sim)) - 1);
    say_of(&fan, BAD, TMESH_RESULT_FAILURE, false);
    assert_int_equal(tmesh_reports_hear(fan.sim)->err, TMESH_OK);
    tmesh_sim_pass(fan.sim, 10 * SECOND_MS);
    assert_int_equal(tmesh_sim_step(fan.sim, fan.id, RETRIES).state, TMESH_STEP_WAITING_FOR_RETRY);
    tmesh_sim_check(fan.sim);
    tmesh_sim_destroy(&fan.sim);
}

static void others_go_on_and_it_can_be_cancelled(void **state)
{
    (void)state;
    fan_t fan;
    open_fan(&fan);
    block(&fan);
    tmesh_task_id_t other = tmesh_sim_start(fan.sim, "linear", "{}");
    tmesh_reports_say_sent(fan.sim, fan.claimed, false);
    say(fan.sim, fan.claimed, TMESH_RESULT_SUCCESS, false); // its credit is free now
    (void)tmesh_reports_hear(fan.sim);
    assert_true(tmesh_sim_run(fan.sim, HOUR_MS));
    assert_int_equal(tmesh_sim_task(fan.sim, other).state, TMESH_TASK_COMPLETE);
    assert_int_equal(tmesh_sim_finalize(fan.sim, fan.id), TMESH_FINALIZE_NO_ACTION);
    assert_int_equal(tmesh_sim_cancel(fan.sim, fan.id), TMESH_OK);
    assert_int_equal(tmesh_sim_task(fan.sim, fan.id).state, TMESH_TASK_CANCELLED);
    tmesh_sim_check(fan.sim);
    tmesh_sim_destroy(&fan.sim);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_new_starts),
        cmocka_unit_test(a_run_whose_sending_was_not_recorded_is),
        cmocka_unit_test(what_runs_on_may_fail_be_lost_or_take_too_long),
        cmocka_unit_test(a_restart_changes_nothing),
        cmocka_unit_test(claims_that_come_back_stay_held),
        cmocka_unit_test(a_retry_that_is_due_with_the_failure_is_held),
        cmocka_unit_test(others_go_on_and_it_can_be_cancelled),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
