// services/moves/dependents.h - a step became done: the steps that wait for it (SPEC 4.1).
#ifndef TMESH_SERVICES_MOVES_DEPENDENTS_H
#define TMESH_SERVICES_MOVES_DEPENDENTS_H

#include "services/moves/evaluate.h"

// The step has just gone from not done to done, and its children are loaded. Each has one open
// parent less; those that may start now are noted in `touched`.
// CORRUPT when a child has no open parent left: its stored counter is wrong.
tmesh_err_t tmesh_moves_count_down(tmesh_work_t *work, tmesh_work_step_t *step,
                                   tmesh_touched_t *touched);

#endif
