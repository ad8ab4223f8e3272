// Many tasks at once (SPEC 6.4): retried, cancelled, judged without changing anything.
#include "tests/simulation/manual_bench.h"

enum { BATCH = 256 };

static const tmesh_task_action_t every_action[] = {
    TMESH_TASK_ACTION_GIVE_UP, TMESH_TASK_ACTION_RESOLVE, TMESH_TASK_ACTION_RESET,
    TMESH_TASK_ACTION_RETRY,   TMESH_TASK_ACTION_PAUSE,   TMESH_TASK_ACTION_RESUME,
};

// Both sides of a diamond fail until they are repaired; then its runs stay out.
static tmesh_sim_deed_t play_sides(void *self, const tmesh_parcel_t *parcel,
                                   tmesh_random_t *random)
{
    (void)random;
    const bool *is_repaired = self;
    const char *name = parcel->step_name;
    if (strcmp(name, "left") != 0 && strcmp(name, "right") != 0) return TMESH_SIM_SUCCEED;
    return *is_repaired ? TMESH_SIM_KEEP : TMESH_SIM_FAIL;
}

static tmesh_sim_t *open_sides(bool *is_repaired)
{
    tmesh_sim_config_t config = {
        .seed = 7, .capacity = 10, .script = play_sides, .script_self = is_repaired};
    tmesh_sim_t *sim = tmesh_sim_open(&config);
    tmesh_sim_put_template(sim, SHAPE_DIAMOND);
    return sim;
}

// Nobody ends a step: whatever is committed, people have caused.
static tmesh_sim_deed_t keep_all(void *self, const tmesh_parcel_t *parcel, tmesh_random_t *random)
{
    (void)self;
    (void)parcel;
    (void)random;
    return TMESH_SIM_KEEP;
}

static tmesh_sim_t *open_kept(void)
{
    tmesh_sim_config_t config = {.seed = 9, .capacity = 10, .script = keep_all};
    tmesh_sim_t *sim = tmesh_sim_open(&config);
    tmesh_sim_put_template(sim, SHAPE_LINEAR);
    return sim;
}

// A context each, so that they are different tasks.
static tmesh_task_id_t start_numbered(tmesh_sim_t *sim, const char *name, int number)
{
    char context[32];
    snprintf(context, sizeof context, "{\"n\":%d}", number);
    return tmesh_sim_start(sim, name, context);
}

static void all_failed_steps_are_tried_again_in_one_commit(void **state)
{
    (void)state;
    bool is_repaired = false;
    tmesh_sim_t *sim = open_sides(&is_repaired);
    tmesh_task_id_t id = tmesh_sim_start(sim, "diamond", "{}");
    assert_task(sim, id, "blocked_by_failures");
    assert_int_equal(tmesh_sim_task(sim, id).steps_failed, 2);
    is_repaired = true;
    uint64_t before = commits(sim);
    assert_string_equal(tmesh_people_act_on_task(sim, id, TMESH_TASK_ACTION_RETRY), "");
    assert_int_equal(commits(sim), before + 1);
    assert_task(sim, id, "steps_in_process");
    for (uint16_t number = 2; number <= 3; number++) {
        assert_step(sim, id, number, "enqueued");
        assert_int_equal(tmesh_sim_step(sim, id, number).attempts, 0);
        assert_int_equal(tmesh_sim_step(sim, id, number).run, 2); // and it is out again
    }
    assert_int_equal(tmesh_sim_step(sim, id, 1).run, 1);
    char text[128];
    read_metadata(sim, id, "ResetForRetry", text, sizeof text);
    assert_string_equal(text, "{\"reason\":\"asked to\",\"by\":\"sim\"}");
    read_metadata(sim, id, "ManualIntervention", text, sizeof text);
    assert_string_equal(text, "{\"reason\":\"asked to\",\"by\":\"sim\"}");
    assert_string_equal(tmesh_people_act_on_task(sim, id, TMESH_TASK_ACTION_RETRY),
                        "invalid_transition");
    tmesh_sim_destroy(&sim);
}

