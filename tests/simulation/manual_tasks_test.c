// What people do to whole tasks (SPEC 6.4): give up, resolve, start again.
#include "tests/simulation/manual_bench.h"

static void a_task_given_up_starts_again_by_a_reset(void **state)
{
    (void)state;
    script_t script = {.failing = {"left"}};
    tmesh_sim_t *sim = open_sim(&script);
    tmesh_task_id_t id = tmesh_sim_start(sim, "diamond", "{}");
    assert_string_equal(tmesh_people_act_on_task(sim, id, TMESH_TASK_ACTION_GIVE_UP), "");
    assert_task(sim, id, "error");
    assert_step(sim, id, 2, "error"); // it says why
    assert_step(sim, id, 4, "cancelled");
    char text[128];
    read_metadata(sim, id, "GiveUp", text, sizeof text);
    assert_string_equal(text, "{\"reason\":\"asked to\",\"by\":\"sim\"}");
    assert_string_equal(tmesh_people_act_on_step(sim, id, 2, RESET, NULL), "task_ended");
    assert_string_equal(tmesh_people_act_on_task(sim, id, TMESH_TASK_ACTION_GIVE_UP),
                        "task_ended");
    script.failing[0] = NULL;
    assert_string_equal(tmesh_people_act_on_task(sim, id, TMESH_TASK_ACTION_RESET), "");
    assert_true(tmesh_sim_run(sim, MINUTE_MS));
    assert_task(sim, id, "complete");
    assert_int_equal(tmesh_sim_step(sim, id, 1).run, 1); // what was done stays done
    assert_int_equal(tmesh_sim_step(sim, id, 2).attempts, 1);
    assert_string_equal(tmesh_people_act_on_task(sim, id, TMESH_TASK_ACTION_RESET), "task_ended");
    tmesh_sim_destroy(&sim);
}

static void a_resolved_task_ends_with_its_open_steps(void **state)
{
    (void)state;
    tmesh_sim_config_t config = {.seed = 3, .capacity = 10, .step_ms_max = 30 * MINUTE_MS};
    tmesh_sim_t *sim = tmesh_sim_open(&config);
    tmesh_sim_put_template(sim, SHAPE_LINEAR);
    tmesh_task_id_t id = tmesh_sim_start(sim, "linear", "{}");
    assert_string_equal(tmesh_people_act_on_task(sim, id, TMESH_TASK_ACTION_GIVE_UP),
                        "invalid_transition");
    assert_string_equal(tmesh_people_act_on_task(sim, id, TMESH_TASK_ACTION_RESET),
                        "invalid_transition");
    assert_string_equal(tmesh_people_act_on_task(sim, id, TMESH_TASK_ACTION_RESOLVE), "");
    assert_task(sim, id, "resolved_manually");
    assert_int_equal(tmesh_people_runs_cancelled(sim), 1);
    assert_int_equal(tmesh_sim_task(sim, id).steps_cancelled, 4);
    tmesh_sim_destroy(&sim);
}

static void an_identity_is_free_after_an_error_and_taken_back_by_a_reset(void **state)
{
    (void)state;
    script_t script = {.failing = {"a"}};
    tmesh_sim_t *sim = open_sim(&script);
    tmesh_submission_t submission = {
        .namespace_name = "sim", .name = "linear", .idempotency_key = "k"};
    tmesh_task_id_t first = tmesh_sim_submit(sim, &submission).task_id;
    assert_string_equal(tmesh_people_act_on_task(sim, first, TMESH_TASK_ACTION_GIVE_UP), "");
    assert_string_equal(tmesh_people_act_on_task(sim, first, TMESH_TASK_ACTION_RESET), "");
    assert_task(sim, first, "blocked_by_failures"); // fails again, and has its identity
    assert_string_equal(tmesh_sim_submit(sim, &submission).fault->code, "duplicate_task");
    assert_string_equal(tmesh_people_act_on_task(sim, first, TMESH_TASK_ACTION_GIVE_UP), "");
    tmesh_submission_answer_t second = tmesh_sim_submit(sim, &submission);
    assert_null(second.fault);
    assert_string_equal(tmesh_people_act_on_task(sim, first, TMESH_TASK_ACTION_RESET),
                        "duplicate_task");
    assert_task(sim, first, "error");
    assert_string_equal(tmesh_people_act_on_task(sim, second.task_id, TMESH_TASK_ACTION_GIVE_UP),
                        "");
    // Both are in error and want to start again at once: one may.
    tmesh_people_tell_task(sim, first, TMESH_TASK_ACTION_RESET);
    tmesh_people_tell_task(sim, second.task_id, TMESH_TASK_ACTION_RESET);
    tmesh_sim_settle(sim);
    assert_task(sim, first, "blocked_by_failures");
    assert_task(sim, second.task_id, "error");
    tmesh_sim_destroy(&sim);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_task_given_up_starts_again_by_a_reset),
        cmocka_unit_test(a_resolved_task_ends_with_its_open_steps),
        cmocka_unit_test(an_identity_is_free_after_an_error_and_taken_back_by_a_reset),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
