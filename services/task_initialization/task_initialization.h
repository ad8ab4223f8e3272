// services/task_initialization/task_initialization.h - requests become tasks: definition, identity,
// task, steps, edges and the first steps enqueued, all in one transaction (SPEC 2).
#ifndef TMESH_SERVICES_TASK_INITIALIZATION_TASK_INITIALIZATION_H
#define TMESH_SERVICES_TASK_INITIALIZATION_TASK_INITIALIZATION_H

#include "services/moves/outcome.h"
#include "services/task_initialization/template_finder.h"

typedef struct tmesh_task_initialization tmesh_task_initialization_t;

// `tools` is lent.
tmesh_task_initialization_t *tmesh_task_initialization_new(tmesh_tools_t *tools);
void tmesh_task_initialization_destroy(tmesh_task_initialization_t **self_p);

// Creates the tasks of all requests of the batch. Refusals (unknown template, duplicate, no key)
// are answers of single submissions; an error means that nothing was written.
tmesh_err_t tmesh_task_initialization_run(tmesh_task_initialization_t *self,
                                          tmesh_process_task_request_batch_t *batch,
                                          tmesh_outcome_t *outcome);

// Templates are registered by the same thread that finds them.
tmesh_template_finder_t *tmesh_task_initialization_finder(tmesh_task_initialization_t *self);

#endif
