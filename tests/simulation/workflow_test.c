// Whole workflows on one thread with a fake clock: what each shape and each kind of failure does.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "runtime/base/memory.h"
#include "tests/simulation/support/shapes.h"
#include "tests/simulation/support/sim.h"

enum { MINUTE_MS = 60000 };

static tmesh_sim_t *open_sim(tmesh_sim_script_t *script, void *self)
{
    tmesh_sim_config_t config = {
        .seed = 7, .capacity = 10, .script = script, .script_self = self};
    tmesh_sim_t *sim = tmesh_sim_open(&config);
    tmesh_sim_put_template(sim, SHAPE_LINEAR);
    tmesh_sim_put_template(sim, SHAPE_DIAMOND);
    tmesh_sim_put_template(sim, SHAPE_PATIENT);
    return sim;
}

static void assert_state(tmesh_sim_t *sim, tmesh_task_id_t id, const char *word)
{
    assert_string_equal(tmesh_task_state_word(tmesh_sim_task(sim, id).state), word);
    tmesh_sim_check(sim);
}

static void assert_step_state(tmesh_sim_t *sim, tmesh_task_id_t id, uint16_t number,
                              const char *word)
{
    assert_string_equal(tmesh_step_state_word(tmesh_sim_step(sim, id, number).state), word);
}

static void a_chain_runs_to_its_end(void **state)
{
    (void)state;
    tmesh_sim_t *sim = open_sim(NULL, NULL);
    tmesh_task_id_t id = tmesh_sim_start(sim, "linear", "{\"n\": 6}");
    assert_true(tmesh_sim_run(sim, MINUTE_MS));
    assert_state(sim, id, "complete");
    assert_int_equal(tmesh_sim_runs_begun(sim), 4);
    assert_int_equal(tmesh_sim_step(sim, id, 4).attempts, 1);
    tmesh_sim_destroy(&sim);
}

static void a_chain_of_four_costs_five_commits(void **state)
{
    (void)state;
    tmesh_sim_t *sim = open_sim(NULL, NULL);
    uint64_t before = tmesh_store_stats(tmesh_sim_store(sim)).commits;
    tmesh_task_id_t id = tmesh_sim_start(sim, "linear", "{}");
    assert_true(tmesh_sim_run(sim, MINUTE_MS));
    assert_state(sim, id, "complete");
    uint64_t commits = tmesh_store_stats(tmesh_sim_store(sim)).commits - before;
    // The player notes about half of its sends in commits of their own, which the gateway does
    // only for runs that take longer than a moment: those come on top.
    assert_in_range(commits, 5, 9);
    tmesh_sim_destroy(&sim);
}

static void branches_are_out_together(void **state)
{
    (void)state;
    tmesh_sim_config_t config = {.seed = 3, .capacity = 10, .step_ms_max = 1000};
    tmesh_sim_t *sim = tmesh_sim_open(&config);
    tmesh_sim_put_template(sim, SHAPE_DIAMOND);
    tmesh_task_id_t id = tmesh_sim_start(sim, "diamond", "{}");
    assert_true(tmesh_sim_run(sim, MINUTE_MS));
    assert_state(sim, id, "complete");
    tmesh_step_row_t left = tmesh_sim_step(sim, id, 2);
    tmesh_step_row_t right = tmesh_sim_step(sim, id, 3);
    assert_int_equal(left.enqueued_ms, right.enqueued_ms);
    assert_true(tmesh_sim_step(sim, id, 4).enqueued_ms >= left.completed_ms);
    assert_true(tmesh_sim_step(sim, id, 4).enqueued_ms >= right.completed_ms);
    tmesh_sim_destroy(&sim);
}

typedef struct {
    uint32_t failures;
    tmesh_sim_deed_t deed;
} fails_first_t;

static tmesh_sim_deed_t fail_first(void *self, const tmesh_parcel_t *parcel, tmesh_random_t *random)
{
    (void)random;
    fails_first_t *script = self;
    if (strcmp(parcel->step_name, "try") != 0 || script->failures == 0) return TMESH_SIM_SUCCEED;
    script->failures--;
    return script->deed;
}

