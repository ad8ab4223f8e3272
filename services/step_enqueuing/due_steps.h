// services/step_enqueuing/due_steps.h - one step whose time has come, by the reason it was set for.
#ifndef TMESH_SERVICES_STEP_ENQUEUING_DUE_STEPS_H
#define TMESH_SERVICES_STEP_ENQUEUING_DUE_STEPS_H

#include "services/moves/evaluate.h"
#include "services/moves/outcome.h"
#include "services/wire/messages.h"

// What becomes ready is noted in `ready` (to be enqueued with its task) or `touched` (whose task
// has to be evaluated, because an attempt has ended). A step that nobody can handle is put off and
// counted: it must not keep the others waiting.
tmesh_err_t tmesh_due_steps_handle(tmesh_tools_t *tools, tmesh_work_t *work,
                                   tmesh_work_step_t *step, tmesh_touched_t *ready,
                                   tmesh_touched_t *touched, tmesh_process_batch_reply_t *counts,
                                   tmesh_outcome_t *outcome);

#endif
