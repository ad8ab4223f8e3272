// Batches: one worker for each cursor, so many at once, and what a failure does to the others.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "runtime/base/memory.h"
#include "tests/simulation/support/batch_play.h"
#include "tests/simulation/support/people.h"
#include "tests/simulation/support/sim.h"

enum { MINUTE_MS = 60000, CAPACITY = 50 };

static tmesh_sim_t *open_sim(tmesh_batch_play_t *play, uint64_t seed)
{
    tmesh_sim_config_t config = {
        .seed = seed,
        .capacity = CAPACITY,
        .step_ms_max = 50,
        .double_percent = 20,
        .script = tmesh_batch_play_run,
        .script_self = play,
        .answer = tmesh_batch_play_answer,
        .answer_self = play,
    };
    tmesh_sim_t *sim = tmesh_sim_open(&config);
    tmesh_sim_put_template(sim, BATCH("fast", "3", "fail_fast"));
    tmesh_sim_put_template(sim, BATCH("on", "3", "continue_on_failure"));
    tmesh_sim_put_template(sim, BATCH("apart", "3", "isolate"));
    tmesh_sim_put_template(sim, BATCH("wide", "1000", "fail_fast"));
    return sim;
}

static tmesh_task_id_t run(tmesh_sim_t *sim, const char *name, const char *state)
{
    tmesh_task_id_t id = tmesh_sim_start(sim, name, "{}");
    assert_true(tmesh_sim_run(sim, MINUTE_MS));
    assert_string_equal(tmesh_task_state_word(tmesh_sim_task(sim, id).state), state);
    tmesh_sim_check(sim);
    return id;
}

static uint64_t dlq_entries(tmesh_sim_t *sim, tmesh_task_id_t id)
{
    tmesh_auto(tmesh_arena) arena = tmesh_arena_new();
    tmesh_dlq_filter_t filter = {.has_task = true, .task_id = id, .limit = 1000};
    tmesh_dlq_row_t *rows = NULL;
    size_t count = 0;
    assert_int_equal(
        tmesh_reader_dlq_entries(tmesh_sim_reader(sim), &filter, arena, &rows, &count), TMESH_OK);
    return count;
}

static void assert_first_worker(tmesh_sim_t *sim, tmesh_task_id_t id, const char *name)
{
    tmesh_auto(tmesh_arena) arena = tmesh_arena_new();
    tmesh_step_view_t *views = NULL;
    size_t count = 0;
    assert_int_equal(tmesh_reader_steps(tmesh_sim_reader(sim), id, arena, &views, &count),
                     TMESH_OK);
    assert_true(count > 2);
    assert_string_equal(views[2].row.name, name);
    assert_int_equal(views[2].row.batch_of, 1);
    assert_int_equal(views[1].parent_count, count - 2); // sum waits for all of them
}

static void one_worker_for_each_cursor(void **state)
{
    (void)state;
    static const int counts[] = {0, 1, 2, 4, 50};
    static const char *const names[] = {"fast", "on", "apart", "wide"};
    for (size_t i = 0; i < TMESH_COUNT_OF(counts); i++) {
        for (size_t j = 0; j < TMESH_COUNT_OF(names); j++) {
            tmesh_batch_play_t play = {.batches = counts[i]};
            tmesh_sim_t *sim = open_sim(&play, 17 + i);
            tmesh_task_id_t id = run(sim, names[j], "complete");
            uint32_t workers = counts[i] ? (uint32_t)counts[i] : 1;
            assert_int_equal(tmesh_sim_task(sim, id).steps_total, 2 + workers);
            assert_first_worker(sim, id, counts[i] ? "work_001" : "work_000");
            tmesh_sim_destroy(&sim);
        }
    }
}

static void a_failure_that_is_tolerated_is_as_good_as_done(void **state)
{
    (void)state;
    static const unsigned fails[] = {1u << 2, 0xfeu};
    for (size_t i = 0; i < TMESH_COUNT_OF(fails); i++) {
        tmesh_batch_play_t play = {.batches = 7, .fails = fails[i]};
        uint32_t failed = i ? 7 : 1;
        tmesh_sim_t *sim = open_sim(&play, 23);
        tmesh_task_id_t id = run(sim, "on", "complete");
        assert_int_equal(tmesh_sim_task(sim, id).steps_tolerated, failed);
        assert_int_equal(tmesh_sim_task(sim, id).steps_failed, 0);
        assert_int_equal(dlq_entries(sim, id), 0);
        id = run(sim, "apart", "complete");
        assert_int_equal(tmesh_sim_task(sim, id).steps_tolerated, failed);
        assert_int_equal(dlq_entries(sim, id), failed);
        tmesh_sim_destroy(&sim);
    }
}