static void it_tries_again_after_its_backoff(void **state)
{
    (void)state;
    fails_first_t script = {.failures = 2, .deed = TMESH_SIM_FAIL_RETRYABLE};
    tmesh_sim_t *sim = open_sim(fail_first, &script);
    int64_t begun_ms = tmesh_clock_now_ms(tmesh_sim_clock(sim));
    tmesh_task_id_t id = tmesh_sim_start(sim, "patient", "{}");
    assert_state(sim, id, "waiting_for_retry");
    assert_true(tmesh_sim_run(sim, MINUTE_MS));
    assert_state(sim, id, "complete");
    assert_int_equal(tmesh_sim_step(sim, id, 1).attempts, 3);
    // linear: 1,000 ms after the first failure, 2,000 ms after the second
    assert_int_equal(tmesh_sim_step(sim, id, 1).completed_ms - begun_ms, 3000);
    tmesh_sim_destroy(&sim);
}

static void its_attempts_run_out(void **state)
{
    (void)state;
    fails_first_t script = {.failures = 10, .deed = TMESH_SIM_FAIL_RETRYABLE};
    tmesh_sim_t *sim = open_sim(fail_first, &script);
    tmesh_task_id_t id = tmesh_sim_start(sim, "patient", "{}");
    assert_true(tmesh_sim_run(sim, MINUTE_MS));
    assert_state(sim, id, "blocked_by_failures");
    assert_step_state(sim, id, 1, "error");
    assert_step_state(sim, id, 2, "pending");
    assert_int_equal(tmesh_sim_step(sim, id, 1).attempts, 3);
    tmesh_sim_destroy(&sim);
}

static void a_permanent_failure_is_final_at_once(void **state)
{
    (void)state;
    fails_first_t script = {.failures = 1, .deed = TMESH_SIM_FAIL};
    tmesh_sim_t *sim = open_sim(fail_first, &script);
    tmesh_task_id_t id = tmesh_sim_start(sim, "patient", "{}");
    assert_state(sim, id, "blocked_by_failures");
    assert_int_equal(tmesh_sim_step(sim, id, 1).attempts, 1);
    tmesh_sim_destroy(&sim);
}

static void the_first_lost_worker_costs_no_attempt(void **state)
{
    (void)state;
    fails_first_t script = {.failures = 1, .deed = TMESH_SIM_LOSE_WORKER};
    tmesh_sim_t *sim = open_sim(fail_first, &script);
    tmesh_task_id_t id = tmesh_sim_start(sim, "patient", "{}");
    assert_state(sim, id, "complete"); // at once, without any wait
    assert_int_equal(tmesh_sim_step(sim, id, 1).attempts, 1);
    assert_int_equal(tmesh_sim_step(sim, id, 1).run, 2);
    tmesh_sim_destroy(&sim);
}

static void three_lost_workers_are_poison(void **state)
{
    (void)state;
    fails_first_t script = {.failures = 10, .deed = TMESH_SIM_LOSE_WORKER};
    tmesh_sim_t *sim = open_sim(fail_first, &script);
    tmesh_task_id_t id = tmesh_sim_start(sim, "patient", "{}");
    assert_true(tmesh_sim_run(sim, MINUTE_MS));
    assert_state(sim, id, "blocked_by_failures");
    assert_int_equal(tmesh_sim_step(sim, id, 1).workers_lost, 3);
    tmesh_sim_destroy(&sim);
}

static void a_silent_run_times_out_and_is_tried_again(void **state)
{
    (void)state;
    fails_first_t script = {.failures = 1, .deed = TMESH_SIM_STAY_SILENT};
    tmesh_sim_t *sim = open_sim(fail_first, &script);
    int64_t begun_ms = tmesh_clock_now_ms(tmesh_sim_clock(sim));
    tmesh_task_id_t id = tmesh_sim_start(sim, "patient", "{}");
    assert_step_state(sim, id, 1, "in_progress");
    assert_true(tmesh_sim_run(sim, 5 * MINUTE_MS));
    assert_state(sim, id, "complete");
    assert_int_equal(tmesh_sim_step(sim, id, 1).attempts, 2);
    assert_int_equal(tmesh_sim_step(sim, id, 1).completed_ms - begun_ms, 61000);
    tmesh_sim_destroy(&sim);
}

