// Messages between actors are nudges: with any share of them lost, with results said twice, and
// with the process dying again and again, every task ends as its script says, by its due times.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/simulation/support/shapes.h"
#include "tests/simulation/support/sim.h"

enum { HOUR_MS = 3600000, TASKS = 12, ROUNDS_DEFAULT = 40 };

static uint64_t first_seed(void)
{
    const char *given = getenv("TMESH_SEED");
    return given ? strtoull(given, NULL, 10) : 1;
}

static int rounds(void)
{
    const char *given = getenv("TMESH_PROPERTY_CASES");
    int cases = given ? atoi(given) : ROUNDS_DEFAULT;
    return cases > 1000 ? 1000 : cases;
}

static tmesh_sim_deed_t stumble(void *self, const tmesh_parcel_t *parcel, tmesh_random_t *random)
{
    (void)self;
    // Attempts are limited, so the last one of a step always succeeds.
    if (parcel->attempt >= 2) return TMESH_SIM_SUCCEED;
    switch (tmesh_random_below(random, 8)) {
    case 0: return TMESH_SIM_FAIL_RETRYABLE;
    case 1: return TMESH_SIM_STAY_SILENT;
    default: return TMESH_SIM_SUCCEED;
    }
}

static tmesh_sim_t *open_sim(uint64_t seed, unsigned lose_percent)
{
    tmesh_sim_config_t config = {
        .seed = seed,
        .lose_percent = lose_percent,
        .double_percent = 20,
        .capacity = 100000, // a lost message loses its credit too, which the real gateway finds
        .step_ms_max = 2000,
        .script = stumble,
    };
    tmesh_sim_t *sim = tmesh_sim_open(&config);
    tmesh_sim_put_template(sim, SHAPE_LINEAR);
    tmesh_sim_put_template(sim, SHAPE_DIAMOND);
    tmesh_sim_put_template(sim, SHAPE_PATIENT);
    return sim;
}

static void start_tasks(tmesh_sim_t *sim, tmesh_task_id_t ids[TASKS])
{
    static const char *const names[] = {"linear", "diamond", "patient"};
    for (int i = 0; i < TASKS; i++) ids[i] = tmesh_sim_start(sim, names[i % 3], "{}");
}

static void assert_all_complete(tmesh_sim_t *sim, const tmesh_task_id_t ids[TASKS], uint64_t seed)
{
    tmesh_sim_check(sim);
    for (int i = 0; i < TASKS; i++) {
        if (tmesh_sim_task(sim, ids[i]).state == TMESH_TASK_COMPLETE) continue;
        fail_msg("TMESH_SEED=%llu: task %d is %s", (unsigned long long)seed, i,
                 tmesh_task_state_word(tmesh_sim_task(sim, ids[i]).state));
    }
}

static void all_tasks_end_whatever_is_lost(void **state)
{
    (void)state;
    static const unsigned percents[] = {0, 20, 50, 80};
    int count = rounds() / 8 + 4;
    for (int i = 0; i < count; i++) {
        uint64_t seed = first_seed() + (uint64_t)i;
        tmesh_sim_t *sim = open_sim(seed, percents[i % 4]);
        tmesh_task_id_t ids[TASKS];
        start_tasks(sim, ids);
        if (!tmesh_sim_run(sim, 12 * HOUR_MS)) {
            fail_msg("TMESH_SEED=%llu: not all tasks ended", (unsigned long long)seed);
        }
        assert_all_complete(sim, ids, seed);
        tmesh_sim_destroy(&sim);
    }
}

static void all_tasks_end_whenever_it_dies(void **state)
{
    (void)state;
    int count = rounds() / 8 + 4;
    for (int i = 0; i < count; i++) {
        uint64_t seed = first_seed() + 100000 + (uint64_t)i;
        tmesh_sim_t *sim = open_sim(seed, i % 2 ? 30 : 0);
        tmesh_task_id_t ids[TASKS];
        start_tasks(sim, ids);
        tmesh_random_t *random = tmesh_random_new_seeded(seed);
        for (int death = 0; death < 8; death++) {
            tmesh_sim_pass(sim, (int64_t)tmesh_random_below(random, 3000));
            tmesh_sim_crash(sim, tmesh_random_below(random, 2) == 0);
            tmesh_sim_check(sim);
        }
        tmesh_random_destroy(&random);
        if (!tmesh_sim_run(sim, 12 * HOUR_MS)) {
            fail_msg("TMESH_SEED=%llu: not all tasks ended", (unsigned long long)seed);
        }
        assert_all_complete(sim, ids, seed);
        tmesh_sim_destroy(&sim);
    }
}

int main(void)
{
    printf("TMESH_SEED=%llu, %d rounds\n", (unsigned long long)first_seed(), rounds() / 8 + 4);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_tasks_end_whatever_is_lost),
        cmocka_unit_test(all_tasks_end_whenever_it_dies),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
