// What people do to steps (SPEC 6.4): repaired tasks go on in the same commit, and what is left
// blocks them again.
#include "tests/simulation/manual_bench.h"

static void a_reset_step_is_tried_again_and_the_task_completes(void **state)
{
    (void)state;
    script_t script = {.failing = {"b"}};
    tmesh_sim_t *sim = open_sim(&script);
    tmesh_task_id_t id = tmesh_sim_start(sim, "linear", "{}");
    assert_task(sim, id, "blocked_by_failures");
    assert_int_equal(tmesh_sim_step(sim, id, 2).attempts, 1);
    script.failing[0] = NULL;
    assert_string_equal(tmesh_people_act_on_step(sim, id, 2, RESET, NULL), "");
    assert_true(tmesh_sim_run(sim, MINUTE_MS));
    assert_task(sim, id, "complete");
    assert_int_equal(tmesh_sim_step(sim, id, 2).attempts, 1); // counted from the reset
    assert_int_equal(tmesh_sim_step(sim, id, 2).run, 2);
    char text[256];
    read_metadata(sim, id, "ResetForRetry", text, sizeof text);
    assert_string_equal(text, "{\"reason\":\"the data was \\\"wrong\\\"\",\"by\":\"sim\"}");
    read_metadata(sim, id, "ManualIntervention", text, sizeof text);
    assert_string_equal(text, "{\"reason\":\"the data was \\\"wrong\\\"\",\"by\":\"sim\"}");
    tmesh_sim_destroy(&sim);
}

static void a_resolved_step_gives_its_children_nothing(void **state)
{
    (void)state;
    script_t script = {.failing = {"b"}};
    tmesh_sim_t *sim = open_sim(&script);
    tmesh_task_id_t id = tmesh_sim_start(sim, "linear", "{}");
    script.silent = "c";
    assert_string_equal(tmesh_people_act_on_step(sim, id, 2, RESOLVE, NULL), "");
    assert_step(sim, id, 2, "resolved_manually");
    assert_string_equal(script.last_input, "");
    assert_task(sim, id, "steps_in_process");
    script.silent = NULL;
    tmesh_sim_destroy(&sim);
}

static void a_completed_step_gives_its_children_the_data(void **state)
{
    (void)state;
    script_t script = {.failing = {"b"}};
    tmesh_sim_t *sim = open_sim(&script);
    tmesh_task_id_t id = tmesh_sim_start(sim, "linear", "{}");
    script.failing[0] = "c";
    assert_string_equal(tmesh_people_act_on_step(sim, id, 2, COMPLETE, "{\"by hand\": 1.50}"), "");
    assert_string_equal(script.last_input, "{\"by hand\": 1.50}"); // verbatim
    assert_step(sim, id, 2, "complete");
    assert_int_equal(tmesh_sim_step(sim, id, 2).run, 2); // a run of its own
    assert_task(sim, id, "blocked_by_failures");          // by c
    script.failing[0] = NULL;
    assert_string_equal(tmesh_people_act_on_step(sim, id, 3, COMPLETE, NULL), "");
    assert_string_equal(script.last_input, "null");
    assert_task(sim, id, "complete");
    tmesh_sim_destroy(&sim);
}

static void the_last_step_done_by_hand_ends_the_task_in_one_commit(void **state)
{
    (void)state;
    script_t script = {.failing = {"d"}};
    tmesh_sim_t *sim = open_sim(&script);
    tmesh_task_id_t id = tmesh_sim_start(sim, "linear", "{}");
    uint64_t before = commits(sim);
    assert_string_equal(tmesh_people_act_on_step(sim, id, 4, RESOLVE, NULL), "");
    assert_int_equal(commits(sim), before + 1);
    assert_task(sim, id, "complete");
    tmesh_sim_destroy(&sim);
}

static void another_failure_blocks_again_in_the_same_commit(void **state)
{
    (void)state;
    script_t script = {.failing = {"left", "right"}};
    tmesh_sim_t *sim = open_sim(&script);
    tmesh_task_id_t id = tmesh_sim_start(sim, "diamond", "{}");
    assert_task(sim, id, "blocked_by_failures");
    assert_int_equal(tmesh_sim_task(sim, id).steps_failed, 2);
    script.failing[0] = NULL;
    uint64_t before = commits(sim);
    uint32_t runs = tmesh_sim_runs_begun(sim);
    assert_string_equal(tmesh_people_act_on_step(sim, id, 2, RESET, NULL), "");
    assert_int_equal(commits(sim), before + 1);
    assert_task(sim, id, "blocked_by_failures");
    assert_step(sim, id, 2, "pending"); // waits with the task
    assert_int_equal(tmesh_sim_runs_begun(sim), runs);
    assert_true(tmesh_sim_step(sim, id, 2).due_ms == TMESH_DUE_NONE);
    assert_string_equal(tmesh_people_act_on_step(sim, id, 3, RESOLVE, NULL), "");
    assert_true(tmesh_sim_run(sim, MINUTE_MS));
    assert_task(sim, id, "complete");
    assert_step(sim, id, 2, "complete");
    tmesh_sim_destroy(&sim);
}

