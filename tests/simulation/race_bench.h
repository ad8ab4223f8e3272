// tests/simulation/race_bench.h - a mesh whose actors take turns in an order that the seed gives,
// and a worker that says what the test says.
#ifndef TMESH_TESTS_SIMULATION_RACE_BENCH_H
#define TMESH_TESTS_SIMULATION_RACE_BENCH_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "runtime/base/memory.h"
#include "tests/simulation/support/history.h"
#include "tests/simulation/support/people.h"
#include "tests/simulation/support/player.h"
#include "tests/simulation/support/shapes.h"

enum { MINUTE_MS = 60000, TRANSITIONS_MAX = 200 };
enum { SUBMITTERS = 4 };

#define SHAPE_ONE                                                                                  \
    "name: one\nnamespace_name: sim\nversion: 1.0.0\nsteps:\n"                                     \
    "  - {name: only, handler: {callable: work}}\n"

typedef struct {
    tmesh_sim_t *sim;
    tmesh_random_t *random;
    tmesh_submission_answer_t submitted[SUBMITTERS];
    char codes[SUBMITTERS][64];
} bench_t;

static tmesh_sim_deed_t keep(void *self, const tmesh_parcel_t *parcel, tmesh_random_t *random)
{
    (void)self;
    (void)parcel;
    (void)random;
    return TMESH_SIM_KEEP;
}

static int set_up(void **state)
{
    const char *given = getenv("TMESH_SEED");
    uint64_t seed = given ? strtoull(given, NULL, 10) : 11;
    bench_t *bench = tmesh_alloc(sizeof *bench);
    tmesh_sim_config_t config = {
        .seed = seed, .capacity = 1000, .shuffled = true, .script = keep, .script_self = bench};
    bench->sim = tmesh_sim_open(&config);
    bench->random = tmesh_random_new_seeded(seed);
    tmesh_sim_put_template(bench->sim, SHAPE_ONE);
    tmesh_sim_put_template(bench->sim, SHAPE_DIAMOND);
    print_message("TMESH_SEED=%llu\n", (unsigned long long)seed);
    *state = bench;
    return 0;
}

static int tear_down(void **state)
{
    bench_t *bench = *state;
    tmesh_history_check_store(tmesh_sim_reader(bench->sim));
    tmesh_sim_destroy(&bench->sim);
    tmesh_random_destroy(&bench->random);
    tmesh_free(bench);
    return 0;
}

[[maybe_unused]] static bool toss(bench_t *bench)
{
    return tmesh_random_below(bench->random, 2) == 0;
}

static void say(bench_t *bench, tmesh_task_id_t id, uint16_t number, bool succeeds)
{
    tmesh_process_step_result_request_t report = {
        .fence = tmesh_reports_fence(bench->sim, id, number),
        .kind = succeeds ? TMESH_RESULT_SUCCESS : TMESH_RESULT_FAILURE,
        .retry_after_ms = -1,
        .error_code = succeeds ? NULL : "handler_error",
        .result = succeeds ? tmesh_bytes_of_text("1") : TMESH_BYTES_NONE,
    };
    tmesh_reports_say(bench->sim, &report);
}

[[maybe_unused]] static void say_and_hear(bench_t *bench, tmesh_task_id_t id, uint16_t number,
                                          bool succeeds)
{
    say(bench, id, number, succeeds);
    assert_int_equal(tmesh_reports_hear(bench->sim)->err, TMESH_OK);
}

static bool is_in(bench_t *bench, tmesh_task_id_t id, tmesh_task_state_t state)
{
    return tmesh_sim_task(bench->sim, id).state == state;
}

// How many passages of the task, and not of its steps, have led there.
static int passages_to(bench_t *bench, tmesh_task_id_t id, const char *state)
{
    tmesh_auto(tmesh_arena) arena = tmesh_arena_new();
    tmesh_transition_row_t *rows = NULL;
    size_t count = 0;
    tmesh_err_t err = tmesh_reader_transitions(tmesh_sim_reader(bench->sim), id, 0,
                                               TRANSITIONS_MAX, arena, &rows, &count);
    assert_int_equal(err, TMESH_OK);
    int found = 0;
    for (size_t i = 0; i < count; i++) {
        found += rows[i].step_number == 0 && strcmp(rows[i].to, state) == 0;
    }
    return found;
}

#endif
