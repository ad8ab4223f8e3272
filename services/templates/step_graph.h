// services/templates/step_graph.h - names become edges, and edges a graph without cycles.
#ifndef TMESH_SERVICES_TEMPLATES_STEP_GRAPH_H
#define TMESH_SERVICES_TEMPLATES_STEP_GRAPH_H

#include "services/templates/fields.h"

// The steps while they are being made, each beside the map that it was read from.
typedef struct {
    tmesh_step_definition_t *steps;
    const tmesh_value_t **sources;
    uint16_t count;
} tmesh_step_graph_t;

// Sets parents and children of every step: DUPLICATE_STEP_NAME, SELF_DEPENDENCY, MISSING_DEP_REF,
// DUPLICATE_DEPENDENCY.
void tmesh_step_graph_link(const tmesh_step_graph_t *self, const tmesh_fields_t *fields);
// The steps with parents first, in the arena of `fields`; NULL after CYCLE_DETECTED.
const uint16_t *tmesh_step_graph_sort(const tmesh_step_graph_t *self,
                                      const tmesh_fields_t *fields);

#endif
