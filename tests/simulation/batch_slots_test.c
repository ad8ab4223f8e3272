// Slots of batches: how many run at once, however they end, and what a task can hold.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "runtime/base/memory.h"
#include "tests/simulation/support/batch_play.h"
#include "tests/simulation/support/people.h"
#include "tests/simulation/support/reports.h"

enum { MINUTE_MS = 60000, PARALLELISM = 3 };

static tmesh_sim_t *open_sim(tmesh_batch_play_t *play, const char *yaml)
{
    tmesh_sim_config_t config = {
        .seed = 5,
        .capacity = 50,
        .script = tmesh_batch_play_run,
        .script_self = play,
        .answer = tmesh_batch_play_answer,
        .answer_self = play,
    };
    tmesh_sim_t *sim = tmesh_sim_open(&config);
    tmesh_sim_put_template(sim, yaml);
    return sim;
}

static void assert_task(tmesh_sim_t *sim, tmesh_task_id_t id, const char *state)
{
    assert_string_equal(tmesh_task_state_word(tmesh_sim_task(sim, id).state), state);
    tmesh_sim_check(sim);
}

static void workers_whose_time_is_over_together_pass_on_a_slot_each(void **state)
{
    (void)state;
    tmesh_batch_play_t play = {.batches = 12, .stalls = ~0u};
    tmesh_sim_t *sim = open_sim(&play, BATCH("on", "3", "continue_on_failure"));
    tmesh_task_id_t id = tmesh_sim_start(sim, "on", "{}");
    for (int i = 0; i < 4; i++) {
        assert_int_equal(tmesh_batch_play_holding(sim, id), PARALLELISM);
        assert_task(sim, id, "steps_in_process");
        tmesh_sim_pass(sim, 10500); // two attempts
    }
    assert_true(tmesh_sim_run(sim, MINUTE_MS));
    assert_task(sim, id, "complete");
    assert_int_equal(tmesh_sim_task(sim, id).steps_tolerated, 12);
    tmesh_sim_destroy(&sim);
}

static void of_two_that_fail_fast_together_one_has_failed(void **state)
{
    (void)state;
    tmesh_batch_play_t play = {.batches = 12, .stalls = ~0u};
    tmesh_sim_t *sim = open_sim(&play, BATCH("fast", "3", "fail_fast"));
    tmesh_task_id_t id = tmesh_sim_start(sim, "fast", "{}");
    assert_true(tmesh_sim_run(sim, MINUTE_MS));
    assert_task(sim, id, "blocked_by_failures");
    assert_int_equal(tmesh_sim_task(sim, id).steps_failed, 1);
    tmesh_sim_destroy(&sim);
}

static void a_cancelled_task_keeps_what_was_tolerated(void **state)
{
    (void)state;
    tmesh_batch_play_t play = {.batches = 5, .fails = 1u << 1 | 1u << 2, .stalls = ~0u};
    tmesh_sim_t *sim = open_sim(&play, BATCH("on", "3", "continue_on_failure"));
    tmesh_task_id_t id = tmesh_sim_start(sim, "on", "{}");
    tmesh_sim_settle(sim);
    assert_int_equal(tmesh_sim_task(sim, id).steps_tolerated, 2);
    assert_int_equal(tmesh_sim_cancel(sim, id), TMESH_OK);
    assert_task(sim, id, "cancelled");
    assert_int_equal(tmesh_sim_task(sim, id).steps_tolerated, 2);
    assert_int_equal(tmesh_sim_task(sim, id).steps_cancelled, 4); // three workers, and sum
    tmesh_sim_destroy(&sim);
}

static void a_tolerated_failure_is_taken_back_and_waits_for_a_slot(void **state)
{
    (void)state;
    tmesh_batch_play_t play = {.batches = 6, .fails = 1u << 1, .stalls = ~1u & ~2u};
    tmesh_sim_t *sim = open_sim(&play, BATCH("on", "3", "continue_on_failure"));
    tmesh_task_id_t id = tmesh_sim_start(sim, "on", "{}");
    tmesh_sim_settle(sim);
    play.fails = 0;
    const uint16_t first = TMESH_BATCH_PLAY_FIRST;
    assert_string_equal(
        tmesh_people_act_on_step(sim, id, first, TMESH_STEP_ACTION_RESET_FOR_RETRY, NULL), "");
    assert_true(tmesh_sim_step(sim, id, first).awaits_slot);
    assert_int_equal(tmesh_batch_play_holding(sim, id), PARALLELISM);
    tmesh_sim_check(sim);
    // The slot of one that is resolved goes to it, though others have waited as well.
    assert_string_equal(
        tmesh_people_act_on_step(sim, id, first + 1, TMESH_STEP_ACTION_RESOLVE_MANUALLY, NULL), "");
    assert_false(tmesh_sim_step(sim, id, first).awaits_slot);
    tmesh_sim_check(sim);
    assert_true(tmesh_sim_run(sim, 5 * MINUTE_MS));
    assert_task(sim, id, "complete");
    assert_int_equal(tmesh_sim_task(sim, id).steps_done, 4);
    tmesh_sim_destroy(&sim);
}

