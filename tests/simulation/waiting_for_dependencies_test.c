// How a task comes to wait for dependencies: more of its first steps are due at one moment than one
// transaction takes, and those that it took are done before the next one begins.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "runtime/base/memory.h"
#include "services/step_enqueuing/batch_processor.h"
#include "tests/simulation/support/history.h"
#include "tests/simulation/support/sim.h"

enum { ROOTS = TMESH_DUE_LIMIT + 20, SEEDS = 24, MINUTE_MS = 60000, TRANSITIONS_MAX = 10000 };

static tmesh_sim_t *open_sim(uint64_t seed)
{
    tmesh_sim_config_t config = {.seed = seed, .capacity = ROOTS, .shuffled = true};
    tmesh_sim_t *sim = tmesh_sim_open(&config);
    tmesh_auto(tmesh_buffer) yaml = tmesh_buffer_new();
    tmesh_buffer_add_text(yaml, "name: wide\nnamespace_name: sim\nversion: 1.0.0\nsteps:\n");
    for (int i = 0; i < ROOTS; i++) {
        tmesh_buffer_printf(yaml, "  - {name: r%d, handler: {callable: work}}\n", i);
    }
    tmesh_sim_put_template(sim, tmesh_buffer_text(yaml));
    return sim;
}

// How often it came there, and that it left by the one way that there is.
static int count_waits(tmesh_sim_t *sim, tmesh_task_id_t id)
{
    tmesh_auto(tmesh_arena) arena = tmesh_arena_new();
    tmesh_transition_row_t *rows = NULL;
    size_t count = 0;
    assert_int_equal(tmesh_reader_transitions(tmesh_sim_reader(sim), id, 0, TRANSITIONS_MAX, arena,
                                              &rows, &count),
                     TMESH_OK);
    int waits = 0;
    for (size_t i = 0; i < count; i++) {
        waits += strcmp(rows[i].to, "waiting_for_dependencies") == 0;
        if (strcmp(rows[i].from, "waiting_for_dependencies") != 0) continue;
        assert_string_equal(rows[i].event, "DependenciesReady");
    }
    return waits;
}

static void a_wide_task_waits_for_the_rest_of_its_first_steps(void **state)
{
    (void)state;
    int waits = 0;
    for (uint64_t seed = 1; seed <= SEEDS; seed++) { // in some orders it does, in others it need not
        tmesh_sim_t *sim = open_sim(seed);
        tmesh_submission_t submission = {
            .namespace_name = "sim",
            .name = "wide",
            .context = tmesh_bytes_of_text("{}"),
            .delay_ms = MINUTE_MS,
        };
        tmesh_task_id_t id = tmesh_sim_submit(sim, &submission).task_id;
        assert_int_equal(tmesh_sim_task(sim, id).state, TMESH_TASK_PENDING);
        tmesh_sim_pass(sim, MINUTE_MS);
        assert_int_equal(tmesh_sim_task(sim, id).state, TMESH_TASK_COMPLETE);
        assert_int_equal(tmesh_sim_runs_begun(sim), ROOTS);
        tmesh_history_check(tmesh_sim_reader(sim), id);
        waits += count_waits(sim, id);
        tmesh_sim_destroy(&sim);
    }
    assert_in_range(waits, 1, SEEDS - 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_wide_task_waits_for_the_rest_of_its_first_steps),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
