// What comes twice, too late, at once or for somebody else: each run counts once, whatever is said of
// it and in which order.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "runtime/base/memory.h"
#include "tests/simulation/support/reports.h"
#include "tests/simulation/support/shapes.h"

enum { SECOND_MS = 1000, MINUTE_MS = 60000, HOUR_MS = 3600000 };

static tmesh_sim_deed_t keep(void *self, const tmesh_parcel_t *parcel, tmesh_random_t *random)
{
    (void)self;
    (void)parcel;
    (void)random;
    return TMESH_SIM_KEEP;
}

static tmesh_sim_t *open_sim(void)
{
    tmesh_sim_config_t config = {.seed = 23, .capacity = 10, .script = keep};
    tmesh_sim_t *sim = tmesh_sim_open(&config);
    tmesh_sim_put_template(sim, SHAPE_LINEAR);
    tmesh_sim_put_template(sim, SHAPE_DIAMOND);
    tmesh_sim_put_template(sim, SHAPE_PATIENT);
    return sim;
}

static void say(tmesh_sim_t *sim, tmesh_fence_t fence, tmesh_result_kind_t kind, const char *result)
{
    tmesh_process_step_result_request_t report = {
        .fence = fence,
        .kind = kind,
        .retryable = true,
        .retry_after_ms = -1,
        .error_code = result ? NULL : "handler_error",
        .result = result ? tmesh_bytes_of_text(result) : TMESH_BYTES_NONE,
    };
    tmesh_reports_say(sim, &report);
}

static void assert_heard(const tmesh_heard_t *heard, const char *code, tmesh_step_state_t state)
{
    assert_string_equal(heard->code, code);
    assert_string_equal(tmesh_step_state_word(heard->state), tmesh_step_state_word(state));
}

static tmesh_heard_t say_alone(tmesh_sim_t *sim, tmesh_fence_t fence, tmesh_result_kind_t kind,
                               const char *result)
{
    say(sim, fence, kind, result);
    tmesh_heard_t heard = *tmesh_reports_hear(sim);
    tmesh_sim_check(sim);
    return heard;
}

static void assert_result(tmesh_sim_t *sim, tmesh_task_id_t id, uint16_t number, const char *text)
{
    tmesh_auto(tmesh_arena) arena = tmesh_arena_new();
    tmesh_step_view_t *views = NULL;
    size_t count = 0;
    assert_int_equal(tmesh_reader_steps(tmesh_sim_reader(sim), id, arena, &views, &count),
                     TMESH_OK);
    assert_non_null(views[number - 1].success);
    assert_true(tmesh_bytes_equal_text(views[number - 1].success->body, text));
}

static void a_run_is_answered_once_and_its_repeats_alike(void **state)
{
    (void)state;
    tmesh_sim_t *sim = open_sim();
    tmesh_task_id_t id = tmesh_sim_start(sim, "linear", "{}");
    tmesh_fence_t fence = tmesh_reports_fence(sim, id, 1);
    say(sim, fence, TMESH_RESULT_SUCCESS, "1"); // all in one batch
    say(sim, fence, TMESH_RESULT_SUCCESS, "2");
    say(sim, fence, TMESH_RESULT_FAILURE, NULL);
    say(sim, fence, TMESH_RESULT_WORKER_LOST, NULL);
    const tmesh_heard_t *heard = tmesh_reports_hear(sim);
    for (int i = 0; i < 4; i++) {
        assert_heard(&heard[i], "", TMESH_STEP_COMPLETE);
        assert_int_equal(heard[i].repeated, i > 0);
    }
    tmesh_heard_t later = say_alone(sim, fence, TMESH_RESULT_FAILURE, NULL);
    assert_heard(&later, "", TMESH_STEP_COMPLETE);
    assert_true(later.repeated);
    assert_result(sim, id, 1, "1");
    assert_int_equal(tmesh_sim_step(sim, id, 2).run, 1); // its child was readied once
    tmesh_sim_destroy(&sim);
}

