// Runs that go on: handed over to somebody else, with checkpoints, with their time limit extended.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "runtime/base/memory.h"
#include "tests/simulation/support/reports.h"
#include "tests/simulation/support/shapes.h"

enum { SECOND_MS = 1000, TRY = 1 }; // step 1 of SHAPE_PATIENT has 60 s and three attempts

static tmesh_sim_deed_t keep(void *self, const tmesh_parcel_t *parcel, tmesh_random_t *random)
{
    (void)self;
    (void)random;
    return strcmp(parcel->step_name, "try") == 0 ? TMESH_SIM_KEEP : TMESH_SIM_SUCCEED;
}

typedef struct {
    tmesh_sim_t *sim;
    tmesh_task_id_t id;
} bench_t;

static bench_t open_bench(void)
{
    static const tmesh_sim_config_t config = {.seed = 31, .capacity = 4, .script = keep};
    bench_t bench = {.sim = tmesh_sim_open(&config)};
    tmesh_sim_put_template(bench.sim, SHAPE_PATIENT);
    bench.id = tmesh_sim_start(bench.sim, "patient", "{}");
    return bench;
}

static void close_bench(bench_t *bench)
{
    tmesh_sim_check(bench->sim);
    tmesh_sim_destroy(&bench->sim);
}

static tmesh_fence_t fence_of(const bench_t *bench)
{
    return tmesh_reports_fence(bench->sim, bench->id, TRY);
}

static tmesh_step_row_t row_of(const bench_t *bench)
{
    return tmesh_sim_step(bench->sim, bench->id, TRY);
}

static tmesh_heard_t say(const bench_t *bench, tmesh_fence_t fence, tmesh_result_kind_t kind)
{
    const tmesh_process_step_result_request_t report = {
        .fence = fence,
        .kind = kind,
        .retryable = true,
        .retry_after_ms = -1,
        .error_code = kind == TMESH_RESULT_SUCCESS ? NULL : "x",
        .result = kind == TMESH_RESULT_SUCCESS ? tmesh_bytes_of_text("1") : TMESH_BYTES_NONE,
    };
    tmesh_reports_say(bench->sim, &report);
    tmesh_heard_t heard = *tmesh_reports_hear(bench->sim);
    tmesh_sim_check(bench->sim);
    return heard;
}

static void save(const bench_t *bench, const char *cursor)
{
    tmesh_reports_say_checkpoint(bench->sim, fence_of(bench), cursor);
    assert_int_equal(tmesh_reports_hear(bench->sim)->err, TMESH_OK);
    tmesh_sim_check(bench->sim);
}

// The checkpoints of the step, oldest first.
static size_t checkpoints_of(const bench_t *bench, tmesh_arena_t *arena,
                             tmesh_checkpoint_row_t **rows_p)
{
    size_t count = 0;
    assert_int_equal(tmesh_reader_checkpoints(tmesh_sim_reader(bench->sim), row_of(bench).id, arena,
                                              rows_p, &count),
                     TMESH_OK);
    return count;
}

static void what_was_handed_over_survives_worker_and_daemon(void **state)
{
    (void)state;
    enum { NOTHING, LOST, CRASH, CRASH_AND_BACK, MISHAPS };
    for (int mishap = NOTHING; mishap < MISHAPS; mishap++) {
        bench_t bench = open_bench();
        tmesh_fence_t fence = fence_of(&bench);
        tmesh_heard_t heard = say(&bench, fence, TMESH_RESULT_PENDING);
        assert_int_equal(heard.err, TMESH_OK);
        assert_int_equal(heard.state, TMESH_STEP_IN_PROGRESS);
        if (mishap == LOST) (void)say(&bench, fence, TMESH_RESULT_WORKER_LOST);
        if (mishap == CRASH) tmesh_sim_crash(bench.sim, false);
        if (mishap == CRASH_AND_BACK) { // it had not heard the answer, and leaves for good then
            tmesh_sim_crash(bench.sim, false);
            tmesh_reports_say_sent(bench.sim, fence, true);
            assert_int_equal(tmesh_reports_hear(bench.sim)->err, TMESH_OK);
            (void)say(&bench, fence, TMESH_RESULT_WORKER_LOST);
        }
        tmesh_sim_pass(bench.sim, 50 * SECOND_MS);
        assert_int_equal(row_of(&bench).run, 1);
        assert_int_equal(row_of(&bench).state, TMESH_STEP_IN_PROGRESS);
        assert_true(row_of(&bench).handed_over);
        assert_int_equal(say(&bench, fence, TMESH_RESULT_SUCCESS).state, TMESH_STEP_COMPLETE);
        assert_false(row_of(&bench).handed_over);
        assert_true(tmesh_sim_run(bench.sim, SECOND_MS));
        assert_int_equal(tmesh_sim_task(bench.sim, bench.id).state, TMESH_TASK_COMPLETE);
        assert_int_equal(row_of(&bench).attempts, 1);
        close_bench(&bench);
    }
}

