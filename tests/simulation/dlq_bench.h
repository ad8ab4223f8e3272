// tests/simulation/dlq_bench.h - looks at the dead letter queue of a simulation.
#ifndef TMESH_TESTS_SIMULATION_DLQ_BENCH_H
#define TMESH_TESTS_SIMULATION_DLQ_BENCH_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/simulation/support/sim.h"

enum { HOUR_MS = 3600000, ENTRIES_MAX = 1000 };

// NONE: for any reason.
[[maybe_unused]] static size_t count_entries(tmesh_sim_t *sim, tmesh_task_id_t id,
                                             tmesh_dlq_reason_t reason)
{
    tmesh_arena_t *arena = tmesh_arena_new();
    tmesh_dlq_filter_t filter = {
        .has_task = true, .task_id = id, .reason = reason, .limit = ENTRIES_MAX};
    tmesh_dlq_row_t *rows = NULL;
    size_t count = 0;
    tmesh_err_t err = tmesh_reader_dlq_entries(tmesh_sim_reader(sim), &filter, arena, &rows, &count);
    assert_int_equal(err, TMESH_OK);
    tmesh_arena_destroy(&arena);
    return count;
}

#endif
