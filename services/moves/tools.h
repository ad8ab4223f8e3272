// services/moves/tools.h - what every service works with: all of it handed in, by the actor.
// One set per actor, used by its thread alone, except the store, the credit board and the
// metrics, which are shared and say so themselves.
#ifndef TMESH_SERVICES_MOVES_TOOLS_H
#define TMESH_SERVICES_MOVES_TOOLS_H

#include "runtime/base/clock.h"
#include "runtime/base/random.h"
#include "services/domain/audience.h"
#include "services/domain/credit.h"
#include "services/domain/metrics.h"
#include "services/store/store.h"
#include "services/templates/registry.h"

typedef struct {
    int64_t hand_off_ms;            // a claim is dispatched again unless it is sent by then
    int64_t step_timeout_default_ms; // per attempt, where the template says nothing; 0: none
    int64_t unclaimed_warning_ms;   // a step that nobody takes is reported after this
    int64_t adoption_ms;            // how long a restarted node waits for workers to come back
    // How long a task may rest in a state without anything happening to it, where its template says
    // nothing; 0: as long as it likes (SPEC 7.2).
    int64_t stale_waiting_for_dependencies_ms;
    int64_t stale_waiting_for_retry_ms;
    int64_t stale_steps_in_process_ms;
    bool staleness_dry_run;         // only says what it would do
    int64_t retention_ms;           // ended tasks are kept for so long; 0: for ever (SPEC 9.3)
    uint32_t retention_batch;       // so many of them are removed at a time
    size_t ancestor_bytes_max;      // of far ancestors' results that go with a run
    bool retry_jitter;              // off in tests
    const char *environment;        // of templates, or NULL
} tmesh_settings_t;

typedef struct tmesh_tools {
    tmesh_store_t *store;
    const tmesh_clock_t *clock;
    tmesh_random_t *random;
    tmesh_credit_t *credit;
    const tmesh_settings_t *settings;
    tmesh_definitions_t *definitions; // owned
    const tmesh_audience_t *audience; // of events; NULL: nobody will ever listen
    int64_t refill_from_ms; // what waits unclaimed could not be read: not again before
    tmesh_metrics_t *metrics;         // shared by all; NULL: nobody counts
    tmesh_node_id_t node_id;          // under which this node speaks
} tmesh_tools_t;

tmesh_tools_t *tmesh_tools_new(tmesh_store_t *store, const tmesh_clock_t *clock,
                               tmesh_random_t *random, tmesh_credit_t *credit,
                               const tmesh_settings_t *settings);
void tmesh_tools_destroy(tmesh_tools_t **self_p);

// The definition of a loaded step, and its place in it. Errors as of the registry.
tmesh_err_t tmesh_tools_step_definition(tmesh_tools_t *self, const tmesh_work_step_t *step,
                                        const tmesh_definition_t **definition_p,
                                        const tmesh_step_definition_t **step_definition_p);
// Is there such a definition? Not when it is missing or can't be read, which will not pass; an error
// when that can't be told now.
tmesh_err_t tmesh_tools_has_definition(tmesh_tools_t *self, const tmesh_work_step_t *step,
                                       bool *has_p);
// Nobody takes it because somebody wants it so: its callable is paused, or its namespace (SPEC 4.8).
bool tmesh_tools_is_paused(tmesh_tools_t *self, const tmesh_work_step_t *step);
// Are steps claimed in turn (refill.h), because others may wait? Else whoever is ready takes credit.
bool tmesh_tools_claim_in_turn(const tmesh_tools_t *self);
// How long an attempt of this step may take, in ms; 0: as long as it likes.
int64_t tmesh_tools_timeout_ms(const tmesh_tools_t *self, const tmesh_step_definition_t *step);

#endif
