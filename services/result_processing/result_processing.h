// services/result_processing/result_processing.h - what workers report, and what follows from it
// (SPEC 5): success, retry, failure, dependents, the end of the task; one transaction per batch.
#ifndef TMESH_SERVICES_RESULT_PROCESSING_RESULT_PROCESSING_H
#define TMESH_SERVICES_RESULT_PROCESSING_RESULT_PROCESSING_H

#include "services/moves/outcome.h"
#include "services/wire/contract.h"

// `tools` is lent. Refusals (unknown step, stale run, cancelled) are errors of single items; an
// error returned means that nothing was written.
tmesh_err_t tmesh_result_processing_run(tmesh_tools_t *tools,
                                        tmesh_process_step_result_batch_t *batch,
                                        tmesh_outcome_t *outcome);

// Runs that were written to workers, or that workers which came back still hold.
tmesh_err_t tmesh_result_processing_note_sent(tmesh_tools_t *tools,
                                              tmesh_note_steps_sent_batch_t *batch,
                                              tmesh_outcome_t *outcome);

// How far runs have come, by their own word.
tmesh_err_t tmesh_result_processing_save_checkpoints(tmesh_tools_t *tools,
                                                     tmesh_save_checkpoint_batch_t *batch,
                                                     tmesh_outcome_t *outcome);

#endif
