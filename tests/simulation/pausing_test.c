// Paused tasks start nothing new, whatever happens meanwhile (SPEC 4.8).
#include "tests/simulation/manual_bench.h"

static void a_paused_task_starts_nothing_until_it_is_resumed(void **state)
{
    (void)state;
    bool is_repaired = false;
    tmesh_sim_config_t config = {.seed = 4, .capacity = 4, .script = play_roots,
                                 .script_self = &is_repaired};
    tmesh_sim_t *sim = tmesh_sim_open(&config);
    tmesh_sim_put_template(sim, "name: one\nnamespace_name: sim\nversion: 1.0.0\nsteps:\n"
                                "  - name: again\n    handler: {callable: work}\n"
                                "    retry: {max_attempts: 3, backoff_base_ms: 1000}\n");
    tmesh_task_id_t id = tmesh_sim_start(sim, "one", "{}");
    assert_task(sim, id, "waiting_for_retry");
    assert_string_equal(tmesh_people_act_on_task(sim, id, TMESH_TASK_ACTION_PAUSE), "");
    tmesh_sim_pass(sim, MINUTE_MS); // its time comes meanwhile
    assert_step(sim, id, 1, "enqueued");
    assert_true(tmesh_sim_step(sim, id, 1).held);
    assert_task(sim, id, "steps_in_process");
    tmesh_sim_crash(sim, false);
    tmesh_sim_pass(sim, MINUTE_MS);
    assert_int_equal(tmesh_sim_runs_begun(sim), 1);
    is_repaired = true;
    assert_string_equal(tmesh_people_act_on_task(sim, id, TMESH_TASK_ACTION_RESUME), "");
    assert_true(tmesh_sim_run(sim, MINUTE_MS));
    assert_task(sim, id, "complete");
    assert_string_equal(tmesh_people_act_on_task(sim, id, TMESH_TASK_ACTION_PAUSE), "task_ended");
    tmesh_sim_destroy(&sim);
}

static void a_repair_of_a_paused_task_waits_for_its_resumption(void **state)
{
    (void)state;
    script_t script = {.failing = {"left"}};
    tmesh_sim_t *sim = open_sim(&script);
    tmesh_task_id_t id = tmesh_sim_start(sim, "diamond", "{}");
    script.failing[0] = NULL;
    uint32_t runs = tmesh_sim_runs_begun(sim);
    assert_string_equal(tmesh_people_act_on_task(sim, id, TMESH_TASK_ACTION_PAUSE), "");
    assert_string_equal(tmesh_people_act_on_step(sim, id, 2, RESET, NULL), "");
    assert_step(sim, id, 2, "enqueued");
    assert_int_equal(tmesh_sim_runs_begun(sim), runs);
    assert_task(sim, id, "steps_in_process");
    assert_string_equal(tmesh_people_act_on_task(sim, id, TMESH_TASK_ACTION_RESUME), "");
    assert_true(tmesh_sim_run(sim, MINUTE_MS));
    assert_task(sim, id, "complete");
    tmesh_sim_destroy(&sim);
}

static void a_pause_and_a_dispatch_race(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 200; seed++) {
        bool loses = seed % 3 == 0; // messages, and with them credit, which the real gateway finds
        tmesh_sim_config_t config = {.seed = seed, .capacity = loses ? 100000 : 2,
                                     .step_ms_max = 50, .lose_percent = loses ? 30 : 0};
        tmesh_sim_t *sim = tmesh_sim_open(&config);
        tmesh_sim_put_template(sim, SHAPE_DIAMOND);
        tmesh_task_id_t ids[3];
        for (int i = 0; i < 3; i++) ids[i] = tmesh_sim_start(sim, "diamond", "{}");
        for (int i = 0; i < 6; i++) {
            tmesh_people_tell_task(sim, ids[i % 3], i % 2 ? TMESH_TASK_ACTION_RESUME
                                                          : TMESH_TASK_ACTION_PAUSE);
            tmesh_sim_pass(sim, (int64_t)(seed % 40));
            tmesh_sim_check(sim);
        }
        for (int i = 0; i < 3; i++) tmesh_people_tell_task(sim, ids[i], TMESH_TASK_ACTION_RESUME);
        assert_true(tmesh_sim_run(sim, 60 * MINUTE_MS));
        for (int i = 0; i < 3; i++) assert_task(sim, ids[i], "complete");
        tmesh_sim_destroy(&sim);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_paused_task_starts_nothing_until_it_is_resumed),
        cmocka_unit_test(a_repair_of_a_paused_task_waits_for_its_resumption),
        cmocka_unit_test(a_pause_and_a_dispatch_race),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