static void a_worker_that_was_given_up_is_stale(void **state)
{
    (void)state;
    tmesh_sim_t *sim = open_sim();
    tmesh_task_id_t id = tmesh_sim_start(sim, "linear", "{}");
    tmesh_fence_t first = tmesh_reports_fence(sim, id, 1);
    say(sim, first, TMESH_RESULT_WORKER_LOST, NULL);
    say(sim, first, TMESH_RESULT_SUCCESS, "1"); // it was only slow
    const tmesh_heard_t *heard = tmesh_reports_hear(sim);
    assert_heard(&heard[0], "", TMESH_STEP_WAITING_FOR_RETRY);
    assert_string_equal(heard[1].code, "stale_run");
    tmesh_step_row_t row = tmesh_sim_step(sim, id, 1);
    assert_int_equal(row.run, 2);
    assert_int_equal(row.attempts, 0);
    assert_int_equal(row.state, TMESH_STEP_ENQUEUED);
    assert_string_equal(say_alone(sim, first, TMESH_RESULT_SUCCESS, "1").code, "stale_run");
    assert_int_equal(say_alone(sim, tmesh_reports_fence(sim, id, 1), TMESH_RESULT_SUCCESS, "2").err,
                     TMESH_OK);
    assert_result(sim, id, 1, "2");
    tmesh_sim_destroy(&sim);
}

static void fences_of_others_are_refused(void **state)
{
    (void)state;
    tmesh_sim_t *sim = open_sim();
    tmesh_task_id_t id = tmesh_sim_start(sim, "linear", "{}");
    tmesh_fence_t fence = tmesh_reports_fence(sim, id, 1);
    tmesh_fence_t wrong = fence;
    wrong.token.bytes[0] ^= 1;
    assert_string_equal(say_alone(sim, wrong, TMESH_RESULT_SUCCESS, "1").code, "stale_run");
    wrong = fence;
    wrong.run = 2;
    assert_string_equal(say_alone(sim, wrong, TMESH_RESULT_SUCCESS, "1").code, "stale_run");
    wrong = tmesh_reports_fence(sim, id, 2); // never claimed: run 0, no token
    assert_string_equal(say_alone(sim, wrong, TMESH_RESULT_SUCCESS, "1").code, "stale_run");
    wrong.step_id = tmesh_step_id_of(id, 77);
    assert_string_equal(say_alone(sim, wrong, TMESH_RESULT_SUCCESS, "1").code, "unknown_step");
    assert_int_equal(tmesh_sim_step(sim, id, 1).state, TMESH_STEP_ENQUEUED);
    tmesh_sim_destroy(&sim);
}

static void a_time_limit_and_a_late_result(void **state)
{
    (void)state;
    tmesh_sim_t *sim = open_sim();
    tmesh_task_id_t id = tmesh_sim_start(sim, "patient", "{}");
    tmesh_fence_t first = tmesh_reports_fence(sim, id, 1);
    tmesh_reports_say_sent(sim, first, false);
    assert_int_equal(tmesh_reports_hear(sim)->err, TMESH_OK);
    tmesh_sim_pass(sim, 60 * SECOND_MS);
    assert_int_equal(tmesh_sim_step(sim, id, 1).state, TMESH_STEP_WAITING_FOR_RETRY);
    assert_string_equal(say_alone(sim, first, TMESH_RESULT_SUCCESS, "1").code, "stale_run");
    tmesh_reports_say_sent(sim, first, true);
    assert_string_equal(tmesh_reports_hear(sim)->code, "stale_run");
    tmesh_sim_pass(sim, SECOND_MS);
    assert_int_equal(tmesh_sim_step(sim, id, 1).run, 2);
    assert_int_equal(tmesh_sim_step(sim, id, 1).attempts, 1);
    tmesh_sim_destroy(&sim);
}

