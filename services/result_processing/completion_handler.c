#include "services/result_processing/completion_handler.h"

#include <assert.h>

#include "services/moves/enqueue.h"
#include "services/moves/failure.h"

static tmesh_err_t move(tmesh_work_t *work, tmesh_work_step_t *step, tmesh_step_event_t event)
{
    return tmesh_work_move_step(work, step, event, 0, NULL) ? TMESH_ERR_CORRUPT : TMESH_OK;
}

static void count_down_children(tmesh_work_t *work, tmesh_work_step_t *step,
                                tmesh_touched_t *touched)
{
    for (uint32_t i = 0; i < step->child_count; i++) {
        tmesh_work_step_t *child = work->steps[step->children[i]];
        assert(child->row.parents_open > 0);
        child->row.parents_open--;
        child->is_changed = true;
        bool ready = child->row.parents_open == 0 && child->row.state == TMESH_STEP_PENDING;
        if (ready) tmesh_touched_add(touched, work, step->task, child);
    }
}

static tmesh_err_t succeed(tmesh_work_t *work, tmesh_work_step_t *step,
                           const tmesh_process_step_result_request_t *report,
                           tmesh_touched_t *touched)
{
    tmesh_result_row_t *row = tmesh_arena_alloc(work->arena, sizeof *row);
    *row = (tmesh_result_row_t){
        .step_id = step->row.id,
        .run = step->row.run,
        .success = true,
        .received_ms = work->now_ms,
        .worker = step->row.worker,
        .body = report->result,
        .metadata = report->metadata,
        .answer = TMESH_STEP_COMPLETE,
    };
    step->stored_result = row;
    tmesh_work_add_result(work, row);
    step->row.due_ms = TMESH_DUE_NONE;
    step->row.due_for = TMESH_STEP_DUE_NOTHING;
    tmesh_err_t err = move(work, step, TMESH_STEP_EV_ENQUEUE_FOR_ORCHESTRATION);
    if (!err) err = move(work, step, TMESH_STEP_EV_COMPLETE);
    if (!err) count_down_children(work, step, touched);
    return err;
}

// A claim that was never sent goes to whoever has credit, or waits unclaimed.
static tmesh_err_t hand_back(tmesh_tools_t *tools, tmesh_work_t *work, tmesh_work_step_t *step)
{
    if (step->row.state != TMESH_STEP_ENQUEUED || step->row.held) return TMESH_OK;
    return tmesh_moves_claim(tools, work, step);
}

static tmesh_failure_t failure_of(const tmesh_process_step_result_request_t *report)
{
    return (tmesh_failure_t){
        .code = report->error_code ? report->error_code : "handler_error",
        .message = report->error_message ? report->error_message : "",
        .error = report->error,
        .metadata = report->metadata,
        .retryable = report->kind == TMESH_RESULT_FAILURE && report->retryable,
        .retry_after_ms = report->retry_after_ms,
        .from_worker = true,
    };
}

tmesh_err_t tmesh_completion_handler_apply(tmesh_tools_t *tools, tmesh_work_t *work,
                                           tmesh_work_step_t *step,
                                           const tmesh_process_step_result_request_t *report,
                                           tmesh_touched_t *touched)
{
    if (report->kind == TMESH_RESULT_HANDED_BACK) return hand_back(tools, work, step);
    tmesh_err_t err = TMESH_OK;
    if (step->row.state == TMESH_STEP_ENQUEUED) { // it was not recorded as sent yet
        err = tmesh_moves_start(tools, work, step, report->sent_at_ms, report->worker);
    }
    if (err) return err;
    tmesh_touched_add(touched, work, step->task, NULL);
    if (report->kind == TMESH_RESULT_SUCCESS) return succeed(work, step, report, touched);
    if (report->kind == TMESH_RESULT_WORKER_LOST) {
        err = tmesh_moves_lose_worker(tools, work, step);
        bool at_once = !err && step->row.state == TMESH_STEP_WAITING_FOR_RETRY &&
                       step->row.due_ms <= work->now_ms;
        if (at_once) tmesh_touched_add(touched, work, step->task, step);
        return err;
    }
    tmesh_failure_t failure = failure_of(report);
    return tmesh_moves_fail(tools, work, step, &failure);
}