static void cancelling_ends_the_task_and_its_open_steps(void **state)
{
    (void)state;
    fails_first_t script = {.failures = 1, .deed = TMESH_SIM_STAY_SILENT};
    tmesh_sim_t *sim = open_sim(fail_first, &script);
    tmesh_task_id_t id = tmesh_sim_start(sim, "patient", "{}");
    assert_int_equal(tmesh_sim_cancel(sim, id), TMESH_OK);
    assert_state(sim, id, "cancelled");
    assert_step_state(sim, id, 1, "cancelled");
    assert_step_state(sim, id, 2, "cancelled");
    assert_int_equal(tmesh_sim_cancel(sim, id), TMESH_ERR_CONFLICT);
    tmesh_sim_destroy(&sim);
}

static void finalizing_a_task_that_has_ended_changes_nothing(void **state)
{
    (void)state;
    tmesh_sim_t *sim = open_sim(NULL, NULL);
    tmesh_task_id_t id = tmesh_sim_start(sim, "linear", "{}");
    assert_true(tmesh_sim_run(sim, MINUTE_MS));
    uint32_t numbers = tmesh_sim_task(sim, id).last_number;
    for (int i = 0; i < 50; i++) {
        assert_int_equal(tmesh_sim_finalize(sim, id), TMESH_FINALIZE_NO_ACTION);
    }
    assert_int_equal(tmesh_sim_task(sim, id).last_number, numbers);
    tmesh_sim_destroy(&sim);
}

static void more_tasks_than_credit_all_end(void **state)
{
    (void)state;
    tmesh_sim_config_t config = {.seed = 11, .capacity = 2, .step_ms_max = 50};
    tmesh_sim_t *sim = tmesh_sim_open(&config);
    tmesh_sim_put_template(sim, SHAPE_DIAMOND);
    for (int i = 0; i < 100; i++) (void)tmesh_sim_start(sim, "diamond", "{}");
    assert_true(tmesh_sim_run(sim, 10 * MINUTE_MS));
    tmesh_sim_check(sim);
    assert_int_equal(tmesh_sim_runs_begun(sim), 400);
    tmesh_sim_destroy(&sim);
}

static void a_delayed_task_starts_when_it_is_due(void **state)
{
    (void)state;
    tmesh_sim_t *sim = open_sim(NULL, NULL);
    int64_t begun_ms = tmesh_clock_now_ms(tmesh_sim_clock(sim));
    tmesh_submission_t submission = {
        .namespace_name = "sim", .name = "linear", .delay_ms = 90000};
    tmesh_submission_answer_t answer = tmesh_sim_submit(sim, &submission);
    assert_null(answer.fault);
    assert_state(sim, answer.task_id, "pending");
    (void)tmesh_sim_start(sim, "linear", "{\"other\": 1}");
    (void)tmesh_sim_run(sim, MINUTE_MS);
    assert_state(sim, answer.task_id, "pending");
    while (tmesh_sim_task(sim, answer.task_id).state == TMESH_TASK_PENDING) {
        tmesh_sim_pass(sim, 1000);
    }
    assert_state(sim, answer.task_id, "complete");
    assert_int_equal(tmesh_sim_step(sim, answer.task_id, 1).enqueued_ms - begun_ms, 90000);
    tmesh_sim_destroy(&sim);
}

