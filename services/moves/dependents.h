// services/moves/dependents.h - a step became done: the steps that wait for it (SPEC 4.1).
#ifndef TMESH_SERVICES_MOVES_DEPENDENTS_H
#define TMESH_SERVICES_MOVES_DEPENDENTS_H

#include "services/moves/evaluate.h"

// The step has just settled: it was not done, and is now, or is in an error that is tolerated. Its
// children are loaded, and of a worker of a batch also the batchable and who is next. Each child has
// one open parent less, and the slot is free; those that may start now are noted in `touched`.
// CORRUPT when a child has no open parent left: its stored counter is wrong.
tmesh_err_t tmesh_moves_count_down(tmesh_work_t *work, tmesh_work_step_t *step,
                                   tmesh_touched_t *touched);

#endif
