// People and the machine at once, in the orders that the seeds give: one of the legal ends.
#include "tests/simulation/manual_bench.h"

enum { RACES = 200 };

// Two people and the machine at once, in every order that the seeds give: one of the legal ends.
static void a_reset_and_a_finalization_race(void **state)
{
    (void)state;
    for (int i = 0; i < RACES; i++) {
        script_t script = {.failing = {"left"}};
        tmesh_sim_t *sim = open_sim(&script);
        tmesh_task_id_t id = tmesh_sim_start(sim, "diamond", "{}");
        script.failing[0] = NULL;
        for (int j = 0; j < i % 7; j++) tmesh_people_tell_finalize(sim, id);
        tmesh_people_tell_step(sim, id, 2, RESET);
        for (int j = 0; j < i % 5; j++) tmesh_people_tell_finalize(sim, id);
        assert_true(tmesh_sim_run(sim, MINUTE_MS));
        assert_task(sim, id, "complete");
        assert_int_equal(tmesh_people_refusals(sim), 0);
        tmesh_sim_destroy(&sim);
    }
}

static void of_two_resolves_one_is_refused(void **state)
{
    (void)state;
    for (int i = 0; i < RACES; i++) {
        script_t script = {.failing = {"left"}};
        tmesh_sim_t *sim = open_sim(&script);
        tmesh_task_id_t id = tmesh_sim_start(sim, "diamond", "{}");
        tmesh_people_tell_step(sim, id, 2, i % 2 ? RESOLVE : COMPLETE);
        tmesh_people_tell_step(sim, id, 2, i % 3 ? RESOLVE : COMPLETE);
        tmesh_sim_settle(sim);
        assert_int_equal(tmesh_people_answers(sim), 2);
        assert_int_equal(tmesh_people_refusals(sim), 1);
        assert_true(tmesh_sim_run(sim, MINUTE_MS));
        assert_task(sim, id, "complete");
        tmesh_sim_destroy(&sim);
    }
}

static void a_reset_a_resolve_and_a_cancel_race(void **state)
{
    (void)state;
    for (int i = 0; i < RACES; i++) {
        script_t script = {.failing = {"left"}};
        tmesh_sim_t *sim = open_sim(&script);
        tmesh_task_id_t id = tmesh_sim_start(sim, "diamond", "{}");
        script.failing[0] = NULL;
        for (int j = 0; j < 3; j++) {
            switch ((i + j * (1 + i / 9)) % 3) {
            case 0: tmesh_people_tell_step(sim, id, 2, RESET); break;
            case 1: tmesh_people_tell_task(sim, id, TMESH_TASK_ACTION_GIVE_UP); break;
            default: tmesh_people_tell_cancel(sim, id); break;
            }
        }
        assert_true(tmesh_sim_run(sim, MINUTE_MS));
        tmesh_task_state_t end = tmesh_sim_task(sim, id).state;
        assert_true(end == TMESH_TASK_COMPLETE || end == TMESH_TASK_CANCELLED ||
                    end == TMESH_TASK_ERROR);
        tmesh_sim_check(sim);
        tmesh_sim_destroy(&sim);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_reset_and_a_finalization_race),
        cmocka_unit_test(of_two_resolves_one_is_refused),
        cmocka_unit_test(a_reset_a_resolve_and_a_cancel_race),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