static void its_time_limit_goes_on_over_a_crash(void **state)
{
    (void)state;
    bench_t bench = open_bench();
    tmesh_fence_t fence = fence_of(&bench);
    (void)say(&bench, fence, TMESH_RESULT_PENDING);
    tmesh_sim_pass(bench.sim, 30 * SECOND_MS);
    tmesh_sim_crash(bench.sim, false);
    tmesh_sim_pass(bench.sim, 28 * SECOND_MS);
    assert_int_equal(row_of(&bench).run, 1);
    tmesh_sim_pass(bench.sim, 4 * SECOND_MS); // a minute is over, and the wait before the retry
    assert_int_equal(row_of(&bench).run, 2);
    assert_int_equal(row_of(&bench).attempts, 1);
    assert_false(row_of(&bench).handed_over);
    assert_string_equal(say(&bench, fence, TMESH_RESULT_SUCCESS).code, "stale_run");
    close_bench(&bench);
}

// The daemon has started again and waits for the worker, which says at once that others report.
static void a_run_may_be_handed_over_while_its_worker_is_awaited(void **state)
{
    (void)state;
    bench_t bench = open_bench();
    tmesh_fence_t fence = fence_of(&bench);
    tmesh_reports_say_sent(bench.sim, fence, false);
    (void)tmesh_reports_hear(bench.sim);
    tmesh_sim_crash(bench.sim, false);
    assert_int_equal(row_of(&bench).due_for, TMESH_STEP_DUE_ADOPTION);
    (void)say(&bench, fence, TMESH_RESULT_PENDING);
    assert_int_equal(row_of(&bench).due_for, TMESH_STEP_DUE_TIMEOUT);
    tmesh_sim_pass(bench.sim, 50 * SECOND_MS);
    assert_int_equal(row_of(&bench).run, 1);
    tmesh_sim_pass(bench.sim, 15 * SECOND_MS);
    assert_int_equal(row_of(&bench).run, 2);
    close_bench(&bench);
}

static void checkpoints_are_kept_over_retries_and_crashes(void **state)
{
    (void)state;
    bench_t bench = open_bench();
    save(&bench, "1");
    assert_int_equal(row_of(&bench).state, TMESH_STEP_IN_PROGRESS); // it is recorded as sent
    save(&bench, "2");
    assert_int_equal(row_of(&bench).run, 1);
    assert_int_equal(row_of(&bench).attempts, 1);
    (void)say(&bench, fence_of(&bench), TMESH_RESULT_FAILURE);
    tmesh_sim_pass(bench.sim, 2 * SECOND_MS);
    assert_int_equal(row_of(&bench).run, 2);
    assert_string_equal(tmesh_reports_last_checkpoint(bench.sim), "2");
    save(&bench, "3");
    tmesh_sim_crash(bench.sim, false);
    tmesh_sim_pass(bench.sim, 10 * SECOND_MS);
    assert_int_equal(row_of(&bench).run, 3);
    assert_string_equal(tmesh_reports_last_checkpoint(bench.sim), "3");
    tmesh_auto(tmesh_arena) arena = tmesh_arena_new();
    tmesh_checkpoint_row_t *rows = NULL;
    assert_int_equal(checkpoints_of(&bench, arena, &rows), 3);
    for (uint32_t i = 0; i < 3; i++) assert_int_equal(rows[i].number, i + 1);
    assert_int_equal(rows[2].run, 2);
    close_bench(&bench);
}

