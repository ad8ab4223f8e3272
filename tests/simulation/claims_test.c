// Claims: handed out again, handed back, adopted after a restart, and made late for steps that start
// later.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "runtime/base/memory.h"
#include "services/step_enqueuing/batch_processor.h"
#include "tests/simulation/support/reports.h"
#include "tests/simulation/support/shapes.h"

enum { SECOND_MS = 1000, MINUTE_MS = 60000 };

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

static tmesh_heard_t say_alone(tmesh_sim_t *sim, tmesh_fence_t fence, tmesh_result_kind_t kind,
                               const char *result)
{
    say(sim, fence, kind, result);
    tmesh_heard_t heard = *tmesh_reports_hear(sim);
    tmesh_sim_check(sim);
    return heard;
}

static void an_unrecorded_claim_is_dispatched_again_as_the_same_run(void **state)
{
    (void)state;
    tmesh_sim_t *sim = open_sim();
    tmesh_task_id_t id = tmesh_sim_start(sim, "linear", "{}");
    tmesh_fence_t fence = tmesh_reports_fence(sim, id, 1);
    tmesh_sim_pass(sim, MINUTE_MS);
    assert_memory_equal(&fence, &(tmesh_fence_t[]){tmesh_reports_fence(sim, id, 1)}, sizeof fence);
    assert_int_equal(tmesh_sim_runs_begun(sim), 1); // its worker holds it: it is not begun again
    assert_int_equal(tmesh_sim_step(sim, id, 1).attempts, 0);
    tmesh_sim_check(sim);
    tmesh_sim_destroy(&sim);
}

static void a_claim_comes_back_twice(void **state)
{
    (void)state;
    tmesh_sim_t *sim = open_sim();
    tmesh_task_id_t id = tmesh_sim_start(sim, "linear", "{}");
    tmesh_fence_t fence = tmesh_reports_fence(sim, id, 1);
    say(sim, fence, TMESH_RESULT_HANDED_BACK, NULL);
    say(sim, fence, TMESH_RESULT_HANDED_BACK, NULL);
    const tmesh_heard_t *heard = tmesh_reports_hear(sim);
    assert_int_equal(heard[0].err, TMESH_OK);
    assert_string_equal(heard[1].code, "stale_run");
    tmesh_sim_check(sim);
    assert_int_equal(tmesh_sim_step(sim, id, 1).run, 2);
    assert_int_equal(tmesh_sim_step(sim, id, 1).attempts, 0);
    tmesh_sim_destroy(&sim);
}

static void a_restart_between_any_two_steps_of_a_run(void **state)
{
    (void)state;
    enum { CLAIMED, SENT, ANSWERED, MOMENTS };
    for (int moment = CLAIMED; moment < MOMENTS; moment++) {
        for (int survives = 0; survives < 2; survives++) { // the worker, that is
            tmesh_sim_t *sim = open_sim();
            tmesh_task_id_t id = tmesh_sim_start(sim, "linear", "{}");
            tmesh_fence_t fence = tmesh_reports_fence(sim, id, 1);
            if (moment == SENT) tmesh_reports_say_sent(sim, fence, false);
            if (moment == ANSWERED) say(sim, fence, TMESH_RESULT_SUCCESS, "1");
            (void)tmesh_reports_hear(sim);
            tmesh_sim_crash(sim, survives);
            tmesh_sim_check(sim);
            tmesh_sim_pass(sim, MINUTE_MS);
            bool goes_on = moment == ANSWERED || survives;
            tmesh_step_row_t row = tmesh_sim_step(sim, id, 1);
            assert_int_equal(row.run, goes_on ? 1 : 2);
            assert_int_equal(row.attempts, goes_on ? 1 : 0); // none was used
            tmesh_heard_t heard = say_alone(sim, fence, TMESH_RESULT_SUCCESS, "1");
            assert_string_equal(heard.code, goes_on ? "" : "stale_run");
            assert_int_equal(heard.repeated, moment == ANSWERED);
            tmesh_sim_destroy(&sim);
        }
    }
}

static tmesh_sim_deed_t keep_wide(void *self, const tmesh_parcel_t *parcel, tmesh_random_t *random)
{
    (void)self;
    (void)random;
    return strcmp(parcel->task_name, "wide") == 0 ? TMESH_SIM_KEEP : TMESH_SIM_SUCCEED;
}

// The first of its two steps is the last one that fits into a batch of due steps: it is complete
// before the second one is looked at.
static void a_postponed_task_starts_in_two_batches(void **state)
{
    (void)state;
    tmesh_auto(tmesh_buffer) wide = tmesh_buffer_new();
    tmesh_buffer_add_text(wide, "name: wide\nnamespace_name: sim\nversion: 1.0.0\nsteps:\n");
    for (int i = 0; i < TMESH_DUE_LIMIT - 1; i++) {
        tmesh_buffer_printf(wide, "  - {name: s%d, handler: {callable: work}}\n", i);
    }
    tmesh_sim_config_t config = {.seed = 29, .capacity = 2 * TMESH_DUE_LIMIT, .script = keep_wide};
    tmesh_sim_t *sim = tmesh_sim_open(&config);
    tmesh_sim_put_template(sim, tmesh_buffer_text(wide));
    tmesh_sim_put_template(sim, "name: pair\nnamespace_name: sim\nversion: 1.0.0\nsteps:\n"
                                "  - {name: a, handler: {callable: work}}\n"
                                "  - {name: b, handler: {callable: work}}\n");
    tmesh_submission_t submission = {
        .namespace_name = "sim", .name = "wide", .delay_ms = 10 * SECOND_MS};
    (void)tmesh_sim_submit(sim, &submission);
    tmesh_sim_pass(sim, 1); // the ids of later tasks are greater
    submission.name = "pair";
    submission.delay_ms -= 1;
    tmesh_task_id_t id = tmesh_sim_submit(sim, &submission).task_id;
    tmesh_sim_pass(sim, MINUTE_MS);
    assert_string_equal(tmesh_task_state_word(tmesh_sim_task(sim, id).state), "complete");
    tmesh_sim_destroy(&sim);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_unrecorded_claim_is_dispatched_again_as_the_same_run),
        cmocka_unit_test(a_claim_comes_back_twice),
        cmocka_unit_test(a_restart_between_any_two_steps_of_a_run),
        cmocka_unit_test(a_postponed_task_starts_in_two_batches),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
