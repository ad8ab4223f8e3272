// Ended tasks are removed when their time is over (SPEC 9.3): in small batches, and nothing else.
#include "services/domain/metrics.h"
#include "tests/simulation/dlq_bench.h"
#include "tests/simulation/manual_bench.h"

enum { KEPT_MS = 3600000, BATCH = 4, SECOND_MS = 1000 };

static void keep_for_an_hour(tmesh_settings_t *settings)
{
    settings->retention_ms = KEPT_MS;
    settings->retention_batch = BATCH;
}

static tmesh_sim_t *open_keeping(script_t *script)
{
    tmesh_sim_config_t config = {.seed = 5, .capacity = 10, .script = play, .script_self = script,
                                 .adjust = keep_for_an_hour};
    tmesh_sim_t *sim = tmesh_sim_open(&config);
    tmesh_sim_put_template(sim, SHAPE_DIAMOND);
    return sim;
}

static bool is_there(tmesh_sim_t *sim, tmesh_task_id_t id)
{
    tmesh_auto(tmesh_arena) arena = tmesh_arena_new();
    tmesh_task_view_t view;
    tmesh_err_t err = tmesh_reader_task(tmesh_sim_reader(sim), id, false, arena, &view);
    assert_true(err == TMESH_OK || err == TMESH_ERR_NOT_FOUND);
    return !err;
}

// Under a key of its own, so that the simulation does not look for it when it is gone.
static tmesh_task_id_t submit(tmesh_sim_t *sim, const char *key)
{
    tmesh_submission_t submission = {.namespace_name = "sim", .name = "diamond",
                                     .context = tmesh_bytes_of_text("{}"), .idempotency_key = key};
    tmesh_submission_answer_t answer = tmesh_sim_submit(sim, &submission);
    assert_null(answer.fault);
    return answer.task_id;
}

static uint64_t pruned(const tmesh_sim_t *sim)
{
    return tmesh_metrics_count(tmesh_sim_metrics(sim), TMESH_COUNT_TASKS_PRUNED);
}

static void removes_each_when_its_time_is_over(void **state)
{
    (void)state;
    script_t script = {0};
    tmesh_sim_t *sim = open_keeping(&script);
    tmesh_task_id_t ids[3];
    static const char *const keys[] = {"a", "b", "c"};
    for (int i = 0; i < 3; i++) {
        ids[i] = submit(sim, keys[i]);
        tmesh_sim_pass(sim, 10 * MINUTE_MS);
    }
    for (int i = 0; i < 3; i++) {
        tmesh_sim_pass(sim, i == 0 ? 30 * MINUTE_MS - 1 : 10 * MINUTE_MS - 1);
        assert_true(is_there(sim, ids[i]));
        tmesh_sim_pass(sim, 1);
        assert_false(is_there(sim, ids[i]));
        assert_int_equal(pruned(sim), i + 1);
    }
    (void)submit(sim, "a"); // its identity is free
    tmesh_sim_destroy(&sim);
}

static void removes_many_batch_by_batch(void **state)
{
    (void)state;
    script_t script = {0};
    tmesh_sim_t *sim = open_keeping(&script);
    for (int i = 0; i < 3 * BATCH + 1; i++) {
        char key[16];
        snprintf(key, sizeof key, "%d", i);
        (void)submit(sim, key);
    }
    tmesh_sim_pass(sim, KEPT_MS - 1);
    uint64_t before = commits(sim);
    tmesh_sim_pass(sim, 1);
    assert_int_equal(pruned(sim), 3 * BATCH + 1);
    assert_int_equal(commits(sim) - before, 4);
    uint64_t statements = tmesh_store_stats(tmesh_sim_store(sim)).statements;
    tmesh_sim_pass(sim, 2 * (int64_t)KEPT_MS); // nothing is left to look at
    assert_int_equal(tmesh_store_stats(tmesh_sim_store(sim)).statements, statements);
    tmesh_sim_destroy(&sim);
}

// Tasks that end one after the other are not removed one after the other.
static void gathers_what_ended_in_the_same_second(void **state)
{
    (void)state;
    script_t script = {0};
    tmesh_sim_t *sim = open_keeping(&script);
    for (int i = 0; i < 100; i++) {
        char key[16];
        snprintf(key, sizeof key, "%d", i);
        (void)submit(sim, key);
        tmesh_sim_pass(sim, 100);
    }
    tmesh_sim_pass(sim, KEPT_MS - 10 * SECOND_MS - 1);
    assert_int_equal(pruned(sim), 0);
    uint64_t before = commits(sim);
    tmesh_sim_pass(sim, 11 * SECOND_MS);
    assert_int_equal(pruned(sim), 100);
    assert_true(commits(sim) - before <= 11 * (10 / BATCH + 1));
    tmesh_sim_destroy(&sim);
}

static void keeps_what_is_open_or_to_be_looked_into(void **state)
{
    (void)state;
    script_t script = {.failing = {"left"}};
    tmesh_sim_t *sim = open_keeping(&script);
    tmesh_task_id_t blocked = submit(sim, "blocked");
    tmesh_task_id_t given_up = submit(sim, "given up");
    assert_string_equal(tmesh_people_act_on_task(sim, given_up, TMESH_TASK_ACTION_GIVE_UP), "");
    script.silent = "start";
    tmesh_task_id_t running = submit(sim, "running");
    tmesh_sim_pass(sim, KEPT_MS / 2);
    uint64_t before = tmesh_store_stats(tmesh_sim_store(sim)).statements;
    tmesh_sim_pass(sim, KEPT_MS / 2 - 1);
    assert_int_equal(tmesh_store_stats(tmesh_sim_store(sim)).statements, before);
    tmesh_sim_pass(sim, 2 * (int64_t)KEPT_MS);
    assert_true(is_there(sim, blocked));
    assert_true(is_there(sim, given_up));
    assert_true(is_there(sim, running));
    assert_int_equal(pruned(sim), 0);
    tmesh_sim_destroy(&sim);
}

// A new process finds out by itself what the one before it would have done.
static void goes_on_after_a_crash(void **state)
{
    (void)state;
    script_t script = {0};
    tmesh_sim_t *sim = open_keeping(&script);
    tmesh_task_id_t id = submit(sim, "a");
    tmesh_sim_crash(sim, false);
    tmesh_sim_pass(sim, KEPT_MS - 1);
    assert_true(is_there(sim, id));
    tmesh_sim_pass(sim, 1);
    assert_false(is_there(sim, id));
    tmesh_sim_destroy(&sim);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(removes_each_when_its_time_is_over),
        cmocka_unit_test(removes_many_batch_by_batch),
        cmocka_unit_test(gathers_what_ended_in_the_same_second),
        cmocka_unit_test(keeps_what_is_open_or_to_be_looked_into),
        cmocka_unit_test(goes_on_after_a_crash),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
