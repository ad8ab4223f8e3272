// Every pair of a state and an action by hand that is not allowed is refused, and nothing written.
#include "tests/simulation/manual_bench.h"

static void what_is_not_there_is_not_found(void **state)
{
    (void)state;
    script_t script = {0};
    tmesh_sim_t *sim = open_sim(&script);
    tmesh_task_id_t id = tmesh_sim_start(sim, "linear", "{}");
    assert_string_equal(tmesh_people_act_on_step(sim, id, 99, RESET, NULL), "unknown_step");
    tmesh_task_id_t nobody = {{1, 2, 3}};
    assert_string_equal(tmesh_people_act_on_step(sim, nobody, 1, RESET, NULL), "unknown_step");
    assert_string_equal(tmesh_people_act_on_task(sim, nobody, TMESH_TASK_ACTION_RESET),
                        "unknown_task");
    tmesh_sim_destroy(&sim);
}

// A step in each state that it can rest in, by name.
typedef struct {
    const char *state;
    bool reset;
    bool resolve; // and complete
} cell_t;

static const cell_t cells[] = {
    {"pending", false, true},           {"enqueued", false, true},
    {"in_progress", false, true},       {"waiting_for_retry", false, true},
    {"complete", false, false},         {"error", true, true},
    {"resolved_manually", false, false},
};

// "bad" fails for good once "again" has failed, so that all the others stand where they shall.
static const char all_states[] =
    "name: states\nnamespace_name: sim\nversion: 1.0.0\nsteps:\n"
    "  - {name: done, handler: {callable: work}}\n"
    "  - {name: runs, handler: {callable: work}, timeout_seconds: 100000}\n"
    "  - name: again\n    handler: {callable: work}\n"
    "    retry: {max_attempts: 3, backoff_base_ms: 600000}\n"
    "  - {name: hand, handler: {callable: work}, timeout_seconds: 100000}\n"
    "  - {name: bad, handler: {callable: work}, dependencies: [done]}\n"
    "  - {name: later, handler: {callable: work}, dependencies: [bad]}\n";

static tmesh_sim_deed_t play_states(void *self, const tmesh_parcel_t *parcel,
                                    tmesh_random_t *random)
{
    (void)self;
    (void)random;
    if (strcmp(parcel->step_name, "bad") == 0) return TMESH_SIM_FAIL;
    if (strcmp(parcel->step_name, "again") == 0) return TMESH_SIM_FAIL_RETRYABLE;
    bool waits = strcmp(parcel->step_name, "runs") == 0 || strcmp(parcel->step_name, "hand") == 0;
    return waits ? TMESH_SIM_STAY_SILENT : TMESH_SIM_SUCCEED;
}

static uint16_t step_in(tmesh_sim_t *sim, tmesh_task_id_t id, const char *word)
{
    for (uint16_t n = 1; n <= 6; n++) {
        if (strcmp(tmesh_step_state_word(tmesh_sim_step(sim, id, n).state), word) == 0) return n;
    }
    return 0;
}

static tmesh_sim_t *open_states(tmesh_task_id_t *id)
{
    tmesh_sim_config_t config = {.seed = 2, .capacity = 10, .script = play_states};
    tmesh_sim_t *sim = tmesh_sim_open(&config);
    tmesh_sim_put_template(sim, all_states);
    *id = tmesh_sim_start(sim, "states", "{}");
    assert_string_equal(tmesh_people_act_on_step(sim, *id, 4, RESOLVE, NULL), "");
    assert_task(sim, *id, "blocked_by_failures");
    return sim;
}

static void every_state_takes_its_actions_and_no_other(void **state)
{
    (void)state;
    int seen = 0;
    for (size_t i = 0; i < TMESH_COUNT_OF(cells); i++) {
        for (int action = RESET; action <= COMPLETE; action++) {
            tmesh_task_id_t id;
            tmesh_sim_t *sim = open_states(&id);
            uint16_t number = step_in(sim, id, cells[i].state);
            if (number) {
                bool allowed = action == RESET ? cells[i].reset : cells[i].resolve;
                uint64_t before = commits(sim);
                const char *code = tmesh_people_act_on_step(sim, id, number,
                                                            (tmesh_step_action_t)action, NULL);
                print_message("%-18s %d %s\n", cells[i].state, action, *code ? code : "done");
                assert_string_equal(code, allowed ? "" : "invalid_transition");
                if (!allowed) assert_int_equal(commits(sim), before);
                tmesh_sim_check(sim);
                seen++;
            }
            tmesh_sim_destroy(&sim);
        }
    }
    assert_int_equal(seen, 6 * 3); // enqueued is what what_was_held_goes_on looks at
}

static void an_ended_task_refuses_everything(void **state)
{
    (void)state;
    static const tmesh_task_action_t ways[] = {TMESH_TASK_ACTION_GIVE_UP,
                                               TMESH_TASK_ACTION_RESOLVE};
    for (size_t way = 0; way < TMESH_COUNT_OF(ways); way++) {
        tmesh_task_id_t id;
        tmesh_sim_t *sim = open_states(&id);
        assert_string_equal(tmesh_people_act_on_task(sim, id, ways[way]), "");
        uint64_t before = commits(sim);
        for (uint16_t n = 1; n <= 6; n++) {
            for (int action = RESET; action <= COMPLETE; action++) {
                assert_string_equal(tmesh_people_act_on_step(sim, id, n,
                                                             (tmesh_step_action_t)action, NULL),
                                    "task_ended");
            }
        }
        assert_int_equal(commits(sim), before);
        tmesh_sim_check(sim);
        tmesh_sim_destroy(&sim);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_not_there_is_not_found),
        cmocka_unit_test(every_state_takes_its_actions_and_no_other),
        cmocka_unit_test(an_ended_task_refuses_everything),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
