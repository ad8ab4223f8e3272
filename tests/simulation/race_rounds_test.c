// Two things at once, a thousand times, in orders that the seed gives: each time one of the legal
// outcomes, and over all rounds each of them.
#include "tests/simulation/race_bench.h"

enum { ROUNDS = 1000 };

static void a_cancellation_and_the_last_result(void **state)
{
    bench_t *bench = *state;
    int completed = 0;
    for (int i = 0; i < ROUNDS; i++) {
        tmesh_task_id_t id = tmesh_sim_start(bench->sim, "one", "{}");
        bool result_first = toss(bench);
        if (result_first) say(bench, id, 1, true);
        if (result_first) tmesh_sim_stir(bench->sim);
        tmesh_people_tell_cancel(bench->sim, id);
        tmesh_sim_stir(bench->sim);
        if (!result_first) say(bench, id, 1, true);
        tmesh_heard_t heard = *tmesh_reports_hear(bench->sim);
        bool complete = is_in(bench, id, TMESH_TASK_COMPLETE);
        assert_true(complete || is_in(bench, id, TMESH_TASK_CANCELLED));
        assert_string_equal(heard.code, complete ? "" : "step_cancelled");
        assert_int_equal(tmesh_sim_stage(bench->sim)->cancel_err,
                         complete ? TMESH_ERR_CONFLICT : TMESH_OK);
        assert_int_equal(passages_to(bench, id, "complete") + passages_to(bench, id, "cancelled"),
                         1);
        tmesh_history_check(tmesh_sim_reader(bench->sim), id);
        completed += complete;
    }
    assert_in_range(completed, 1, ROUNDS - 1);
}

static void a_reset_and_a_finalization(void **state)
{
    bench_t *bench = *state;
    const uint32_t *seen = tmesh_sim_stage(bench->sim)->finalized_in;
    for (int i = 0; i < ROUNDS; i++) {
        tmesh_task_id_t id = tmesh_sim_start(bench->sim, "one", "{}");
        say_and_hear(bench, id, 1, false);
        assert_true(is_in(bench, id, TMESH_TASK_BLOCKED_BY_FAILURES));
        uint32_t before = seen[TMESH_TASK_BLOCKED_BY_FAILURES] + seen[TMESH_TASK_STEPS_IN_PROCESS];
        tmesh_people_tell_finalize(bench->sim, id);
        tmesh_sim_stir(bench->sim);
        tmesh_people_tell_step(bench->sim, id, 1, TMESH_STEP_ACTION_RESET_FOR_RETRY);
        tmesh_sim_stir(bench->sim);
        tmesh_people_tell_finalize(bench->sim, id);
        tmesh_sim_settle(bench->sim);
        assert_int_equal(seen[TMESH_TASK_BLOCKED_BY_FAILURES] + seen[TMESH_TASK_STEPS_IN_PROCESS],
                         before + 2);
        assert_true(is_in(bench, id, TMESH_TASK_STEPS_IN_PROCESS));
        assert_int_equal(tmesh_sim_step(bench->sim, id, 1).run, 2);
        say(bench, id, 1, true);
        tmesh_people_tell_finalize(bench->sim, id);
        assert_int_equal(tmesh_reports_hear(bench->sim)->err, TMESH_OK);
        assert_true(is_in(bench, id, TMESH_TASK_COMPLETE));
        assert_int_equal(passages_to(bench, id, "complete"), 1);
        tmesh_history_check(tmesh_sim_reader(bench->sim), id);
    }
    assert_int_equal(tmesh_people_refusals(bench->sim), 0);
    assert_true(seen[TMESH_TASK_BLOCKED_BY_FAILURES] >= ROUNDS); // the first one, and more
    assert_true(seen[TMESH_TASK_STEPS_IN_PROCESS] > 0);
}

static void two_resolutions(void **state)
{
    bench_t *bench = *state;
    int resolved = 0;
    for (int i = 0; i < ROUNDS; i++) {
        tmesh_task_id_t id = tmesh_sim_start(bench->sim, "diamond", "{}");
        say_and_hear(bench, id, 1, false);
        uint32_t refusals = tmesh_people_refusals(bench->sim);
        bool resolve_first = toss(bench);
        tmesh_people_tell_step(bench->sim, id, 1,
                               resolve_first ? TMESH_STEP_ACTION_RESOLVE_MANUALLY
                                             : TMESH_STEP_ACTION_COMPLETE_MANUALLY);
        tmesh_sim_stir(bench->sim);
        tmesh_people_tell_step(bench->sim, id, 1, TMESH_STEP_ACTION_RESOLVE_MANUALLY);
        tmesh_sim_settle(bench->sim);
        assert_int_equal(tmesh_people_refusals(bench->sim), refusals + 1);
        tmesh_step_state_t step = tmesh_sim_step(bench->sim, id, 1).state;
        assert_int_equal(step, resolve_first ? TMESH_STEP_RESOLVED_MANUALLY : TMESH_STEP_COMPLETE);
        assert_int_equal(tmesh_sim_step(bench->sim, id, 2).run, 1); // its children began once
        assert_int_equal(tmesh_sim_step(bench->sim, id, 3).run, 1);
        tmesh_history_check(tmesh_sim_reader(bench->sim), id);
        resolved += resolve_first;
        assert_int_equal(tmesh_sim_cancel(bench->sim, id), TMESH_OK);
    }
    assert_in_range(resolved, 1, ROUNDS - 1);
}

