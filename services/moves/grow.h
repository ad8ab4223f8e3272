// services/moves/grow.h - a decision has been made: the steps that come to exist by it (SPEC 5.5).
#ifndef TMESH_SERVICES_MOVES_GROW_H
#define TMESH_SERVICES_MOVES_GROW_H

#include "services/moves/evaluate.h"
#include "services/templates/growth.h"

enum { TMESH_DECISION_NAMES_MAX = 100 }; // steps that one decision may name

// What a decision's result says. Both outlive the growth: they live in the work's arena.
typedef struct {
    const uint16_t *steps; // indexes into the definition
    uint16_t count;
} tmesh_decision_t;

// Reads "decision_point_outcome" of a result (the worker's JSON): {"type": "no_branches"} or
// {"type": "create_steps", "step_names": [...]}. INVALID with a fault (yours) when there is none, or
// a name is unknown, not this decision's to name, or too many.
tmesh_err_t tmesh_decision_read(tmesh_work_t *work, const tmesh_definition_t *definition,
                                uint16_t index, tmesh_bytes_t result, tmesh_decision_t *decision,
                                tmesh_fault_t **fault_p);

// What a decision makes, before it is made. Lives in the work's arena.
typedef struct tmesh_growing tmesh_growing_t;

// Looks at the whole task of `decided`, which is about to be done with this decision. INVALID with a
// fault (yours) when a step is named that would not come to exist all the same.
tmesh_err_t tmesh_growing_open(tmesh_tools_t *tools, tmesh_work_t *work,
                               tmesh_work_step_t *decided, const tmesh_decision_t *decision,
                               tmesh_growing_t **self_p, tmesh_fault_t **fault_p);
// Once the decision's step was moved: creates every step of which it is settled now that it exists,
// and notes those that are ready.
tmesh_err_t tmesh_growing_create(tmesh_growing_t *self, tmesh_touched_t *touched);

#endif
