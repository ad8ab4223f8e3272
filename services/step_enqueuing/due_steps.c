#include "services/step_enqueuing/due_steps.h"

#include "services/domain/readiness.h"
#include "services/moves/dlq.h"
#include "services/moves/enqueue.h"
#include "services/moves/failure.h"

enum { PUT_OFF_MS = 60000 };

static void clear_due(tmesh_work_step_t *step)
{
    step->row.due_ms = TMESH_DUE_NONE;
    step->row.due_for = TMESH_STEP_DUE_NOTHING;
    step->is_changed = true;
}

// The message that carried the claim may have been lost: the same run once more. A gateway that
// holds it already ignores it.
static void dispatch_again(tmesh_tools_t *tools, tmesh_work_t *work, tmesh_work_step_t *step)
{
    step->row.due_ms = work->now_ms + tools->settings->hand_off_ms;
    step->is_changed = true;
    tmesh_work_add_claim(work, step, TMESH_CREDIT_NONE);
}

// The node that sent it has stopped, and its worker has not come back.
static tmesh_err_t give_up_on_node(tmesh_tools_t *tools, tmesh_work_t *work,
                                   tmesh_work_step_t *step, tmesh_touched_t *ready)
{
    if (step->row.state == TMESH_STEP_ENQUEUED) return tmesh_moves_claim(tools, work, step);
    tmesh_err_t err = tmesh_moves_lose_node(work, step);
    bool may_go = !err && step->row.due_for == TMESH_STEP_DUE_ENQUEUE;
    if (may_go) tmesh_touched_add(ready, work, step->task, step);
    return err;
}

static tmesh_err_t time_out(tmesh_tools_t *tools, tmesh_work_t *work, tmesh_work_step_t *step,
                            tmesh_touched_t *touched, tmesh_outcome_t *outcome)
{
    tmesh_outcome_add_cancelled(outcome, (tmesh_cancelled_run_t){
        .step_id = step->row.id, .run = step->row.run, .reason = "step_timeout"});
    tmesh_failure_t failure = {
        .code = "step_timeout",
        .message = "the attempt took longer than the step's time limit",
        .retryable = true,
        .retry_after_ms = -1,
    };
    tmesh_touched_add(touched, work, step->task, NULL);
    tmesh_err_t err = tmesh_moves_fail(tools, work, step, &failure);
    return err ? err : tmesh_moves_follow_failure(tools, work, step, touched, outcome);
}

// Does the row agree with what it is due for?
static bool agrees(const tmesh_work_step_t *step)
{
    const tmesh_step_row_t *row = &step->row;
    switch (row->due_for) {
    case TMESH_STEP_DUE_ENQUEUE:
        return tmesh_readiness_of_step(row->state, row->parents_open) &&
               tmesh_moves_may_enqueue(step->task);
    case TMESH_STEP_DUE_HAND_OFF: return row->state == TMESH_STEP_ENQUEUED && row->claimed;
    case TMESH_STEP_DUE_UNCLAIMED: return row->state == TMESH_STEP_ENQUEUED;
    case TMESH_STEP_DUE_TIMEOUT: return row->state == TMESH_STEP_IN_PROGRESS;
    case TMESH_STEP_DUE_ADOPTION:
        return row->state == TMESH_STEP_ENQUEUED ||
               (row->state == TMESH_STEP_IN_PROGRESS && row->attempts > 0);
    case TMESH_STEP_DUE_NOTHING: break;
    }
    return false;
}

// Nobody can say what is to be done with this one: its row contradicts itself, or its definition can't
// be read any more. An error would keep all others that are due waiting with it, for ever.
static void put_off(const tmesh_work_t *work, tmesh_work_step_t *step)
{
    step->row.due_ms = work->now_ms + PUT_OFF_MS;
    step->is_changed = true;
}

tmesh_err_t tmesh_due_steps_handle(tmesh_tools_t *tools, tmesh_work_t *work,
                                   tmesh_work_step_t *step, tmesh_touched_t *ready,
                                   tmesh_touched_t *touched, tmesh_process_batch_reply_t *counts,
                                   tmesh_outcome_t *outcome)
{
    bool has_definition = false;
    tmesh_err_t err = tmesh_tools_has_definition(tools, step, &has_definition);
    if (err) return err;
    if (!has_definition || !agrees(step)) {
        counts->steps_put_off++;
        put_off(work, step);
        return TMESH_OK;
    }
    switch (step->row.due_for) {
    case TMESH_STEP_DUE_ENQUEUE:
        counts->retries_enqueued++;
        clear_due(step);
        tmesh_touched_add(ready, work, step->task, step);
        return TMESH_OK;
    case TMESH_STEP_DUE_HAND_OFF:
        counts->claims_renewed++;
        dispatch_again(tools, work, step);
        return TMESH_OK;
    case TMESH_STEP_DUE_ADOPTION:
        counts->claims_renewed++;
        return give_up_on_node(tools, work, step, ready);
    case TMESH_STEP_DUE_TIMEOUT:
        counts->steps_timed_out++;
        return time_out(tools, work, step, touched, outcome);
    case TMESH_STEP_DUE_UNCLAIMED: // look again later; the entry is made once
        if (!tmesh_tools_is_paused(tools, step)) {
            tmesh_moves_enter_dlq(tools, work, step->task, step, TMESH_DLQ_WORKER_UNAVAILABLE,
                                  TMESH_BYTES_NONE);
        }
        step->row.due_ms = work->now_ms + tools->settings->unclaimed_warning_ms;
        step->is_changed = true;
        return TMESH_OK;
    case TMESH_STEP_DUE_NOTHING: break; // did not agree
    }
    return TMESH_ERR_CORRUPT;
}