static void the_last_hundred_are_kept(void **state)
{
    (void)state;
    bench_t bench = open_bench();
    for (int i = 1; i <= 250; i++) { // in one batch, and one by one
        char cursor[16];
        snprintf(cursor, sizeof cursor, "%d", i);
        tmesh_reports_say_checkpoint(bench.sim, fence_of(&bench), cursor);
        if (i > 200) (void)tmesh_reports_hear(bench.sim);
    }
    tmesh_auto(tmesh_arena) arena = tmesh_arena_new();
    tmesh_checkpoint_row_t *rows = NULL;
    assert_int_equal(checkpoints_of(&bench, arena, &rows), 100);
    assert_int_equal(rows[0].number, 151);
    for (int i = 0; i < 99; i++) assert_null(rows[i].accumulated.data);
    assert_true(tmesh_bytes_equal_text(rows[99].cursor, "250"));
    assert_true(tmesh_bytes_equal_text(rows[99].accumulated, "[250]"));
    close_bench(&bench);
}

static void checkpoints_of_runs_that_are_over_are_refused(void **state)
{
    (void)state;
    bench_t bench = open_bench();
    tmesh_fence_t fence = fence_of(&bench);
    (void)say(&bench, fence, TMESH_RESULT_SUCCESS);
    tmesh_reports_say_checkpoint(bench.sim, fence, "1");
    assert_string_equal(tmesh_reports_hear(bench.sim)->code, "stale_run");
    tmesh_auto(tmesh_arena) arena = tmesh_arena_new();
    tmesh_checkpoint_row_t *rows = NULL;
    assert_int_equal(checkpoints_of(&bench, arena, &rows), 0);
    close_bench(&bench);
}

static void an_extension_begins_the_time_limit_anew(void **state)
{
    (void)state;
    bench_t bench = open_bench();
    tmesh_fence_t fence = fence_of(&bench);
    tmesh_reports_say_sent(bench.sim, fence, false);
    (void)tmesh_reports_hear(bench.sim);
    for (int i = 0; i < 3; i++) {
        tmesh_sim_pass(bench.sim, 50 * SECOND_MS);
        tmesh_reports_say_extends(bench.sim, fence, false);
        assert_int_equal(tmesh_reports_hear(bench.sim)->err, TMESH_OK);
    }
    assert_int_equal(row_of(&bench).run, 1); // after 150 of 60 seconds
    tmesh_sim_crash(bench.sim, false);
    tmesh_reports_say_extends(bench.sim, fence, true); // its worker is back with it
    assert_int_equal(tmesh_reports_hear(bench.sim)->err, TMESH_OK);
    tmesh_sim_pass(bench.sim, 50 * SECOND_MS);
    assert_int_equal(row_of(&bench).run, 1);
    tmesh_sim_pass(bench.sim, 15 * SECOND_MS);
    assert_int_equal(row_of(&bench).run, 2);
    tmesh_reports_say_extends(bench.sim, fence, false);
    assert_string_equal(tmesh_reports_hear(bench.sim)->code, "stale_run");
    close_bench(&bench);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_handed_over_survives_worker_and_daemon),
        cmocka_unit_test(its_time_limit_goes_on_over_a_crash),
        cmocka_unit_test(a_run_may_be_handed_over_while_its_worker_is_awaited),
        cmocka_unit_test(checkpoints_are_kept_over_retries_and_crashes),
        cmocka_unit_test(the_last_hundred_are_kept),
        cmocka_unit_test(checkpoints_of_runs_that_are_over_are_refused),
        cmocka_unit_test(an_extension_begins_the_time_limit_anew),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
