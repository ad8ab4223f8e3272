// What follows from the last failure of a step.
#include <string.h>

#include "services/moves/batch.h"
#include "services/moves/dependents.h"
#include "services/moves/dlq.h"
#include "services/moves/failure.h"

static tmesh_dlq_reason_t reason_of(const tmesh_work_step_t *step)
{
    const tmesh_result_row_t *result = step->stored_result;
    if (result && result->error_code && strcmp(result->error_code, "poison_step") == 0) {
        return TMESH_DLQ_POISON_STEP;
    }
    bool was_used_up = result && result->retryable && step->row.retryable;
    return was_used_up ? TMESH_DLQ_MAX_RETRIES_EXCEEDED : TMESH_DLQ_PERMANENT_FAILURE;
}

// Its children go on without it, and the next of its batch has its slot.
static tmesh_err_t tolerate(tmesh_tools_t *tools, tmesh_work_t *work, tmesh_work_step_t *step,
                            tmesh_touched_t *touched)
{
    tmesh_wants_t wants = {.step_ids = &step->row.id, .step_count = 1, .with_children = true};
    tmesh_err_t err = tmesh_store_extend(tools->store, &wants, work);
    return err ? err : tmesh_moves_count_down(work, step, touched);
}

tmesh_err_t tmesh_moves_follow_failure(tmesh_tools_t *tools, tmesh_work_t *work,
                                       tmesh_work_step_t *step, tmesh_touched_t *touched,
                                       tmesh_outcome_t *outcome)
{
    if (step->row.state != TMESH_STEP_ERROR) return TMESH_OK;
    const tmesh_definition_t *definition = NULL;
    const tmesh_step_definition_t *of_step = NULL;
    tmesh_err_t err = tmesh_tools_step_definition(tools, step, &definition, &of_step);
    if (err) return err;
    bool is_unremarkable = step->row.tolerated && of_step->batch_config &&
                           of_step->batch_config->failure_strategy ==
                               TMESH_BATCH_CONTINUE_ON_FAILURE;
    if (!is_unremarkable) {
        tmesh_moves_enter_dlq(tools, work, step->task, step, reason_of(step), TMESH_BYTES_NONE);
    }
    if (step->row.tolerated) return tolerate(tools, work, step, touched);
    return step->row.batch_of ? tmesh_batch_fail(tools, work, step, outcome) : TMESH_OK;
}
