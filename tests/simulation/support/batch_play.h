// tests/simulation/support/batch_play.h - a template with a batch, and who plays its steps.
#ifndef TMESH_TESTS_SIMULATION_SUPPORT_BATCH_PLAY_H
#define TMESH_TESTS_SIMULATION_SUPPORT_BATCH_PLAY_H

#include "tests/simulation/support/sim.h"

// Steps: 1 analyze, 2 the template of the workers, 3 sum; workers from 4. They have two attempts, of
// five seconds.
#define BATCH(name, parallelism, strategy)                                                         \
    "name: " name "\nnamespace_name: sim\nversion: 1.0.0\nsteps:\n"                                \
    "  - {name: analyze, type: batchable, handler: {callable: c,"                                  \
    " initialization: {worker_template_name: work}}}\n"                                            \
    "  - {name: work, type: batch_worker, dependencies: [analyze], handler: {callable: c},"        \
    " timeout_seconds: 5, retry: {max_attempts: 2, backoff: none},"                                \
    " batch_config: {batch_size: 10, parallelism: " parallelism ", cursor_field: id,"              \
    " worker_template: work, failure_strategy: " strategy "}}\n"                                   \
    "  - {name: sum, type: deferred_convergence, dependencies: [work], handler: {callable: c}}\n"

enum { TMESH_BATCH_PLAY_FIRST = 4 }; // the number of the first worker

typedef struct {
    int batches;       // that analyze asks for; 0: none
    unsigned fails;    // bit i: worker i (from 1) fails for good
    unsigned stalls;   // likewise: says nothing until its time is over
    unsigned kept;     // likewise: the test speaks for it
    bool sum_fails;
    unsigned chance;   // percent: a run of a worker ends in any of the ways in which one can
    char result[8192]; // of analyze
} tmesh_batch_play_t;

// A tmesh_sim_script_t, and the answers that go with it; `self` is the play.
tmesh_sim_deed_t tmesh_batch_play_run(void *self, const tmesh_parcel_t *parcel,
                                      tmesh_random_t *random);
const char *tmesh_batch_play_answer(void *self, const char *step);

// How many workers of the task hold a slot: enqueued, running, or between two attempts.
uint32_t tmesh_batch_play_holding(tmesh_sim_t *sim, tmesh_task_id_t id);
// How many runs of workers of this task the player has under way.
uint32_t tmesh_batch_play_running(tmesh_sim_t *sim, tmesh_task_id_t id);

#endif
