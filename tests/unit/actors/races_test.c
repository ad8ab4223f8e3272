// Two callers at the same moment, a thousand times: each time one of the legal outcomes, and each of
// them at least once. (In simulation every order has its turn; here the machine decides.)
#include "tests/unit/actors/races_bench.h"

enum { ROUNDS = 1000, FINALIZERS = 5, FINALIZATIONS = 10, FINALIZED = 50 };

static void a_cancellation_and_the_last_result(void **state)
{
    bench_t *bench = *state;
    int completed = 0;
    for (int i = 0; i < ROUNDS; i++) {
        told_t result, cancelled;
        next_round(bench);
        assert_int_equal(succeed(bench).err, TMESH_OK);
        bench->fence = await_run(tmesh_step_id_of(bench->id, 2));
        race(bench, succeed, cancel, &result, &cancelled);
        bool complete = task_state(bench) == TMESH_TASK_COMPLETE;
        assert_true(complete || task_state(bench) == TMESH_TASK_CANCELLED);
        assert_string_equal(result.code, complete ? "" : "step_cancelled");
        assert_string_equal(cancelled.code, complete ? "task_ended" : "");
        completed += complete;
    }
    assert_in_range(completed, 1, ROUNDS - 1);
}

static void a_reset_and_a_finalization(void **state)
{
    bench_t *bench = *state;
    int seen_blocked = 0;
    for (int i = 0; i < ROUNDS; i++) {
        told_t repaired, finalized;
        next_round(bench);
        assert_int_equal(report(bench, TMESH_RESULT_FAILURE).err, TMESH_OK);
        race(bench, reset, finalize, &repaired, &finalized);
        assert_string_equal(repaired.code, "");
        assert_string_equal(finalized.code, "");
        bool blocked = finalized.state == TMESH_TASK_BLOCKED_BY_FAILURES;
        assert_true(blocked || finalized.state == TMESH_TASK_STEPS_IN_PROCESS);
        assert_int_equal(task_state(bench), TMESH_TASK_STEPS_IN_PROCESS);
        assert_int_equal(step_row(bench, 1).run, 2);
        seen_blocked += blocked;
    }
    assert_in_range(seen_blocked, 1, ROUNDS - 1);
}

static void two_resolutions(void **state)
{
    bench_t *bench = *state;
    int resolved = 0;
    for (int i = 0; i < ROUNDS; i++) {
        told_t one, other;
        next_round(bench);
        assert_int_equal(report(bench, TMESH_RESULT_FAILURE).err, TMESH_OK);
        race(bench, resolve, complete, &one, &other);
        bool won = step_row(bench, 1).state == TMESH_STEP_RESOLVED_MANUALLY;
        assert_true(won || step_row(bench, 1).state == TMESH_STEP_COMPLETE);
        assert_string_equal(one.code, won ? "" : "invalid_transition");
        assert_string_equal(other.code, won ? "invalid_transition" : "");
        assert_int_equal(step_row(bench, 2).run, 1);
        resolved += won;
    }
    assert_in_range(resolved, 1, ROUNDS - 1);
}

static void equal_submissions(void **state)
{
    bench_t *bench = *state;
    int first = 0;
    for (int i = 0; i < ROUNDS; i++) {
        told_t one, other;
        bench->round++;
        snprintf(bench->key, sizeof bench->key, "equal-%d", i);
        race(bench, submit, submit, &one, &other);
        bool won = strcmp(one.code, "") == 0;
        assert_string_equal(won ? other.code : one.code, "duplicate_task");
        assert_string_equal(won ? one.code : other.code, "");
        assert_memory_equal(&one.id, &other.id, sizeof one.id);
        first += won;
    }
    assert_in_range(first, 1, ROUNDS - 1);
}

// The next step was sent before it was paused, or waits for it to go on; then it is sent anew.
static void a_pause_and_a_dispatch(void **state)
{
    bench_t *bench = *state;
    int sent = 0;
    for (int i = 0; i < ROUNDS; i++) {
        told_t result, paused;
        next_round(bench);
        race(bench, succeed, pause_task, &result, &paused);
        assert_string_equal(result.code, "");
        assert_string_equal(paused.code, "");
        tmesh_step_row_t next = step_row(bench, 2);
        assert_int_equal(next.state, TMESH_STEP_ENQUEUED);
        assert_true(next.held && !next.claimed);
        assert_in_range(next.run, 0, 1);
        if (next.run == 1) (void)await_run(next.id);
        assert_string_equal(act_on_task(bench, TMESH_TASK_ACTION_RESUME).code, "");
        assert_int_equal(step_row(bench, 2).run, next.run + 1);
        sent += next.run == 1;
    }
    assert_in_range(sent, 1, ROUNDS - 1);
}

static told_t finalize_often(bench_t *bench)
{
    told_t told = {0};
    for (int i = 0; i < FINALIZATIONS; i++) told = finalize(bench);
    return told;
}

static int passages_to_complete(bench_t *bench)
{
    tmesh_auto(tmesh_arena) arena = tmesh_arena_new();
    tmesh_transition_row_t *rows = NULL;
    size_t count = 0;
    assert_int_equal(
        tmesh_reader_transitions(bench->reader, bench->id, 0, 1000, arena, &rows, &count), TMESH_OK);
    int found = 0;
    for (size_t i = 0; i < count; i++) {
        found += rows[i].step_number == 0 && strcmp(rows[i].to, "complete") == 0;
    }
    return found;
}

static void fifty_finalizations_and_the_last_result(void **state)
{
    bench_t *bench = *state;
    for (int i = 0; i < FINALIZED; i++) {
        next_round(bench);
        assert_int_equal(succeed(bench).err, TMESH_OK);
        bench->fence = await_run(tmesh_step_id_of(bench->id, 2));
        uint32_t before = gateway.settled;
        caller_t callers[FINALIZERS];
        pthread_t threads[FINALIZERS];
        for (int j = 0; j < FINALIZERS; j++) {
            callers[j] = (caller_t){.bench = bench, .call = finalize_often};
            assert_int_equal(pthread_create(&threads[j], NULL, call, &callers[j]), 0);
        }
        assert_string_equal(succeed(bench).code, "");
        for (int j = 0; j < FINALIZERS; j++) pthread_join(threads[j], NULL);
        assert_int_equal(tmesh_registry_drain(bench->registry, 5, PATIENCE_MS), TMESH_OK);
        assert_int_equal(task_state(bench), TMESH_TASK_COMPLETE);
        assert_int_equal(passages_to_complete(bench), 1);
        assert_int_equal(gateway.settled, before + 1);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_cancellation_and_the_last_result, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_reset_and_a_finalization, set_up, tear_down),
        cmocka_unit_test_setup_teardown(two_resolutions, set_up, tear_down),
        cmocka_unit_test_setup_teardown(equal_submissions, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_pause_and_a_dispatch, set_up, tear_down),
        cmocka_unit_test_setup_teardown(fifty_finalizations_and_the_last_result, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