static void both_parents_at_once_ready_their_child_once(void **state)
{
    (void)state;
    tmesh_sim_t *sim = open_sim();
    tmesh_task_id_t id = tmesh_sim_start(sim, "diamond", "{}");
    (void)say_alone(sim, tmesh_reports_fence(sim, id, 1), TMESH_RESULT_SUCCESS, "1");
    say(sim, tmesh_reports_fence(sim, id, 2), TMESH_RESULT_SUCCESS, "1");
    say(sim, tmesh_reports_fence(sim, id, 3), TMESH_RESULT_SUCCESS, "1");
    (void)tmesh_reports_hear(sim);
    tmesh_sim_check(sim);
    assert_int_equal(tmesh_sim_step(sim, id, 4).run, 1);
    (void)say_alone(sim, tmesh_reports_fence(sim, id, 4), TMESH_RESULT_SUCCESS, "1");
    assert_int_equal(tmesh_sim_task(sim, id).state, TMESH_TASK_COMPLETE);
    tmesh_sim_destroy(&sim);
}

static void a_result_after_the_cancellation_is_told_so(void **state)
{
    (void)state;
    tmesh_sim_t *sim = open_sim();
    tmesh_task_id_t id = tmesh_sim_start(sim, "diamond", "{}");
    tmesh_fence_t done = tmesh_reports_fence(sim, id, 1);
    (void)say_alone(sim, done, TMESH_RESULT_SUCCESS, "1");
    tmesh_fence_t out = tmesh_reports_fence(sim, id, 2);
    assert_int_equal(tmesh_sim_cancel(sim, id), TMESH_OK);
    assert_string_equal(say_alone(sim, out, TMESH_RESULT_SUCCESS, "1").code, "step_cancelled");
    assert_string_equal(say_alone(sim, out, TMESH_RESULT_WORKER_LOST, NULL).code,
                        "step_cancelled");
    tmesh_heard_t repeated = say_alone(sim, done, TMESH_RESULT_SUCCESS, "1");
    assert_heard(&repeated, "", TMESH_STEP_COMPLETE); // what was accepted before stays so
    tmesh_sim_pass(sim, HOUR_MS);
    assert_int_equal(tmesh_sim_task(sim, id).state, TMESH_TASK_CANCELLED);
    tmesh_sim_check(sim);
    tmesh_sim_destroy(&sim);
}

static void a_cancelled_task_frees_its_identity_and_its_future(void **state)
{
    (void)state;
    tmesh_sim_t *sim = open_sim();
    tmesh_submission_t submission = {
        .namespace_name = "sim",
        .name = "linear",
        .context = tmesh_bytes_of_text("{\"order\": 1}"),
        .delay_ms = 10 * SECOND_MS,
    };
    tmesh_task_id_t first = tmesh_sim_submit(sim, &submission).task_id;
    assert_non_null(tmesh_sim_submit(sim, &submission).fault);
    assert_int_equal(tmesh_sim_cancel(sim, first), TMESH_OK);
    tmesh_submission_answer_t second = tmesh_sim_submit(sim, &submission);
    assert_null(second.fault);
    assert_memory_not_equal(&first, &second.task_id, sizeof first);
    tmesh_submission_answer_t third = tmesh_sim_submit(sim, &submission);
    assert_non_null(third.fault); // the identity is the second one's now
    assert_memory_equal(&third.task_id, &second.task_id, sizeof third.task_id);
    tmesh_sim_pass(sim, MINUTE_MS);
    assert_int_equal(tmesh_sim_task(sim, first).state, TMESH_TASK_CANCELLED);
    assert_int_equal(tmesh_sim_step(sim, second.task_id, 1).state, TMESH_STEP_ENQUEUED);
    tmesh_sim_destroy(&sim);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_run_is_answered_once_and_its_repeats_alike),
        cmocka_unit_test(a_worker_that_was_given_up_is_stale),
        cmocka_unit_test(fences_of_others_are_refused),
        cmocka_unit_test(a_time_limit_and_a_late_result),
        cmocka_unit_test(both_parents_at_once_ready_their_child_once),
        cmocka_unit_test(a_result_after_the_cancellation_is_told_so),
        cmocka_unit_test(a_cancelled_task_frees_its_identity_and_its_future),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