static void equal_requests_are_one_task(void **state)
{
    (void)state;
    tmesh_sim_t *sim = open_sim(NULL, NULL);
    tmesh_submission_t submission = {
        .namespace_name = "sim",
        .name = "linear",
        .context = tmesh_bytes_of_text("{\"a\": 1, \"b\": [2.0, true]}"),
    };
    tmesh_submission_answer_t first = tmesh_sim_submit(sim, &submission);
    assert_null(first.fault);
    submission.context = tmesh_bytes_of_text("{\"b\":[2e0,true],\"a\":1}");
    tmesh_submission_answer_t second = tmesh_sim_submit(sim, &submission);
    assert_non_null(second.fault);
    assert_string_equal(second.fault->code, "duplicate_task");
    assert_memory_equal(&first.task_id, &second.task_id, sizeof first.task_id);
    submission.on_duplicate = TMESH_ON_DUPLICATE_RETURN;
    second = tmesh_sim_submit(sim, &submission);
    assert_null(second.fault);
    assert_true(second.existed);
    submission.on_duplicate = TMESH_ON_DUPLICATE_ALLOW_IF_ENDED;
    second = tmesh_sim_submit(sim, &submission); // the first has completed
    assert_null(second.fault);
    assert_false(second.existed);
    assert_memory_not_equal(&first.task_id, &second.task_id, sizeof first.task_id);
    tmesh_sim_destroy(&sim);
}

static void refusals_are_answers(void **state)
{
    (void)state;
    tmesh_sim_t *sim = open_sim(NULL, NULL);
    uint64_t commits = tmesh_store_stats(tmesh_sim_store(sim)).commits;
    tmesh_submission_t submission = {.namespace_name = "sim", .name = "nobody"};
    assert_string_equal(tmesh_sim_submit(sim, &submission).fault->code, "unknown_template");
    submission.name = "linear";
    submission.version = "9.9.9";
    assert_string_equal(tmesh_sim_submit(sim, &submission).fault->code, "unknown_template");
    assert_int_equal(tmesh_store_stats(tmesh_sim_store(sim)).commits, commits);
    tmesh_sim_destroy(&sim);
}

static void a_context_must_fit_the_schema_of_its_template(void **state)
{
    (void)state;
    tmesh_sim_t *sim = open_sim(NULL, NULL);
    tmesh_sim_put_template(sim,
                           "name: strict\nnamespace_name: sim\nversion: 1.0.0\n"
                           "input_schema: {type: object, required: [n, who], properties:"
                           " {n: {type: integer, minimum: 2, maximum: 100}}}\n"
                           "steps:\n  - {name: a, handler: {callable: work}}\n");
    uint64_t commits = tmesh_store_stats(tmesh_sim_store(sim)).commits;
    tmesh_submission_t submission = {.namespace_name = "sim", .name = "strict"};
    submission.context = tmesh_bytes_of_text("{\"n\": 101}");
    tmesh_submission_answer_t answer = tmesh_sim_submit(sim, &submission);
    assert_non_null(answer.fault);
    assert_string_equal(answer.fault->code, "input_schema_violation");
    assert_non_null(strstr(answer.fault->details, "\"/n\"")); // both are listed
    assert_non_null(strstr(answer.fault->details, "\"required\""));
    submission.context = TMESH_BYTES_NONE;
    assert_string_equal(tmesh_sim_submit(sim, &submission).fault->code, "input_schema_violation");
    assert_int_equal(tmesh_store_stats(tmesh_sim_store(sim)).commits, commits);
    submission.context = tmesh_bytes_of_text("{\"n\": 2.0, \"who\": null}");
    assert_null(tmesh_sim_submit(sim, &submission).fault);
    tmesh_sim_destroy(&sim);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_chain_runs_to_its_end),
        cmocka_unit_test(a_chain_of_four_costs_five_commits),
        cmocka_unit_test(branches_are_out_together),
        cmocka_unit_test(it_tries_again_after_its_backoff),
        cmocka_unit_test(its_attempts_run_out),
        cmocka_unit_test(a_permanent_failure_is_final_at_once),
        cmocka_unit_test(the_first_lost_worker_costs_no_attempt),
        cmocka_unit_test(three_lost_workers_are_poison),
        cmocka_unit_test(a_silent_run_times_out_and_is_tried_again),
        cmocka_unit_test(cancelling_ends_the_task_and_its_open_steps),
        cmocka_unit_test(finalizing_a_task_that_has_ended_changes_nothing),
        cmocka_unit_test(more_tasks_than_credit_all_end),
        cmocka_unit_test(a_delayed_task_starts_when_it_is_due),
        cmocka_unit_test(equal_requests_are_one_task),
        cmocka_unit_test(refusals_are_answers),
        cmocka_unit_test(a_context_must_fit_the_schema_of_its_template),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
