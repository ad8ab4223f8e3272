// services/templates/growth.h - which steps of a task come to exist while it runs (SPEC 5.5).
//
// A step is created only when it is settled, for each of its declared dependencies, whether that
// one exists: in the commit of the last undecided decision or batch above it. It gets edges to all
// that exist; with none it is not created. Pure.
#ifndef TMESH_SERVICES_TEMPLATES_GROWTH_H
#define TMESH_SERVICES_TEMPLATES_GROWTH_H

#include "services/templates/definition.h"

typedef enum {
    TMESH_GROWTH_UNDECIDED, // something above it is not done yet
    TMESH_GROWTH_EXISTS,
    TMESH_GROWTH_ABSENT, // never will
} tmesh_growth_t;

// Did this decision or batchable, which is done, name this step? For a batchable: is it the template
// of its workers? Both are indexes into the definition.
typedef bool tmesh_growth_named_t(void *self, uint16_t branching, uint16_t step);

typedef struct {
    const tmesh_definition_t *definition;
    const bool *has_row; // per step; for a batch worker: it was instantiated
    const bool *is_done; // per step: complete or resolved
    tmesh_growth_named_t *named;
    void *named_self;
} tmesh_growth_facts_t;

// Fills status and order[definition->step_count]: all steps, parents before children. A step that
// EXISTS without a row is to be created now. How many workers a batch has is the batch's word.
void tmesh_growth_settle(const tmesh_growth_facts_t *facts, tmesh_growth_t *status,
                         uint16_t *order);

// Does the edge from `parent` to `step` exist, as far as it is settled? Both must exist.
bool tmesh_growth_has_edge(const tmesh_growth_facts_t *facts, uint16_t parent, uint16_t step);

// May this decision name this step: is it reachable from it without crossing another decision?
bool tmesh_growth_may_name(const tmesh_definition_t *definition, uint16_t decision, uint16_t step);

#endif
