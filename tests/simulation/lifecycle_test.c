// How long a task may live, and rest (SPEC 7.2): by due times, in the minutes of templates.
#include "tests/simulation/dlq_bench.h"
#include "tests/simulation/manual_bench.h"
#include "tests/simulation/support/player.h"

#define LIMITED(lifecycle)                                                                         \
    "name: limited\nnamespace_name: sim\nversion: 1.0.0\nlifecycle: {" lifecycle "}\nsteps:\n"      \
    "  - name: work\n    handler: {callable: work}\n    timeout_seconds: 0\n"                       \
    "    retry: {max_attempts: 3, backoff_base_ms: 3600000, max_backoff_ms: 3600000}\n"             \
    "  - {name: after, handler: {callable: work}, dependencies: [work]}\n"

static tmesh_sim_deed_t do_as_told(void *self, const tmesh_parcel_t *parcel,
                                   tmesh_random_t *random)
{
    (void)parcel;
    (void)random;
    return *(const tmesh_sim_deed_t *)self;
}

static tmesh_sim_t *open_limited(tmesh_sim_deed_t *deed, int capacity, const char *yaml)
{
    tmesh_sim_config_t config = {
        .seed = 3, .capacity = capacity, .script = do_as_told, .script_self = deed};
    tmesh_sim_t *sim = tmesh_sim_open(&config);
    tmesh_sim_put_template(sim, yaml);
    return sim;
}

static uint32_t transitions_of(tmesh_sim_t *sim, tmesh_task_id_t id)
{
    return tmesh_sim_task(sim, id).last_number;
}

// ---- The end of a life

static tmesh_task_id_t start_later(tmesh_sim_t *sim)
{
    tmesh_submission_t submission = {.namespace_name = "sim", .name = "limited",
                                     .context = tmesh_bytes_of_text("{}"),
                                     .delay_ms = 2 * (int64_t)HOUR_MS};
    tmesh_submission_answer_t answer = tmesh_sim_submit(sim, &submission);
    assert_null(answer.fault);
    return answer.task_id;
}

static void ends_a_task_from_every_open_state(void **state)
{
    (void)state;
    static const struct {
        tmesh_sim_deed_t deed;
        int capacity; // 0: nobody takes the step
        bool is_postponed;
        bool is_paused;
        const char *task_state;
    } cases[] = {
        {TMESH_SIM_SUCCEED, 0, false, false, "steps_in_process"}, // enqueued
        {TMESH_SIM_KEEP, 4, false, false, "steps_in_process"},    // claimed, and runs
        {TMESH_SIM_FAIL_RETRYABLE, 4, false, false, "waiting_for_retry"},
        {TMESH_SIM_FAIL, 4, false, false, "blocked_by_failures"},
        {TMESH_SIM_SUCCEED, 4, true, false, "pending"},
        {TMESH_SIM_SUCCEED, 0, false, true, "steps_in_process"},
    };
    for (size_t i = 0; i < TMESH_COUNT_OF(cases); i++) {
        tmesh_sim_deed_t deed = cases[i].deed;
        tmesh_sim_t *sim = open_limited(&deed, cases[i].capacity,
                                        LIMITED("max_duration_minutes: 10"));
        tmesh_task_id_t id = cases[i].is_postponed ? start_later(sim)
                                                   : tmesh_sim_start(sim, "limited", "{}");
        if (cases[i].is_paused) {
            assert_string_equal(tmesh_people_act_on_task(sim, id, TMESH_TASK_ACTION_PAUSE), "");
        }
        size_t entries = count_entries(sim, id, TMESH_DLQ_REASON_NONE);
        tmesh_sim_pass(sim, 10 * MINUTE_MS - 1);
        assert_task(sim, id, cases[i].task_state);
        tmesh_sim_pass(sim, 1);
        assert_task(sim, id, "error");
        char metadata[64];
        read_metadata(sim, id, "Timeout", metadata, sizeof metadata);
        assert_string_equal(metadata, "{\"reason\":\"task_timeout\"}");
        assert_step(sim, id, 2, "cancelled");
        assert_step(sim, id, 1, cases[i].deed == TMESH_SIM_FAIL ? "error" : "cancelled");
        assert_int_equal(count_entries(sim, id, TMESH_DLQ_REASON_NONE), entries);
        uint32_t number = transitions_of(sim, id);
        uint64_t before = commits(sim);
        tmesh_sim_pass(sim, 5 * (int64_t)HOUR_MS); // nothing more comes of it
        assert_int_equal(transitions_of(sim, id), number);
        assert_int_equal(commits(sim), before);
        tmesh_sim_destroy(&sim);
    }
}