static void a_resolution_and_giving_up(void **state)
{
    bench_t *bench = *state;
    int resolved = 0;
    for (int i = 0; i < ROUNDS; i++) {
        tmesh_task_id_t id = tmesh_sim_start(bench->sim, "one", "{}");
        say_and_hear(bench, id, 1, false);
        uint32_t refusals = tmesh_people_refusals(bench->sim);
        bool resolve_first = toss(bench);
        for (int j = 0; j < 2; j++) {
            bool resolves = resolve_first == (j == 0);
            tmesh_people_tell_task(bench->sim, id, resolves ? TMESH_TASK_ACTION_RESOLVE
                                                            : TMESH_TASK_ACTION_GIVE_UP);
            tmesh_sim_stir(bench->sim);
        }
        tmesh_sim_settle(bench->sim);
        assert_int_equal(tmesh_people_refusals(bench->sim), refusals + 1);
        assert_true(is_in(bench, id, resolve_first ? TMESH_TASK_RESOLVED_MANUALLY
                                                   : TMESH_TASK_ERROR));
        tmesh_history_check(tmesh_sim_reader(bench->sim), id);
        resolved += resolve_first;
    }
    assert_in_range(resolved, 1, ROUNDS - 1);
}

// What has begun goes on, and what has not waits: both branches have, or none.
static void a_pause_and_a_dispatch(void **state)
{
    bench_t *bench = *state;
    int dispatched = 0;
    for (int i = 0; i < ROUNDS; i++) {
        tmesh_task_id_t id = tmesh_sim_start(bench->sim, "diamond", "{}");
        uint32_t runs = tmesh_sim_runs_begun(bench->sim);
        bool pause_first = toss(bench);
        if (pause_first) tmesh_people_tell_task(bench->sim, id, TMESH_TASK_ACTION_PAUSE);
        tmesh_sim_stir(bench->sim);
        say(bench, id, 1, true); // makes the branches ready
        tmesh_sim_stir(bench->sim);
        if (!pause_first) tmesh_people_tell_task(bench->sim, id, TMESH_TASK_ACTION_PAUSE);
        assert_int_equal(tmesh_reports_hear(bench->sim)->err, TMESH_OK);
        uint32_t begun = tmesh_sim_runs_begun(bench->sim) - runs;
        assert_true(begun == 0 || begun == 2);
        assert_true(tmesh_sim_step(bench->sim, id, 2).held);
        tmesh_history_check(tmesh_sim_reader(bench->sim), id);
        tmesh_sim_pass(bench->sim, MINUTE_MS);
        assert_int_equal(tmesh_sim_runs_begun(bench->sim) - runs, begun); // nothing new
        if (begun) { // what was sent just before finishes
            say(bench, id, 2, true);
            say(bench, id, 3, true);
            (void)tmesh_reports_hear(bench->sim);
            assert_int_equal(tmesh_sim_step(bench->sim, id, 4).state, TMESH_STEP_ENQUEUED);
            assert_int_equal(tmesh_sim_runs_begun(bench->sim) - runs, 2);
        }
        assert_string_equal(
            tmesh_people_act_on_task(bench->sim, id, TMESH_TASK_ACTION_RESUME), "");
        assert_int_equal(tmesh_sim_runs_begun(bench->sim) - runs, begun ? 3 : 2);
        dispatched += begun == 2;
        tmesh_history_check(tmesh_sim_reader(bench->sim), id);
        assert_int_equal(tmesh_sim_cancel(bench->sim, id), TMESH_OK);
    }
    assert_in_range(dispatched, 1, ROUNDS - 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_cancellation_and_the_last_result, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_reset_and_a_finalization, set_up, tear_down),
        cmocka_unit_test_setup_teardown(two_resolutions, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_resolution_and_giving_up, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_pause_and_a_dispatch, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
