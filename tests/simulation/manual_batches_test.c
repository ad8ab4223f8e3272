// Several actions of people in one commit: each finds what the one before it has left.
#include "tests/simulation/manual_bench.h"
#include "tests/simulation/support/history.h"

static void a_repair_after_one_that_left_it_blocked_goes_on(void **state)
{
    (void)state;
    script_t script = {.failing = {"left", "right"}};
    tmesh_sim_t *sim = open_sim(&script);
    tmesh_task_id_t id = tmesh_sim_start(sim, "diamond", "{}");
    assert_task(sim, id, "blocked_by_failures");
    script.failing[0] = script.failing[1] = NULL;
    tmesh_people_tell_step(sim, id, 2, RESOLVE);
    tmesh_people_tell_step(sim, id, 3, RESET);
    tmesh_sim_settle(sim);
    assert_int_equal(tmesh_people_refusals(sim), 0);
    assert_false(tmesh_sim_step(sim, id, 3).held);
    assert_true(tmesh_sim_run(sim, MINUTE_MS));
    assert_task(sim, id, "complete");
    tmesh_sim_destroy(&sim);
}

static void a_step_that_is_done_by_hand_at_once_is_sent_to_nobody(void **state)
{
    (void)state;
    script_t script = {.failing = {"a"}};
    tmesh_sim_t *sim = open_sim(&script);
    tmesh_task_id_t id = tmesh_sim_start(sim, "linear", "{}");
    uint32_t runs = tmesh_sim_runs_begun(sim);
    tmesh_people_tell_step(sim, id, 1, RESET); // which claims it
    tmesh_people_tell_step(sim, id, 1, COMPLETE);
    tmesh_sim_settle(sim);
    assert_true(tmesh_sim_run(sim, MINUTE_MS));
    assert_task(sim, id, "complete");
    assert_int_equal(tmesh_sim_runs_begun(sim) - runs, 3); // the other steps
    tmesh_sim_destroy(&sim);
}

static void a_task_that_is_paused_again_at_once_sends_nothing(void **state)
{
    (void)state;
    script_t script = {.failing = {"a"}};
    tmesh_sim_t *sim = open_sim(&script);
    tmesh_task_id_t id = tmesh_sim_start(sim, "linear", "{}");
    script.failing[0] = NULL;
    uint32_t runs = tmesh_sim_runs_begun(sim);
    assert_string_equal(tmesh_people_act_on_task(sim, id, TMESH_TASK_ACTION_PAUSE), "");
    assert_string_equal(tmesh_people_act_on_step(sim, id, 1, RESET, NULL), "");
    tmesh_people_tell_task(sim, id, TMESH_TASK_ACTION_RESUME); // which claims it
    tmesh_people_tell_task(sim, id, TMESH_TASK_ACTION_PAUSE);
    tmesh_sim_settle(sim);
    assert_int_equal(tmesh_sim_runs_begun(sim), runs);
    assert_string_equal(tmesh_people_act_on_task(sim, id, TMESH_TASK_ACTION_RESUME), "");
    assert_true(tmesh_sim_run(sim, MINUTE_MS));
    assert_task(sim, id, "complete");
    tmesh_sim_destroy(&sim);
}

// Its child is ready then, although it is not one of the steps that the task begins with.
static void a_later_step_done_by_hand_before_the_task_begins(void **state)
{
    (void)state;
    script_t script = {0};
    tmesh_sim_t *sim = open_sim(&script);
    tmesh_submission_t submission = {
        .namespace_name = "sim",
        .name = "linear",
        .context = tmesh_bytes_of_text("{}"),
        .delay_ms = MINUTE_MS,
    };
    tmesh_task_id_t id = tmesh_sim_submit(sim, &submission).task_id;
    assert_string_equal(tmesh_people_act_on_step(sim, id, 2, COMPLETE, "1"), "");
    tmesh_history_check(tmesh_sim_reader(sim), id); // it has a due time
    tmesh_history_check_store(tmesh_sim_reader(sim));
    assert_int_equal(tmesh_sim_runs_begun(sim), 0);
    tmesh_sim_pass(sim, MINUTE_MS);
    assert_task(sim, id, "complete");
    assert_int_equal(tmesh_sim_runs_begun(sim), 3);
    tmesh_sim_destroy(&sim);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_repair_after_one_that_left_it_blocked_goes_on),
        cmocka_unit_test(a_step_that_is_done_by_hand_at_once_is_sent_to_nobody),
        cmocka_unit_test(a_task_that_is_paused_again_at_once_sends_nothing),
        cmocka_unit_test(a_later_step_done_by_hand_before_the_task_begins),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
