// Nothing polls: tasks that wait cost no statement, and what watches over them costs none per step.
#include "tests/simulation/dlq_bench.h"
#include "tests/simulation/manual_bench.h"

enum { TASKS = 1000, WAITING_OF_EACH = 2000, ENDED = 10, SECOND_MS = 1000 };

#define UNCLAIMED                                                                                  \
    "name: unclaimed\nnamespace_name: nobody\nversion: 1.0.0\n"                                    \
    "steps:\n  - {name: a, handler: {callable: work}}\n"
#define PLAIN                                                                                      \
    "name: plain\nnamespace_name: sim\nversion: 1.0.0\n"                                           \
    "steps:\n  - {name: good, handler: {callable: work}}\n"
#define BLOCKED                                                                                    \
    "name: blocked\nnamespace_name: sim\nversion: 1.0.0\n"                                         \
    "steps:\n  - {name: bad, handler: {callable: work}}\n"
#define RETRIED                                                                                    \
    "name: retried\nnamespace_name: sim\nversion: 1.0.0\nsteps:\n"                                 \
    "  - name: again\n    handler: {callable: work}\n"                                             \
    "    retry: {max_attempts: 3, backoff_base_ms: 3600000, max_backoff_ms: 3600000}\n"

// As conf/taskmesh.conf has it.
static void watch_over_all(tmesh_settings_t *settings)
{
    settings->stale_waiting_for_dependencies_ms = HOUR_MS;
    settings->stale_waiting_for_retry_ms = HOUR_MS / 2;
    settings->stale_steps_in_process_ms = HOUR_MS / 2;
    settings->retention_ms = HOUR_MS;
    settings->retention_batch = 100;
}

static uint64_t statements(tmesh_sim_t *sim)
{
    return tmesh_store_stats(tmesh_sim_store(sim)).statements;
}

// ---- Tasks in process

// Written when the task begins and when it ends, whatever its steps do in between.
static void assert_due_times_stay(tmesh_sim_t *sim, const tmesh_task_id_t *ids,
                                  const int64_t *begun_due_ms)
{
    for (int i = 0; i < TASKS; i++) {
        tmesh_task_row_t row = tmesh_sim_task(sim, ids[i]);
        bool has_ended = tmesh_task_state_is_terminal(row.state);
        assert_int_equal(row.due_ms, has_ended ? TMESH_DUE_NONE : begun_due_ms[i]);
    }
}

static uint64_t run_many(void (*adjust)(tmesh_settings_t *settings), bool looks)
{
    tmesh_sim_config_t config = {
        .seed = 9, .capacity = TASKS, .step_ms_max = 2 * SECOND_MS, .adjust = adjust};
    tmesh_sim_t *sim = tmesh_sim_open(&config);
    tmesh_sim_put_template(sim, SHAPE_LINEAR);
    tmesh_task_id_t ids[TASKS];
    int64_t begun_due_ms[TASKS];
    for (int i = 0; i < TASKS; i++) {
        ids[i] = tmesh_sim_start(sim, "linear", "{}");
        begun_due_ms[i] = tmesh_sim_task(sim, ids[i]).due_ms;
        assert_int_equal(begun_due_ms[i] != TMESH_DUE_NONE, adjust != NULL);
    }
    for (int i = 0; looks && i < 40; i++) {
        tmesh_sim_pass(sim, SECOND_MS / 4);
        assert_due_times_stay(sim, ids, begun_due_ms);
    }
    assert_true(tmesh_sim_run(sim, MINUTE_MS));
    assert_due_times_stay(sim, ids, begun_due_ms);
    uint64_t count = statements(sim);
    tmesh_sim_destroy(&sim);
    return count;
}

static void to_be_watched_over_costs_a_step_nothing(void **state)
{
    (void)state;
    (void)run_many(watch_over_all, true);
    // One statement at the start of each life: when the first task ended.
    assert_int_equal(run_many(watch_over_all, false), run_many(NULL, false) + 1);
}

// ---- Tasks that wait

static tmesh_task_id_t submit(tmesh_sim_t *sim, const char *namespace_name, const char *name,
                              int64_t delay_ms)
{
    static int number;
    char key[32];
    snprintf(key, sizeof key, "idle-%d", number++);
    tmesh_submission_t submission = {.namespace_name = namespace_name,
                                     .name = name,
                                     .context = tmesh_bytes_of_text("{}"),
                                     .idempotency_key = key,
                                     .delay_ms = delay_ms};
    tmesh_submission_answer_t answer = tmesh_sim_submit(sim, &submission);
    assert_null(answer.fault);
    return answer.task_id;
}

static void ten_thousand_tasks_that_wait_cost_no_statement(void **state)
{
    (void)state;
    bool is_repaired = false;
    tmesh_sim_config_t config = {.seed = 9, .capacity = 2 * WAITING_OF_EACH, .script = play_roots,
                                 .script_self = &is_repaired, .adjust = watch_over_all};
    tmesh_sim_t *sim = tmesh_sim_open(&config);
    static const char *const templates[] = {UNCLAIMED, PLAIN, BLOCKED, RETRIED};
    for (size_t i = 0; i < TMESH_COUNT_OF(templates); i++) {
        tmesh_sim_put_template(sim, templates[i]);
    }
    for (int i = 0; i < ENDED; i++) (void)submit(sim, "sim", "plain", 0);
    for (int i = 0; i < WAITING_OF_EACH; i++) {
        (void)submit(sim, "nobody", "unclaimed", 0);
        (void)submit(sim, "sim", "plain", HOUR_MS);
        (void)submit(sim, "sim", "blocked", 0);
        (void)submit(sim, "sim", "retried", 0);
        tmesh_task_id_t paused = submit(sim, "nobody", "unclaimed", 0);
        assert_string_equal(tmesh_people_act_on_task(sim, paused, TMESH_TASK_ACTION_PAUSE), "");
    }
    uint32_t runs = tmesh_sim_runs_begun(sim);
    assert_int_equal(runs, ENDED + 2 * WAITING_OF_EACH);
    tmesh_sim_pass(sim, 10 * SECOND_MS); // hand-off times of what was run
    uint64_t before = statements(sim);
    tmesh_sim_pass(sim, MINUTE_MS);
    assert_int_equal(statements(sim), before);

    tmesh_sim_pass(sim, HOUR_MS - MINUTE_MS - 10 * SECOND_MS - 1);
    assert_int_equal(tmesh_sim_runs_begun(sim), runs); // not a moment too early
    is_repaired = true;
    tmesh_sim_pass(sim, 1);
    assert_int_equal(tmesh_sim_runs_begun(sim), runs + 2 * WAITING_OF_EACH);
    tmesh_sim_check(sim);
    tmesh_sim_destroy(&sim);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(to_be_watched_over_costs_a_step_nothing),
        cmocka_unit_test(ten_thousand_tasks_that_wait_cost_no_statement),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