static const char three_roots[] =
    "name: roots\nnamespace_name: sim\nversion: 1.0.0\nsteps:\n"
    "  - {name: bad, handler: {callable: work}}\n"
    "  - name: again\n    handler: {callable: work}\n"
    "    retry: {max_attempts: 3, backoff: linear, backoff_base_ms: 600000}\n"
    "  - {name: idle, handler: {callable: elsewhere}}\n"
    "  - {name: end, handler: {callable: work}, dependencies: [bad, again, idle]}\n";

static void what_was_held_goes_on(void **state)
{
    (void)state;
    bool is_repaired = false;
    // One slot: the third root is enqueued and unclaimed when the first one fails.
    tmesh_sim_config_t config = {.seed = 9, .capacity = 1, .step_ms_max = 100,
                                 .script = play_roots, .script_self = &is_repaired};
    tmesh_sim_t *sim = tmesh_sim_open(&config);
    tmesh_sim_put_template(sim, three_roots);
    tmesh_task_id_t id = tmesh_sim_start(sim, "roots", "{}");
    assert_true(tmesh_sim_run(sim, MINUTE_MS));
    tmesh_sim_pass(sim, MINUTE_MS);
    assert_task(sim, id, "blocked_by_failures");
    assert_step(sim, id, 2, "waiting_for_retry");
    assert_true(tmesh_sim_step(sim, id, 2).due_ms == TMESH_DUE_NONE);
    is_repaired = true;
    int64_t now_ms = tmesh_clock_now_ms(tmesh_sim_clock(sim));
    assert_string_equal(tmesh_people_act_on_step(sim, id, 1, RESET, NULL), "");
    assert_false(tmesh_sim_step(sim, id, 3).held);
    assert_true(tmesh_sim_run(sim, MINUTE_MS)); // the retry is due now, not in ten minutes
    assert_task(sim, id, "complete");
    assert_in_range(tmesh_sim_step(sim, id, 2).completed_ms - now_ms, 0, 10000);
    tmesh_sim_destroy(&sim);
}

static void a_task_that_waits_for_a_retry_goes_on_too(void **state)
{
    (void)state;
    bool is_repaired = false;
    tmesh_sim_config_t config = {.seed = 9, .capacity = 4, .script = play_roots,
                                 .script_self = &is_repaired};
    tmesh_sim_t *sim = tmesh_sim_open(&config);
    tmesh_sim_put_template(sim, "name: one\nnamespace_name: sim\nversion: 1.0.0\nsteps:\n"
                                "  - name: again\n    handler: {callable: work}\n"
                                "    retry: {max_attempts: 3, backoff_base_ms: 600000}\n"
                                "  - {name: next, handler: {callable: work}, "
                                "dependencies: [again]}\n");
    tmesh_task_id_t id = tmesh_sim_start(sim, "one", "{}");
    assert_task(sim, id, "waiting_for_retry");
    assert_string_equal(tmesh_people_act_on_step(sim, id, 1, RESET, NULL), "invalid_transition");
    assert_string_equal(tmesh_people_act_on_step(sim, id, 1, RESOLVE, NULL), "");
    assert_task(sim, id, "complete");
    tmesh_sim_destroy(&sim);
}

static void a_running_step_is_completed_and_its_worker_told(void **state)
{
    (void)state;
    tmesh_sim_config_t config = {.seed = 3, .capacity = 10, .step_ms_max = 30 * MINUTE_MS};
    tmesh_sim_t *sim = tmesh_sim_open(&config);
    tmesh_sim_put_template(sim, SHAPE_LINEAR);
    tmesh_task_id_t id = tmesh_sim_start(sim, "linear", "{}");
    assert_string_equal(tmesh_people_act_on_step(sim, id, 1, COMPLETE, "7"), "");
    assert_int_equal(tmesh_people_runs_cancelled(sim), 1);
    assert_step(sim, id, 1, "complete");
    assert_task(sim, id, "steps_in_process");
    assert_string_equal(tmesh_people_act_on_step(sim, id, 1, RESOLVE, NULL), "invalid_transition");
    assert_true(tmesh_sim_run(sim, 24 * 60 * MINUTE_MS));
    assert_task(sim, id, "complete");
    tmesh_sim_destroy(&sim);
}

