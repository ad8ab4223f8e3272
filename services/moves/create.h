// services/moves/create.h - a step of a task comes to exist: at its start, or while it runs.
#ifndef TMESH_SERVICES_MOVES_CREATE_H
#define TMESH_SERVICES_MOVES_CREATE_H

#include "services/moves/tools.h"

// Does the step at index `parent` of the definition, on which this one depends, exist as its parent?
typedef bool tmesh_is_parent_t(void *self, uint16_t parent, uint16_t step);

// Creates the step at `index` of the definition: its row, its edges, its first transition. Its number
// within the task is its index plus one, and the parents' likewise. Parents that are not in the work
// count as open. *step_p: the new step; it is ready when none of its parents is open.
tmesh_err_t tmesh_moves_create_step(tmesh_work_t *work, tmesh_work_task_t *task,
                                    const tmesh_definition_t *definition, uint16_t index,
                                    tmesh_is_parent_t *is_parent, void *self,
                                    tmesh_work_step_t **step_p);

#endif