static void frees_the_identity(void **state)
{
    (void)state;
    tmesh_sim_deed_t deed = TMESH_SIM_KEEP;
    tmesh_sim_t *sim = open_limited(&deed, 4, LIMITED("max_duration_minutes: 1"));
    tmesh_submission_t submission = {.namespace_name = "sim", .name = "limited",
                                     .context = tmesh_bytes_of_text("{}")};
    assert_null(tmesh_sim_submit(sim, &submission).fault);
    assert_string_equal(tmesh_sim_submit(sim, &submission).fault->code, "duplicate_task");
    tmesh_sim_pass(sim, MINUTE_MS);
    assert_null(tmesh_sim_submit(sim, &submission).fault);
    tmesh_sim_destroy(&sim);
}

static void enters_what_has_lived_too_long_if_the_template_says_so(void **state)
{
    (void)state;
    static const struct {
        const char *yaml;
        const char *task_state;
        size_t entries;
    } cases[] = {
        {LIMITED("max_duration_minutes: 1"), "error", 0},
        {LIMITED("max_duration_minutes: 1, auto_dlq_on_timeout: true"), "error", 1},
        {LIMITED("max_duration_minutes: 1, auto_fail_on_timeout: false"), "steps_in_process", 1},
        {LIMITED("max_duration_minutes: 1, auto_fail_on_timeout: false, "
                 "auto_dlq_on_timeout: true"), "steps_in_process", 1},
    };
    for (size_t i = 0; i < TMESH_COUNT_OF(cases); i++) {
        tmesh_sim_deed_t deed = TMESH_SIM_KEEP;
        tmesh_sim_t *sim = open_limited(&deed, 4, cases[i].yaml);
        tmesh_task_id_t id = tmesh_sim_start(sim, "limited", "{}");
        tmesh_sim_pass(sim, 10 * MINUTE_MS);
        assert_task(sim, id, cases[i].task_state);
        assert_int_equal(count_entries(sim, id, TMESH_DLQ_TASK_TIMEOUT), cases[i].entries);
        tmesh_sim_destroy(&sim);
    }
}

static void a_reset_begins_a_life_of_full_length(void **state)
{
    (void)state;
    tmesh_sim_deed_t deed = TMESH_SIM_KEEP;
    tmesh_sim_t *sim = open_limited(&deed, 4, LIMITED("max_duration_minutes: 10"));
    tmesh_task_id_t id = tmesh_sim_start(sim, "limited", "{}");
    tmesh_sim_pass(sim, 15 * MINUTE_MS);
    assert_task(sim, id, "error");
    assert_string_equal(tmesh_people_act_on_task(sim, id, TMESH_TASK_ACTION_RESET), "");
    tmesh_sim_pass(sim, 10 * MINUTE_MS - 1);
    assert_task(sim, id, "steps_in_process");
    tmesh_sim_pass(sim, 1);
    assert_task(sim, id, "error");
    tmesh_sim_destroy(&sim);
}

// ---- Rest

static void takes_the_thresholds_of_the_template(void **state)
{
    (void)state;
    static const struct {
        const char *yaml;
        tmesh_sim_deed_t deed;
        int capacity;
        int64_t minutes; // 0: never
    } cases[] = {
        {LIMITED("max_steps_in_process_minutes: 7"), TMESH_SIM_SUCCEED, 0, 7},
        {LIMITED("max_waiting_for_retry_minutes: 7"), TMESH_SIM_SUCCEED, 0, 0}, // another state
        {LIMITED("max_steps_in_process_minutes: 7, staleness_action: none"), TMESH_SIM_SUCCEED, 0,
         0},
        {LIMITED("max_steps_in_process_minutes: 7"), TMESH_SIM_KEEP, 4, 0}, // a worker has it
        // A retry that is due later: an hour, three times.
        {LIMITED("max_waiting_for_retry_minutes: 7"), TMESH_SIM_FAIL_RETRYABLE, 4, 0},
    };
    for (size_t i = 0; i < TMESH_COUNT_OF(cases); i++) {
        tmesh_sim_deed_t deed = cases[i].deed;
        tmesh_sim_t *sim = open_limited(&deed, cases[i].capacity, cases[i].yaml);
        tmesh_task_id_t id = tmesh_sim_start(sim, "limited", "{}");
        if (cases[i].minutes) {
            tmesh_sim_pass(sim, cases[i].minutes * MINUTE_MS - 1);
            assert_int_equal(count_entries(sim, id, TMESH_DLQ_STALENESS_TIMEOUT), 0);
            tmesh_sim_pass(sim, 1);
        } else {
            tmesh_sim_pass(sim, 59 * MINUTE_MS);
        }
        assert_int_equal(count_entries(sim, id, TMESH_DLQ_STALENESS_TIMEOUT),
                         cases[i].minutes != 0);
        tmesh_sim_pass(sim, 30 * MINUTE_MS); // it is looked at again, and is entered once
        assert_int_equal(count_entries(sim, id, TMESH_DLQ_STALENESS_TIMEOUT),
                         cases[i].minutes != 0);
        tmesh_sim_destroy(&sim);
    }
}