static void what_still_fails_blocks_again(void **state)
{
    (void)state;
    bool is_repaired = false;
    tmesh_sim_t *sim = open_sides(&is_repaired);
    tmesh_task_id_t id = tmesh_sim_start(sim, "diamond", "{}");
    assert_string_equal(tmesh_people_act_on_task(sim, id, TMESH_TASK_ACTION_RETRY), "");
    assert_task(sim, id, "blocked_by_failures");
    assert_int_equal(tmesh_sim_step(sim, id, 2).run, 2);
    assert_string_equal(tmesh_people_act_on_task(sim, id, TMESH_TASK_ACTION_GIVE_UP), "");
    assert_string_equal(tmesh_people_act_on_task(sim, id, TMESH_TASK_ACTION_RETRY), "task_ended");
    tmesh_sim_destroy(&sim);
}

static void a_paused_task_that_is_retried_stays_paused(void **state)
{
    (void)state;
    bool is_repaired = false;
    tmesh_sim_t *sim = open_sides(&is_repaired);
    tmesh_task_id_t id = tmesh_sim_start(sim, "diamond", "{}");
    assert_string_equal(tmesh_people_act_on_task(sim, id, TMESH_TASK_ACTION_PAUSE), "");
    is_repaired = true;
    assert_string_equal(tmesh_people_act_on_task(sim, id, TMESH_TASK_ACTION_RETRY), "");
    assert_task(sim, id, "steps_in_process");
    assert_true(tmesh_sim_step(sim, id, 2).held);
    assert_string_equal(tmesh_people_act_on_task(sim, id, TMESH_TASK_ACTION_RESUME), "");
    assert_int_equal(tmesh_sim_step(sim, id, 2).run, 2);
    tmesh_sim_destroy(&sim);
}

static void a_dry_run_says_what_would_be_said_and_writes_nothing(void **state)
{
    (void)state;
    script_t script = {.failing = {"left"}};
    tmesh_sim_t *sim = open_sim(&script);
    tmesh_task_id_t blocked = tmesh_sim_start(sim, "diamond", "{}");
    tmesh_task_id_t in_error = tmesh_sim_start(sim, "diamond", "{\"n\":2}");
    assert_string_equal(tmesh_people_act_on_task(sim, in_error, TMESH_TASK_ACTION_GIVE_UP), "");
    tmesh_task_id_t complete = tmesh_sim_start(sim, "linear", "{}");
    static const struct {
        const char *cancel, *actions[TMESH_COUNT_OF(every_action)];
    } expected[] = {
        {"", {"", "", "invalid_transition", "", "", ""}},
        {"task_ended", {"task_ended", "task_ended", "", "task_ended", "task_ended", "task_ended"}},
        {"task_ended",
         {"task_ended", "task_ended", "task_ended", "task_ended", "task_ended", "task_ended"}},
    };
    const tmesh_task_id_t ids[] = {blocked, in_error, complete};
    uint64_t before = commits(sim);
    for (size_t i = 0; i < TMESH_COUNT_OF(ids); i++) {
        uint32_t last_number = tmesh_sim_task(sim, ids[i]).last_number;
        assert_string_equal(tmesh_people_try_to_cancel(sim, ids[i]), expected[i].cancel);
        for (size_t j = 0; j < TMESH_COUNT_OF(every_action); j++) {
            assert_string_equal(tmesh_people_try_on_task(sim, ids[i], every_action[j]),
                                expected[i].actions[j]);
        }
        assert_int_equal(tmesh_sim_task(sim, ids[i]).last_number, last_number);
    }
    assert_int_equal(commits(sim), before);
    assert_string_equal(tmesh_people_try_to_cancel(sim, (tmesh_task_id_t){{1}}), "unknown_task");
    assert_task(sim, blocked, "blocked_by_failures");
    assert_task(sim, in_error, "error");
    assert_task(sim, complete, "complete");
    tmesh_sim_destroy(&sim);
}

