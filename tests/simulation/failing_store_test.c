// A store that refuses any one of its calls, for any reason: the mesh goes on, nothing is done twice,
// and every task that was acknowledged ends as it would have.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "runtime/base/memory.h"
#include "tests/simulation/support/failing_store.h"
#include "tests/simulation/support/reports.h"
#include "tests/simulation/support/shapes.h"

enum { SECOND_MS = 1000, HOUR_MS = 3600000, TASKS = 4 };

// A retry, a time limit, a lost worker and plain successes, always the same ones.
static tmesh_sim_deed_t stumble(void *self, const tmesh_parcel_t *parcel, tmesh_random_t *random)
{
    (void)self;
    (void)random;
    if (parcel->attempt > 1 || parcel->fence.run > 2) return TMESH_SIM_SUCCEED;
    if (strcmp(parcel->step_name, "left") == 0) return TMESH_SIM_FAIL_RETRYABLE;
    if (strcmp(parcel->step_name, "b") == 0 && parcel->fence.run == 1) return TMESH_SIM_LOSE_WORKER;
    return strcmp(parcel->step_name, "try") == 0 ? TMESH_SIM_STAY_SILENT : TMESH_SIM_SUCCEED;
}

static tmesh_sim_t *open_sim(tmesh_failing_store_t *store, tmesh_sim_script_t *script, int capacity)
{
    tmesh_sim_config_t config = {
        .seed = 17,
        .capacity = capacity,
        .script = script,
        .wrap = tmesh_failing_store_wrap,
        .wrap_self = store,
    };
    tmesh_sim_t *sim = tmesh_sim_open(&config);
    tmesh_sim_put_template(sim, SHAPE_LINEAR);
    tmesh_sim_put_template(sim, SHAPE_DIAMOND);
    tmesh_sim_put_template(sim, SHAPE_PATIENT);
    return sim;
}

// Runs the same few tasks to their end; how many calls of this kind it took.
static uint32_t run_all(tmesh_failing_store_t *store)
{
    static const char *const names[TASKS] = {"linear", "diamond", "patient", "linear"};
    tmesh_sim_t *sim = open_sim(store, stumble, 10);
    tmesh_task_id_t ids[TASKS];
    for (int i = 0; i < TASKS; i++) ids[i] = tmesh_sim_start(sim, names[i], "{}");
    bool ended = tmesh_sim_run(sim, 3 * HOUR_MS);
    tmesh_sim_check(sim);
    for (int i = 0; i < TASKS; i++) {
        if (ended && tmesh_sim_task(sim, ids[i]).state == TMESH_TASK_COMPLETE) continue;
        fail_msg("call %d, number %u, error %s: task %d is %s", store->call, store->first,
                 tmesh_err_word(store->err), i,
                 tmesh_task_state_word(tmesh_sim_task(sim, ids[i]).state));
    }
    tmesh_sim_destroy(&sim);
    return store->calls[store->call];
}

static void refuse_each(tmesh_failing_call_t call, tmesh_err_t err, uint32_t times)
{
    uint32_t count = run_all(&(tmesh_failing_store_t){.call = call});
    assert_true(count > 10);
    for (uint32_t first = 1; first <= count; first++) {
        tmesh_failing_store_t store = {.call = call, .first = first, .times = times, .err = err};
        (void)run_all(&store);
        assert_true(store.refused > 0);
    }
}

static void any_begin_may_be_refused(void **state)
{
    (void)state;
    refuse_each(TMESH_FAILING_BEGIN, TMESH_ERR_SERIALIZATION, 1);
    refuse_each(TMESH_FAILING_BEGIN, TMESH_ERR_IO, 1);
    refuse_each(TMESH_FAILING_BEGIN, TMESH_ERR_CORRUPT, 1);
    refuse_each(TMESH_FAILING_BEGIN, TMESH_ERR_FATAL, 1);
}

static void any_commit_may_be_refused(void **state)
{
    (void)state;
    refuse_each(TMESH_FAILING_COMMIT, TMESH_ERR_SERIALIZATION, 1);
    refuse_each(TMESH_FAILING_COMMIT, TMESH_ERR_IO, 1);
    refuse_each(TMESH_FAILING_COMMIT, TMESH_ERR_CORRUPT, 1);
    refuse_each(TMESH_FAILING_COMMIT, TMESH_ERR_FATAL, 1);
}

// Longer than a batch is repeated at once.
static void it_may_be_refused_for_a_while(void **state)
{
    (void)state;
    refuse_each(TMESH_FAILING_BEGIN, TMESH_ERR_SERIALIZATION, 15);
    refuse_each(TMESH_FAILING_COMMIT, TMESH_ERR_IO, 15);
}

static tmesh_sim_deed_t keep(void *self, const tmesh_parcel_t *parcel, tmesh_random_t *random)
{
    (void)self;
    (void)parcel;
    (void)random;
    return TMESH_SIM_KEEP;
}

static void say_success(tmesh_sim_t *sim, tmesh_fence_t fence)
{
    tmesh_process_step_result_request_t report = {
        .fence = fence, .kind = TMESH_RESULT_SUCCESS, .result = tmesh_bytes_of_text("1")};
    tmesh_reports_say(sim, &report);
}

