// tests/simulation/support/sim.h - the mesh on one thread: the four real actors and a real store in memory, a
// fake clock, and in place of the gateway a player that runs steps by a script. Everything random
// comes from one seed.
#ifndef TMESH_TESTS_SIMULATION_SUPPORT_SIM_H
#define TMESH_TESTS_SIMULATION_SUPPORT_SIM_H

#include "services/moves/tools.h"
#include "services/store/reader.h"
#include "services/wire/messages.h"

typedef struct tmesh_sim tmesh_sim_t;

// What the player's worker does with a run.
typedef enum {
    TMESH_SIM_SUCCEED,
    TMESH_SIM_FAIL_RETRYABLE,
    TMESH_SIM_FAIL,
    TMESH_SIM_LOSE_WORKER,
    TMESH_SIM_STAY_SILENT, // until the time limit
    TMESH_SIM_KEEP,        // and say nothing, not even that it was sent: the test speaks for it
} tmesh_sim_deed_t;

typedef tmesh_sim_deed_t tmesh_sim_script_t(void *self, const tmesh_parcel_t *parcel,
                                            tmesh_random_t *random);

typedef struct {
    uint64_t seed; // not 0
    unsigned lose_percent;   // of all tells between actors
    unsigned double_percent; // of the player's results: said twice
    int capacity;            // of the player's worker; claims are limited to twice that
    bool shuffled; // actors take their turns in an order that the seed gives
    int64_t step_ms_max;     // a run takes up to this long; 0: answered at once
    tmesh_sim_script_t *script; // NULL: everything succeeds with its own name as the result
    void *script_self;
    // The result of a step that succeeds, as JSON; NULL, or an answer of NULL: its own name.
    const char *(*answer)(void *self, const char *step_name);
    void *answer_self;
    void (*adjust)(tmesh_settings_t *settings); // NULL: they stay as they are
    // Puts a store of the test's before the real one, which it is lent; it must outlive the simulation.
    tmesh_store_t *(*wrap)(void *self, tmesh_store_t *store);
    void *wrap_self;
    // Somebody listens to events, and hears each of them here. NULL: nobody does.
    void (*hear)(void *self, const tmesh_publication_t *event);
    void *hear_self;
} tmesh_sim_config_t;

// Namespaces that the player's worker serves: "sim" and "sim_two".
tmesh_sim_t *tmesh_sim_open(const tmesh_sim_config_t *config);
void tmesh_sim_destroy(tmesh_sim_t **self_p);

// Asserts that the template is accepted.
void tmesh_sim_put_template(tmesh_sim_t *self, const char *yaml);
// The first answer to a submission; the fault is lent until the next call.
tmesh_submission_answer_t tmesh_sim_submit(tmesh_sim_t *self, const tmesh_submission_t *submission);
// Asserts that it is accepted; after an error it is asked again a few times, as a client does.
tmesh_task_id_t tmesh_sim_start(tmesh_sim_t *self, const char *name, const char *context_json);
tmesh_err_t tmesh_sim_cancel(tmesh_sim_t *self, tmesh_task_id_t id);
tmesh_finalize_action_t tmesh_sim_finalize(tmesh_sim_t *self, tmesh_task_id_t id);

// Some turns of some actors, or none: what is said next comes at a moment that the seed gives.
void tmesh_sim_stir(tmesh_sim_t *self);
// Turns until nobody has anything to do at this moment.
void tmesh_sim_settle(tmesh_sim_t *self);
// Lets time pass, from one due moment to the next, until all tasks that were started have settled
// or for_ms are over; true when they have.
bool tmesh_sim_run(tmesh_sim_t *self, int64_t for_ms);
// Lets so much time pass, handling what falls due on the way.
void tmesh_sim_pass(tmesh_sim_t *self, int64_t by_ms);
// The process dies and a new one begins on the same store. What the player's worker holds it
// brings back, if `worker_survives`.
void tmesh_sim_crash(tmesh_sim_t *self, bool worker_survives);

tmesh_task_row_t tmesh_sim_task(tmesh_sim_t *self, tmesh_task_id_t id);
// By number, from 1; asserts that it exists.
tmesh_step_row_t tmesh_sim_step(tmesh_sim_t *self, tmesh_task_id_t id, uint16_t number);
// What the player is doing; for the parts of the simulation.
struct tmesh_stage *tmesh_sim_stage(tmesh_sim_t *self);
tmesh_store_t *tmesh_sim_store(tmesh_sim_t *self);
tmesh_reader_t *tmesh_sim_reader(tmesh_sim_t *self);
const tmesh_metrics_t *tmesh_sim_metrics(const tmesh_sim_t *self);
const tmesh_clock_t *tmesh_sim_clock(const tmesh_sim_t *self);
// How many runs the player has begun, and how many results it was told are accepted.
uint32_t tmesh_sim_runs_begun(const tmesh_sim_t *self);
uint32_t tmesh_sim_results_accepted(const tmesh_sim_t *self);

// Asserts what must hold of every task at any time: dense numbers, moves that the tables allow,
// counters that agree with the states, at most one accepted result per run; and that the doctor finds
// nothing.
void tmesh_sim_check(tmesh_sim_t *self);

#endif