static void a_dry_run_of_a_reset_takes_no_identity(void **state)
{
    (void)state;
    script_t script = {.failing = {"a"}};
    tmesh_sim_t *sim = open_sim(&script);
    tmesh_submission_t submission = {
        .namespace_name = "sim", .name = "linear", .idempotency_key = "k"};
    tmesh_task_id_t first = tmesh_sim_submit(sim, &submission).task_id;
    assert_string_equal(tmesh_people_act_on_task(sim, first, TMESH_TASK_ACTION_GIVE_UP), "");
    assert_string_equal(tmesh_people_try_on_task(sim, first, TMESH_TASK_ACTION_RESET), "");
    tmesh_submission_answer_t second = tmesh_sim_submit(sim, &submission);
    assert_null(second.fault); // the identity is still free
    assert_string_equal(tmesh_people_try_on_task(sim, first, TMESH_TASK_ACTION_RESET),
                        "duplicate_task");
    assert_task(sim, first, "error");
    assert_task(sim, second.task_id, "blocked_by_failures");
    tmesh_sim_destroy(&sim);
}

static void a_whole_batch_is_one_commit_and_refusals_hinder_nobody(void **state)
{
    (void)state;
    tmesh_sim_t *sim = open_kept();
    tmesh_task_id_t ids[BATCH];
    for (int i = 0; i < BATCH; i++) ids[i] = start_numbered(sim, "linear", i);
    for (int i = 0; i < BATCH; i += 4) {
        assert_int_equal(tmesh_sim_cancel(sim, ids[i]), TMESH_OK);
    }
    uint64_t before = commits(sim);
    uint32_t refusals = tmesh_people_refusals(sim);
    for (int i = 0; i < BATCH; i++) tmesh_people_tell_task(sim, ids[i], TMESH_TASK_ACTION_RESOLVE);
    tmesh_sim_settle(sim);
    assert_int_equal(commits(sim), before + 1);
    assert_int_equal(tmesh_people_refusals(sim), refusals + BATCH / 4);
    for (int i = 0; i < BATCH; i++) {
        assert_string_equal(tmesh_task_state_word(tmesh_sim_task(sim, ids[i]).state),
                            i % 4 ? "resolved_manually" : "cancelled");
    }
    tmesh_sim_check(sim);
    tmesh_sim_destroy(&sim);
}

static void a_dry_run_beside_the_real_thing_sees_it_and_adds_nothing(void **state)
{
    (void)state;
    tmesh_sim_t *sim = open_kept();
    tmesh_task_id_t first = start_numbered(sim, "linear", 1);
    tmesh_task_id_t second = start_numbered(sim, "linear", 2);
    uint64_t before = commits(sim);
    uint32_t answers = tmesh_people_answers(sim);
    uint32_t refusals = tmesh_people_refusals(sim);
    tmesh_people_tell_task(sim, first, TMESH_TASK_ACTION_RESOLVE);
    tmesh_people_tell_trial(sim, first, TMESH_TASK_ACTION_RESOLVE);
    tmesh_people_tell_trial(sim, second, TMESH_TASK_ACTION_RESOLVE);
    tmesh_sim_settle(sim);
    assert_int_equal(tmesh_people_answers(sim), answers + 3);
    assert_int_equal(tmesh_people_refusals(sim), refusals + 1);
    assert_int_equal(commits(sim), before + 1);
    assert_task(sim, first, "resolved_manually");
    assert_task(sim, second, "steps_in_process");
    tmesh_sim_destroy(&sim);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_failed_steps_are_tried_again_in_one_commit),
        cmocka_unit_test(what_still_fails_blocks_again),
        cmocka_unit_test(a_paused_task_that_is_retried_stays_paused),
        cmocka_unit_test(a_dry_run_says_what_would_be_said_and_writes_nothing),
        cmocka_unit_test(a_dry_run_of_a_reset_takes_no_identity),
        cmocka_unit_test(a_whole_batch_is_one_commit_and_refusals_hinder_nobody),
        cmocka_unit_test(a_dry_run_beside_the_real_thing_sees_it_and_adds_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