// Two in one transaction, which gives away one slot twice over if it does not look again.
static void a_reset_and_a_resolution_together(void **state)
{
    (void)state;
    tmesh_batch_play_t play = {.batches = 6, .fails = 1u << 1, .stalls = ~1u & ~2u};
    tmesh_sim_t *sim = open_sim(&play, BATCH("on", "3", "continue_on_failure"));
    tmesh_task_id_t id = tmesh_sim_start(sim, "on", "{}");
    tmesh_sim_settle(sim);
    const uint16_t first = TMESH_BATCH_PLAY_FIRST;
    play.fails = 0;
    tmesh_people_tell_step(sim, id, first + 1, TMESH_STEP_ACTION_RESOLVE_MANUALLY);
    tmesh_people_tell_step(sim, id, first, TMESH_STEP_ACTION_RESET_FOR_RETRY);
    tmesh_people_tell_step(sim, id, first + 2, TMESH_STEP_ACTION_RESOLVE_MANUALLY);
    tmesh_people_tell_step(sim, id, first + 3, TMESH_STEP_ACTION_RESOLVE_MANUALLY);
    tmesh_sim_settle(sim);
    assert_int_equal(tmesh_people_refusals(sim), 0);
    tmesh_sim_check(sim);
    assert_int_equal(tmesh_batch_play_holding(sim, id), 2); // 5 and 6; the first is done by now
    assert_int_equal(tmesh_sim_step(sim, id, first).state, TMESH_STEP_COMPLETE);
    assert_true(tmesh_sim_run(sim, MINUTE_MS));
    assert_task(sim, id, "complete");
    tmesh_sim_destroy(&sim);
}

// Else two more would be a third, and it would be taken for poison.
static void a_sibling_that_is_reopened_has_lost_no_workers(void **state)
{
    (void)state;
    tmesh_batch_play_t play = {.batches = 2, .kept = ~0u};
    tmesh_sim_t *sim = open_sim(&play, BATCH("fast", "3", "fail_fast"));
    tmesh_task_id_t id = tmesh_sim_start(sim, "fast", "{}");
    tmesh_sim_settle(sim);
    const uint16_t first = TMESH_BATCH_PLAY_FIRST;
    tmesh_process_step_result_request_t report = {
        .fence = tmesh_reports_fence(sim, id, first),
        .kind = TMESH_RESULT_WORKER_LOST,
        .retry_after_ms = -1,
    };
    tmesh_reports_say(sim, &report);
    (void)tmesh_reports_hear(sim);
    assert_int_equal(tmesh_sim_step(sim, id, first).workers_lost, 1);
    report.fence = tmesh_reports_fence(sim, id, first + 1);
    report.kind = TMESH_RESULT_FAILURE;
    tmesh_reports_say(sim, &report);
    (void)tmesh_reports_hear(sim);
    assert_int_equal(tmesh_sim_step(sim, id, first).state, TMESH_STEP_CANCELLED);
    assert_string_equal(tmesh_people_act_on_step(sim, id, first + 1,
                                                 TMESH_STEP_ACTION_RESET_FOR_RETRY, NULL), "");
    assert_int_equal(tmesh_sim_step(sim, id, first).workers_lost, 0);
    tmesh_sim_check(sim);
    tmesh_sim_destroy(&sim);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(workers_whose_time_is_over_together_pass_on_a_slot_each),
        cmocka_unit_test(of_two_that_fail_fast_together_one_has_failed),
        cmocka_unit_test(a_cancelled_task_keeps_what_was_tolerated),
        cmocka_unit_test(a_tolerated_failure_is_taken_back_and_waits_for_a_slot),
        cmocka_unit_test(a_reset_and_a_resolution_together),
        cmocka_unit_test(a_sibling_that_is_reopened_has_lost_no_workers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
