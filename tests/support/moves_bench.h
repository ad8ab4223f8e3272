// tests/support/moves_bench.h - a task on a real store in memory, with the tools that moves work with:
// a chain of three steps, shop/chain a -> b -> c, in whatever state a test wants. b declares an event
// for each condition.
#ifndef TMESH_TESTS_SUPPORT_MOVES_BENCH_H
#define TMESH_TESTS_SUPPORT_MOVES_BENCH_H

#include "services/moves/tools.h"
#include "tests/support/store_fixture.h"

enum {
    MOVES_BENCH_HAND_OFF_MS = 5000,
    MOVES_BENCH_UNCLAIMED_MS = 600000,
    MOVES_BENCH_TIMEOUT_MS = 3600000, // of b; a has 60 s, c has none
};

typedef struct {
    tmesh_store_fixture_t *fixture;
    tmesh_credit_t *credit; // offer 0 serves all of shop and has no room
    tmesh_settings_t settings;
    tmesh_tools_t *tools;
} tmesh_moves_bench_t;

tmesh_moves_bench_t *tmesh_moves_bench_new(void);
void tmesh_moves_bench_destroy(tmesh_moves_bench_t **self_p);

// A work with a new task in this state (set, not moved to); its steps are pending.
tmesh_work_t *tmesh_moves_bench_begin(tmesh_moves_bench_t *self, tmesh_task_state_t state,
                                      tmesh_work_task_t **task_p);
tmesh_work_step_t *tmesh_moves_bench_step(tmesh_work_t *work, uint16_t number);
// The step is enqueued and claimed, as run 1, and perhaps recorded as sent now by worker "w1".
void tmesh_moves_bench_claim(tmesh_moves_bench_t *self, tmesh_work_t *work,
                             tmesh_work_step_t *step);
void tmesh_moves_bench_start(tmesh_moves_bench_t *self, tmesh_work_t *work,
                             tmesh_work_step_t *step);
// Checks the work and gives it up.
void tmesh_moves_bench_end(tmesh_moves_bench_t *self, tmesh_work_t **work_p);

#endif