static void fail_fast_cancels_what_runs_and_a_reset_reopens_it(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 20; seed++) {
        tmesh_batch_play_t play = {.batches = 7, .fails = 1u << 2};
        tmesh_sim_t *sim = open_sim(&play, seed);
        tmesh_task_id_t id = run(sim, "fast", "blocked_by_failures");
        assert_int_equal(tmesh_sim_task(sim, id).steps_failed, 1);
        assert_int_equal(dlq_entries(sim, id), 1);
        tmesh_sim_pass(sim, MINUTE_MS);
        for (uint16_t i = 4; i <= 10; i++) {
            assert_int_not_equal(tmesh_sim_step(sim, id, i).state, TMESH_STEP_IN_PROGRESS);
        }
        play.fails = 0;
        const char *refusal = tmesh_people_act_on_step(
            sim, id, 5, TMESH_STEP_ACTION_RESET_FOR_RETRY, NULL);
        assert_string_equal(refusal, "");
        assert_true(tmesh_sim_run(sim, MINUTE_MS));
        assert_int_equal(tmesh_sim_task(sim, id).state, TMESH_TASK_COMPLETE);
        assert_int_equal(tmesh_sim_task(sim, id).steps_cancelled, 0);
        tmesh_sim_check(sim);
        tmesh_sim_destroy(&sim);
    }
}

static void a_retry_of_the_task_reopens_a_batch_that_failed_fast(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 20; seed++) {
        tmesh_batch_play_t play = {.batches = 7, .fails = 1u << 2 | 1u << 3};
        tmesh_sim_t *sim = open_sim(&play, seed);
        tmesh_task_id_t id = run(sim, "fast", "blocked_by_failures");
        play.fails = 0;
        assert_string_equal(tmesh_people_act_on_task(sim, id, TMESH_TASK_ACTION_RETRY), "");
        assert_true(tmesh_sim_run(sim, MINUTE_MS));
        assert_int_equal(tmesh_sim_task(sim, id).state, TMESH_TASK_COMPLETE);
        assert_int_equal(tmesh_sim_task(sim, id).steps_done, tmesh_sim_task(sim, id).steps_total);
        tmesh_sim_check(sim);
        tmesh_sim_destroy(&sim);
    }
}

static void a_retry_of_the_task_leaves_what_was_tolerated(void **state)
{
    (void)state;
    tmesh_batch_play_t play = {.batches = 7, .fails = 1u << 2, .sum_fails = true};
    tmesh_sim_t *sim = open_sim(&play, 29);
    tmesh_task_id_t id = run(sim, "on", "blocked_by_failures");
    play = (tmesh_batch_play_t){.batches = 7};
    assert_string_equal(tmesh_people_act_on_task(sim, id, TMESH_TASK_ACTION_RETRY), "");
    assert_true(tmesh_sim_run(sim, MINUTE_MS));
    assert_int_equal(tmesh_sim_task(sim, id).state, TMESH_TASK_COMPLETE);
    assert_int_equal(tmesh_sim_task(sim, id).steps_tolerated, 1); // others have gone on from there
    tmesh_sim_check(sim);
    tmesh_sim_destroy(&sim);
}

static void all_of_it_survives_crashes_and_lost_messages(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 20; seed++) {
        tmesh_batch_play_t play = {.batches = 20, .fails = 1u << 3};
        tmesh_sim_t *sim = open_sim(&play, seed);
        tmesh_task_id_t id = tmesh_sim_start(sim, "on", "{}");
        for (int i = 0; i < 5; i++) {
            tmesh_sim_pass(sim, 20);
            tmesh_sim_crash(sim, i % 2);
            tmesh_sim_check(sim);
        }
        assert_true(tmesh_sim_run(sim, 10 * MINUTE_MS));
        assert_int_equal(tmesh_sim_task(sim, id).state, TMESH_TASK_COMPLETE);
        assert_int_equal(tmesh_sim_task(sim, id).steps_done, 21);
        tmesh_sim_check(sim);
        tmesh_sim_destroy(&sim);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_worker_for_each_cursor),
        cmocka_unit_test(a_failure_that_is_tolerated_is_as_good_as_done),
        cmocka_unit_test(fail_fast_cancels_what_runs_and_a_reset_reopens_it),
        cmocka_unit_test(a_retry_of_the_task_reopens_a_batch_that_failed_fast),
        cmocka_unit_test(a_retry_of_the_task_leaves_what_was_tolerated),
        cmocka_unit_test(all_of_it_survives_crashes_and_lost_messages),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
