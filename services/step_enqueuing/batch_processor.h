// services/step_enqueuing/batch_processor.h - everything that time or credit makes ready: retries
// and postponed starts, claims to dispatch again, runs of an earlier life, attempts that took too
// long, and steps that wait for a worker. One transaction.
#ifndef TMESH_SERVICES_STEP_ENQUEUING_BATCH_PROCESSOR_H
#define TMESH_SERVICES_STEP_ENQUEUING_BATCH_PROCESSOR_H

#include "services/moves/outcome.h"
#include "services/wire/contract.h"

enum { TMESH_DUE_LIMIT = 256 }; // due rows handled in one transaction

// Handles what is due now and refills free credit. *more_p: there may be more that is due.
// Runs no statement when nothing is due and nothing can be claimed.
tmesh_err_t tmesh_batch_processor_run(tmesh_tools_t *tools, tmesh_process_batch_reply_t *counts,
                                      bool *more_p, tmesh_outcome_t *outcome);

#endif
