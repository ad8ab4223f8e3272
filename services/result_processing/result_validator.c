#include "services/result_processing/result_validator.h"

#include "services/moves/failure.h"

tmesh_report_verdict_t tmesh_result_validator_judge(const tmesh_work_step_t *step,
                                                    const tmesh_fence_t *fence)
{
    if (!step) return TMESH_REPORT_UNKNOWN;
    const tmesh_step_row_t *row = &step->row;
    if (row->state == TMESH_STEP_CANCELLED) return TMESH_REPORT_CANCELLED;
    if (fence->run != row->run || row->run == 0) return TMESH_REPORT_STALE;
    if (!tmesh_run_token_equal(fence->token, row->token)) return TMESH_REPORT_STALE;
    if (step->stored_result) {
        return tmesh_moves_was_concluded(step->stored_result) ? TMESH_REPORT_STALE
                                                              : TMESH_REPORT_REPEATED;
    }
    bool out = row->state == TMESH_STEP_ENQUEUED || row->state == TMESH_STEP_IN_PROGRESS;
    return out ? TMESH_REPORT_ACCEPTED : TMESH_REPORT_STALE;
}

tmesh_fault_t *tmesh_result_validator_refusal(tmesh_report_verdict_t verdict,
                                              const tmesh_work_step_t *step,
                                              const tmesh_fence_t *fence)
{
    tmesh_uuid_text_t id;
    tmesh_uuid_format(fence->step_id.bytes, id);
    switch (verdict) {
    case TMESH_REPORT_CANCELLED:
        return tmesh_fault_new(TMESH_ERR_CONFLICT, "step_cancelled", NULL, "step %s was cancelled",
                               id);
    case TMESH_REPORT_STALE:
        if (fence->run == step->row.run &&
            !tmesh_run_token_equal(fence->token, step->row.token)) {
            return tmesh_fault_new(TMESH_ERR_CONFLICT, "stale_run", "/run_token",
                                   "the token is not that of run %u of step %s", fence->run, id);
        }
        return tmesh_fault_new(TMESH_ERR_CONFLICT, "stale_run", NULL,
                               "run %u of step %s is over, its last run is %u", fence->run, id,
                               step->row.run);
    default:
        return tmesh_fault_new(TMESH_ERR_NOT_FOUND, "unknown_step", NULL, "there is no step %s",
                               id);
    }
}