static void make_impatient(tmesh_settings_t *settings)
{
    settings->stale_waiting_for_retry_ms = HOUR_MS;
    settings->stale_steps_in_process_ms = HOUR_MS;
}

// The retry, and the look at its task, are due at the same moment; the retry wins.
static void a_retry_that_is_due_this_moment_is_not_stale(void **state)
{
    (void)state;
    tmesh_sim_deed_t deed = TMESH_SIM_FAIL_RETRYABLE;
    tmesh_sim_config_t config = {.seed = 3, .capacity = 4, .script = do_as_told,
                                 .script_self = &deed, .adjust = make_impatient};
    tmesh_sim_t *sim = tmesh_sim_open(&config);
    tmesh_sim_put_template(sim, LIMITED(""));
    tmesh_task_id_t id = tmesh_sim_start(sim, "limited", "{}");
    int64_t due_ms = tmesh_sim_step(sim, id, 1).due_ms;
    assert_int_equal(due_ms, tmesh_sim_task(sim, id).due_ms);
    tmesh_sim_pass(sim, HOUR_MS);
    assert_int_equal(tmesh_sim_runs_begun(sim), 2);
    assert_int_equal(count_entries(sim, id, TMESH_DLQ_STALENESS_TIMEOUT), 0);
    tmesh_sim_destroy(&sim);
}

// Nobody takes its step because somebody wants it so.
static void a_task_behind_a_paused_namespace_is_not_stale(void **state)
{
    (void)state;
    tmesh_sim_deed_t deed = TMESH_SIM_SUCCEED;
    tmesh_sim_t *sim = open_limited(&deed, 0, LIMITED("max_steps_in_process_minutes: 7"));
    tmesh_pauses_t *pauses = tmesh_credit_pauses(tmesh_sim_stage(sim)->credit);
    tmesh_pauses_add(pauses, "sim", NULL);
    tmesh_task_id_t id = tmesh_sim_start(sim, "limited", "{}");
    tmesh_sim_pass(sim, HOUR_MS);
    assert_int_equal(count_entries(sim, id, TMESH_DLQ_REASON_NONE), 0);
    tmesh_pauses_remove(pauses, "sim", NULL);
    tmesh_sim_pass(sim, HOUR_MS);
    assert_int_equal(count_entries(sim, id, TMESH_DLQ_STALENESS_TIMEOUT), 1);
    assert_int_equal(count_entries(sim, id, TMESH_DLQ_WORKER_UNAVAILABLE), 1);
    tmesh_sim_destroy(&sim);
}

// What counts is when something last happened to it, not when it began.
static void a_task_that_goes_on_is_never_stale(void **state)
{
    (void)state;
    tmesh_sim_deed_t deed = TMESH_SIM_FAIL_RETRYABLE;
    tmesh_sim_t *sim = open_limited(&deed, 4, LIMITED("max_waiting_for_retry_minutes: 90, "
                                                      "staleness_action: error"));
    tmesh_task_id_t id = tmesh_sim_start(sim, "limited", "{}");
    tmesh_sim_pass(sim, HOUR_MS);
    deed = TMESH_SIM_SUCCEED;
    assert_true(tmesh_sim_run(sim, 2 * (int64_t)HOUR_MS));
    assert_task(sim, id, "complete");
    assert_int_equal(count_entries(sim, id, TMESH_DLQ_REASON_NONE), 0);
    tmesh_sim_destroy(&sim);
}

static void a_limit_outlives_the_process(void **state)
{
    (void)state;
    tmesh_sim_deed_t deed = TMESH_SIM_SUCCEED;
    tmesh_sim_t *sim = open_limited(&deed, 0, LIMITED("max_duration_minutes: 10, "
                                                      "max_steps_in_process_minutes: 5"));
    tmesh_task_id_t id = tmesh_sim_start(sim, "limited", "{}");
    tmesh_sim_crash(sim, false);
    tmesh_sim_pass(sim, 5 * MINUTE_MS);
    assert_int_equal(count_entries(sim, id, TMESH_DLQ_STALENESS_TIMEOUT), 1);
    tmesh_sim_crash(sim, false);
    tmesh_sim_pass(sim, 5 * MINUTE_MS);
    assert_task(sim, id, "error");
    tmesh_sim_destroy(&sim);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ends_a_task_from_every_open_state),
        cmocka_unit_test(frees_the_identity),
        cmocka_unit_test(enters_what_has_lived_too_long_if_the_template_says_so),
        cmocka_unit_test(a_reset_begins_a_life_of_full_length),
        cmocka_unit_test(takes_the_thresholds_of_the_template),
        cmocka_unit_test(a_retry_that_is_due_this_moment_is_not_stale),
        cmocka_unit_test(a_task_behind_a_paused_namespace_is_not_stale),
        cmocka_unit_test(a_task_that_goes_on_is_never_stale),
        cmocka_unit_test(a_limit_outlives_the_process),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
