// tests/simulation/manual_bench.h - what the tests of people's actions share: workers that fail at
// will, and looks at what came of it.
#ifndef TMESH_TESTS_SIMULATION_MANUAL_BENCH_H
#define TMESH_TESTS_SIMULATION_MANUAL_BENCH_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "runtime/base/memory.h"
#include "tests/simulation/support/people.h"
#include "tests/simulation/support/shapes.h"

enum { MINUTE_MS = 60000, TRANSITIONS_MAX = 1000 };

#define RESET TMESH_STEP_ACTION_RESET_FOR_RETRY
#define RESOLVE TMESH_STEP_ACTION_RESOLVE_MANUALLY
#define COMPLETE TMESH_STEP_ACTION_COMPLETE_MANUALLY

// The steps that fail for good, as long as they stand here.
typedef struct {
    const char *failing[4];
    const char *silent; // runs for ever
    char last_input[64];
} script_t;

[[maybe_unused]] static tmesh_sim_deed_t play(void *self, const tmesh_parcel_t *parcel, tmesh_random_t *random)
{
    (void)random;
    script_t *script = self;
    for (uint32_t i = 0; i < parcel->input_count; i++) {
        snprintf(script->last_input, sizeof script->last_input, "%.*s",
                 (int)parcel->inputs[i].result.size, parcel->inputs[i].result.data);
    }
    for (size_t i = 0; i < TMESH_COUNT_OF(script->failing); i++) {
        bool fails = script->failing[i] && strcmp(script->failing[i], parcel->step_name) == 0;
        if (fails) return TMESH_SIM_FAIL;
    }
    bool is_silent = script->silent && strcmp(script->silent, parcel->step_name) == 0;
    return is_silent ? TMESH_SIM_STAY_SILENT : TMESH_SIM_SUCCEED;
}

[[maybe_unused]] static tmesh_sim_t *open_sim(script_t *script)
{
    tmesh_sim_config_t config = {.seed = 5, .capacity = 10, .script = play, .script_self = script};
    tmesh_sim_t *sim = tmesh_sim_open(&config);
    tmesh_sim_put_template(sim, SHAPE_LINEAR);
    tmesh_sim_put_template(sim, SHAPE_DIAMOND);
    return sim;
}

[[maybe_unused]] static void assert_task(tmesh_sim_t *sim, tmesh_task_id_t id, const char *word)
{
    assert_string_equal(tmesh_task_state_word(tmesh_sim_task(sim, id).state), word);
    tmesh_sim_check(sim);
}

[[maybe_unused]] static void assert_step(tmesh_sim_t *sim, tmesh_task_id_t id, uint16_t number, const char *word)
{
    assert_string_equal(tmesh_step_state_word(tmesh_sim_step(sim, id, number).state), word);
}

[[maybe_unused]] static uint64_t commits(tmesh_sim_t *sim)
{
    return tmesh_store_stats(tmesh_sim_store(sim)).commits;
}

// The metadata of the last transition with this event.
[[maybe_unused]] static void read_metadata(tmesh_sim_t *sim, tmesh_task_id_t id, const char *event, char *text,
                          size_t size)
{
    tmesh_auto(tmesh_arena) arena = tmesh_arena_new();
    tmesh_transition_row_t *rows = NULL;
    size_t count = 0;
    tmesh_err_t err = tmesh_reader_transitions(tmesh_sim_reader(sim), id, 0, TRANSITIONS_MAX,
                                               arena, &rows, &count);
    assert_int_equal(err, TMESH_OK);
    snprintf(text, size, "none");
    for (size_t i = 0; i < count; i++) {
        if (strcmp(rows[i].event, event) != 0) continue;
        snprintf(text, size, "%s", rows[i].metadata ? rows[i].metadata : "null");
    }
}

[[maybe_unused]] static tmesh_sim_deed_t play_roots(void *self, const tmesh_parcel_t *parcel,
                                   tmesh_random_t *random)
{
    (void)random;
    const bool *is_repaired = self;
    if (*is_repaired) return TMESH_SIM_SUCCEED;
    if (strcmp(parcel->step_name, "bad") == 0) return TMESH_SIM_FAIL;
    if (strcmp(parcel->step_name, "again") == 0) return TMESH_SIM_FAIL_RETRYABLE;
    return TMESH_SIM_SUCCEED;
}

#endif
