// services/result_processing/completion_handler.h - one accepted report, applied to its step.
#ifndef TMESH_SERVICES_RESULT_PROCESSING_COMPLETION_HANDLER_H
#define TMESH_SERVICES_RESULT_PROCESSING_COMPLETION_HANDLER_H

#include "services/moves/evaluate.h"
#include "services/moves/outcome.h"
#include "services/wire/messages.h"

// The report was judged acceptable. Moves the step, records the result, counts its children down,
// and notes in `touched` what became ready. `outcome` is told whose runs are cancelled by it.
tmesh_err_t tmesh_completion_handler_apply(tmesh_tools_t *tools, tmesh_work_t *work,
                                           tmesh_work_step_t *step,
                                           const tmesh_process_step_result_request_t *report,
                                           tmesh_touched_t *touched, tmesh_outcome_t *outcome);

#endif