static void one_corrupt_step_among_256_results_hurts_nobody_else(void **state)
{
    (void)state;
    enum { RESULTS = 256, CORRUPT = 100 };
    tmesh_failing_store_t store = {0};
    tmesh_sim_t *sim = open_sim(&store, keep, RESULTS);
    tmesh_task_id_t ids[RESULTS];
    for (int i = 0; i < RESULTS; i++) ids[i] = tmesh_sim_start(sim, "linear", "{}");
    tmesh_fence_t fences[RESULTS];
    for (int i = 0; i < RESULTS; i++) fences[i] = tmesh_reports_fence(sim, ids[i], 1);
    store.corrupt = fences[CORRUPT].step_id;
    store.has_corrupt = true;
    for (int i = 0; i < RESULTS; i++) say_success(sim, fences[i]);
    const tmesh_heard_t *heard = tmesh_reports_hear(sim);
    for (int i = 0; i < RESULTS; i++) {
        assert_int_equal(heard[i].err, i == CORRUPT ? TMESH_ERR_CORRUPT : TMESH_OK);
        if (i != CORRUPT) assert_int_equal(heard[i].state, TMESH_STEP_COMPLETE);
    }
    store.has_corrupt = false;
    tmesh_sim_check(sim);
    for (int i = 0; i < RESULTS; i++) {
        bool is_done = tmesh_step_state_is_done(tmesh_sim_step(sim, ids[i], 1).state);
        assert_int_equal(is_done, i != CORRUPT);
    }
    tmesh_sim_destroy(&sim);
}

// It would have been claimed in the transaction of the result.
static void a_corrupt_step_that_waits_keeps_no_result_back(void **state)
{
    (void)state;
    enum { TASKS_HERE = 4, WAITS = 2 }; // the worker has room for two
    tmesh_failing_store_t store = {0};
    tmesh_sim_t *sim = open_sim(&store, keep, 1);
    tmesh_task_id_t ids[TASKS_HERE];
    for (int i = 0; i < TASKS_HERE; i++) {
        ids[i] = tmesh_sim_start(sim, "linear", "{}");
        tmesh_sim_pass(sim, 1);
    }
    tmesh_fence_t first = tmesh_reports_fence(sim, ids[0], 1);
    store.corrupt = tmesh_reports_fence(sim, ids[WAITS], 1).step_id;
    store.has_corrupt = true;
    say_success(sim, first);
    assert_int_equal(tmesh_reports_hear(sim)->err, TMESH_OK);
    assert_true(tmesh_sim_step(sim, ids[0], 2).claimed); // nobody else could be
    store.has_corrupt = false;
    tmesh_sim_pass(sim, 2 * SECOND_MS);
    say_success(sim, tmesh_reports_fence(sim, ids[1], 1));
    assert_int_equal(tmesh_reports_hear(sim)->err, TMESH_OK);
    assert_true(tmesh_sim_step(sim, ids[WAITS], 1).claimed);
    assert_false(tmesh_sim_step(sim, ids[1], 2).claimed);
    tmesh_sim_check(sim);
    tmesh_sim_destroy(&sim);
}

static void contradict_itself(tmesh_store_t *store, tmesh_step_id_t id)
{
    tmesh_wants_t wants = {.step_ids = &id, .step_count = 1};
    tmesh_work_t *work = NULL;
    assert_int_equal(tmesh_store_begin(store, &wants, &work), TMESH_OK);
    tmesh_work_step_t *step = tmesh_work_find_step(work, id);
    step->row.due_for = TMESH_STEP_DUE_TIMEOUT; // of a step that waits to begin
    step->is_changed = true;
    assert_int_equal(tmesh_store_commit(store, work), TMESH_OK);
    tmesh_work_destroy(&work);
}

// The time limits, retries and claims of all others go on.
static void a_step_that_is_due_for_no_reason_hurts_nobody_else(void **state)
{
    (void)state;
    tmesh_failing_store_t store = {0};
    tmesh_sim_t *sim = open_sim(&store, stumble, 10);
    tmesh_submission_t postponed = {
        .namespace_name = "sim", .name = "linear", .delay_ms = 10 * SECOND_MS};
    tmesh_task_id_t broken = tmesh_sim_submit(sim, &postponed).task_id;
    contradict_itself(tmesh_sim_store(sim), tmesh_step_id_of(broken, 1));
    tmesh_sim_pass(sim, 20 * SECOND_MS); // it is overdue
    tmesh_task_id_t id = tmesh_sim_start(sim, "diamond", "{}");
    assert_true(tmesh_sim_run(sim, HOUR_MS));
    assert_int_equal(tmesh_sim_task(sim, id).state, TMESH_TASK_COMPLETE);
    tmesh_sim_destroy(&sim);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_begin_may_be_refused),
        cmocka_unit_test(any_commit_may_be_refused),
        cmocka_unit_test(it_may_be_refused_for_a_while),
        cmocka_unit_test(one_corrupt_step_among_256_results_hurts_nobody_else),
        cmocka_unit_test(a_corrupt_step_that_waits_keeps_no_result_back),
        cmocka_unit_test(a_step_that_is_due_for_no_reason_hurts_nobody_else),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
