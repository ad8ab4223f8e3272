// actors/effects.h - what a commit calls for, sent to whom it concerns.
// A message that can't be posted is dropped: what must follow is stored as a due time.
#ifndef TMESH_ACTORS_EFFECTS_H
#define TMESH_ACTORS_EFFECTS_H

#include "services/moves/outcome.h"
#include "services/wire/contract.h"

// Takes what it needs out of the outcome, which is still the caller's to destroy. `tools`: its credit
// board and its metrics.
void tmesh_effects_send(tmesh_context_t *context, const tmesh_tools_t *tools,
                        tmesh_outcome_t *outcome);

// What the four actors are made with: `services` of tmesh_registry_add. All lent.
typedef struct {
    tmesh_store_t *store;
    tmesh_credit_t *credit;
    const tmesh_settings_t *settings;
    const tmesh_audience_t *audience; // NULL: nothing is published
    tmesh_metrics_t *metrics;         // NULL: nothing is counted
    tmesh_node_id_t node_id;
} tmesh_actor_services_t;

// The tools of one actor, from its context. Yours.
tmesh_tools_t *tmesh_effects_tools(tmesh_context_t *context,
                                   const tmesh_actor_services_t *services);

#endif
