// services/moves/grow.h - a decision or a batchable has chosen: the steps that come to exist by it
// (SPEC 5.5, 5.6).
#ifndef TMESH_SERVICES_MOVES_GROW_H
#define TMESH_SERVICES_MOVES_GROW_H

#include "services/moves/choice.h"
#include "services/moves/evaluate.h"
#include "services/templates/growth.h"

enum { TMESH_GROWTH_EDGES_MAX = 1000000 }; // dependencies that one choice may make

// What a choice makes, before it is made. Lives in the work's arena.
typedef struct tmesh_growing tmesh_growing_t;

// Looks at the whole task of `decided`, which is about to be done with this choice. INVALID with a
// fault (yours) when a step is named that would not come to exist all the same, or when there would be
// more than a task can hold.
tmesh_err_t tmesh_growing_open(tmesh_tools_t *tools, tmesh_work_t *work,
                               tmesh_work_step_t *decided, const tmesh_choice_t *choice,
                               tmesh_growing_t **self_p, tmesh_fault_t **fault_p);
// Once the decision's step was moved: creates every step of which it is settled now that it exists,
// and notes those that are ready.
tmesh_err_t tmesh_growing_create(tmesh_growing_t *self, tmesh_touched_t *touched);

#endif