static void a_postponed_task_stays_postponed(void **state)
{
    (void)state;
    script_t script = {0};
    tmesh_sim_t *sim = open_sim(&script);
    tmesh_submission_t submission = {.namespace_name = "sim", .name = "linear", .delay_ms = 90000};
    tmesh_task_id_t id = tmesh_sim_submit(sim, &submission).task_id;
    assert_string_equal(tmesh_people_act_on_step(sim, id, 1, RESOLVE, NULL), "");
    assert_task(sim, id, "pending");
    tmesh_sim_pass(sim, MINUTE_MS);
    assert_task(sim, id, "pending");
    tmesh_sim_pass(sim, MINUTE_MS);
    assert_task(sim, id, "complete");
    submission.context = tmesh_bytes_of_text("{\"other\": 1}");
    id = tmesh_sim_submit(sim, &submission).task_id;
    for (uint16_t n = 1; n <= 4; n++) {
        assert_string_equal(tmesh_people_act_on_step(sim, id, n, RESOLVE, NULL), "");
    }
    assert_task(sim, id, "complete"); // nothing is left that could begin it
    tmesh_sim_destroy(&sim);
}

// They come due in more than one transaction, and one of them fails for good.
static void a_wide_postponed_task_is_blocked_and_repaired(void **state)
{
    (void)state;
    enum { ROOTS = 600 };
    script_t script = {.failing = {"r0"}};
    tmesh_sim_t *sim = open_sim(&script);
    tmesh_auto(tmesh_buffer) yaml = tmesh_buffer_new();
    tmesh_buffer_add_text(yaml, "name: wide\nnamespace_name: sim\nversion: 1.0.0\nsteps:\n");
    for (int i = 0; i < ROOTS; i++) {
        tmesh_buffer_printf(yaml, "  - {name: r%d, handler: {callable: work}}\n", i);
    }
    tmesh_sim_put_template(sim, tmesh_buffer_text(yaml));
    tmesh_submission_t submission = {.namespace_name = "sim", .name = "wide", .delay_ms = 1000};
    tmesh_task_id_t id = tmesh_sim_submit(sim, &submission).task_id;
    tmesh_sim_pass(sim, MINUTE_MS);
    assert_task(sim, id, "blocked_by_failures");
    script.failing[0] = NULL;
    assert_string_equal(tmesh_people_act_on_step(sim, id, 1, RESET, NULL), "");
    tmesh_sim_pass(sim, MINUTE_MS);
    assert_task(sim, id, "complete");
    tmesh_sim_destroy(&sim);
}

static const char decides[] =
    "name: decides\nnamespace_name: sim\nversion: 1.0.0\nsteps:\n"
    "  - {name: s, handler: {callable: work}}\n"
    "  - {name: a, type: decision, dependencies: [s], handler: {callable: work}}\n"
    "  - {name: x, dependencies: [a], handler: {callable: work}}\n"
    "  - {name: y, dependencies: [a], handler: {callable: work}}\n"
    "  - {name: end, type: deferred_convergence, dependencies: [x, y],"
    " handler: {callable: work}}\n";

static void a_decision_by_hand_makes_its_branches(void **state)
{
    (void)state;
    script_t script = {.failing = {"a"}};
    tmesh_sim_t *sim = open_sim(&script);
    tmesh_sim_put_template(sim, decides);
    tmesh_task_id_t id = tmesh_sim_start(sim, "decides", "{}");
    assert_task(sim, id, "blocked_by_failures");
    uint64_t before = commits(sim);
    assert_string_equal(tmesh_people_act_on_step(sim, id, 2, COMPLETE, "{\"n\": 1}"),
                        "invalid_decision");
    assert_int_equal(commits(sim), before);
    assert_string_equal(
        tmesh_people_act_on_step(sim, id, 2, COMPLETE,
                                 "{\"decision_point_outcome\": {\"type\": \"create_steps\","
                                 " \"step_names\": [\"y\"]}}"),
        "");
    assert_true(tmesh_sim_run(sim, MINUTE_MS));
    assert_task(sim, id, "complete");
    assert_int_equal(tmesh_sim_task(sim, id).steps_total, 4); // s, a, y, end

    id = tmesh_sim_start(sim, "decides", "{}");
    assert_string_equal(tmesh_people_act_on_step(sim, id, 2, RESOLVE, NULL), "");
    assert_true(tmesh_sim_run(sim, MINUTE_MS));
    assert_task(sim, id, "complete"); // no branches
    tmesh_sim_destroy(&sim);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_reset_step_is_tried_again_and_the_task_completes),
        cmocka_unit_test(a_resolved_step_gives_its_children_nothing),
        cmocka_unit_test(a_completed_step_gives_its_children_the_data),
        cmocka_unit_test(the_last_step_done_by_hand_ends_the_task_in_one_commit),
        cmocka_unit_test(another_failure_blocks_again_in_the_same_commit),
        cmocka_unit_test(what_was_held_goes_on),
        cmocka_unit_test(a_task_that_waits_for_a_retry_goes_on_too),
        cmocka_unit_test(a_running_step_is_completed_and_its_worker_told),
        cmocka_unit_test(a_postponed_task_stays_postponed),
        cmocka_unit_test(a_wide_postponed_task_is_blocked_and_repaired),
        cmocka_unit_test(a_decision_by_hand_makes_its_branches),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
