// services/result_processing/result_validator.h - may this run still report (SPEC 5.1)? Pure.
#ifndef TMESH_SERVICES_RESULT_PROCESSING_RESULT_VALIDATOR_H
#define TMESH_SERVICES_RESULT_PROCESSING_RESULT_VALIDATOR_H

#include "services/moves/tools.h"
#include "services/wire/messages.h"

typedef enum {
    TMESH_REPORT_ACCEPTED,
    TMESH_REPORT_REPEATED, // answered before; the same answer again
    TMESH_REPORT_UNKNOWN,
    TMESH_REPORT_STALE,
    TMESH_REPORT_CANCELLED,
} tmesh_report_verdict_t;

// step NULL: there is no such step.
tmesh_report_verdict_t tmesh_result_validator_judge(const tmesh_work_step_t *step,
                                                    const tmesh_fence_t *fence);
// The error of a verdict that refuses; the fault is yours.
tmesh_fault_t *tmesh_result_validator_refusal(tmesh_report_verdict_t verdict,
                                              const tmesh_work_step_t *step,
                                              const tmesh_fence_t *fence);

#endif
