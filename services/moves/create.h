// services/moves/create.h - a step of a task comes to exist: at its start, or while it runs.
#ifndef TMESH_SERVICES_MOVES_CREATE_H
#define TMESH_SERVICES_MOVES_CREATE_H

#include "services/moves/tools.h"

// Does the step at index `parent` of the definition, on which this one depends, exist as its parent?
typedef bool tmesh_is_parent_t(void *self, uint16_t parent, uint16_t step);

// What one worker of a batch has of its own; everything else is as its template says.
typedef struct {
    uint16_t number;      // within the task
    const char *name;
    tmesh_bytes_t inputs; // a JSON object
    uint16_t batch_of;    // the number of its batchable
    bool awaits_slot;
    bool tolerated;
} tmesh_batch_place_t;

// Creates the step at `index` of the definition: its row, its edges, its first transition. Its number
// within the task is its index plus one, unless it is a worker of a batch (place not NULL). Where it
// depends on workers of a batch it gets an edge to each of them; they must be in the work. Other
// parents that are not in the work count as open. *step_p: the new step; it is ready when none of its
// parents is open.
tmesh_err_t tmesh_moves_create_step(tmesh_work_t *work, tmesh_work_task_t *task,
                                    const tmesh_definition_t *definition, uint16_t index,
                                    const tmesh_batch_place_t *place,
                                    tmesh_is_parent_t *is_parent, void *self,
                                    tmesh_work_step_t **step_p);

#endif
