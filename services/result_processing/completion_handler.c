#include "services/result_processing/completion_handler.h"

#include "runtime/base/memory.h"
#include "services/moves/dependents.h"
#include "services/moves/enqueue.h"
#include "services/moves/failure.h"
#include "services/moves/grow.h"

static tmesh_err_t move(tmesh_work_t *work, tmesh_work_step_t *step, tmesh_step_event_t event)
{
    return tmesh_work_move_step(work, step, event, 0, NULL) ? TMESH_ERR_CORRUPT : TMESH_OK;
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
    if (!err) err = tmesh_moves_count_down(work, step, touched);
    return err;
}

// No workflow goes on without its branches: a choice that can't be read, or that names what can't
// come to exist, is a failure of its step for good.
static tmesh_err_t refuse_choice(tmesh_tools_t *tools, tmesh_work_t *work, tmesh_work_step_t *step,
                                 const tmesh_process_step_result_request_t *report,
                                 const tmesh_fault_t *fault)
{
    tmesh_failure_t failure = {
        .code = tmesh_arena_text(work->arena, fault->code),
        .message = tmesh_arena_text(work->arena, fault->message),
        .metadata = report->metadata,
        .retry_after_ms = -1,
        .from_worker = true,
    };
    return tmesh_moves_fail(tools, work, step, &failure);
}

static tmesh_err_t choose(tmesh_tools_t *tools, tmesh_work_t *work, tmesh_work_step_t *step,
                          const tmesh_definition_t *definition,
                          const tmesh_process_step_result_request_t *report,
                          tmesh_touched_t *touched)
{
    tmesh_auto(tmesh_fault) fault = NULL;
    tmesh_choice_t choice;
    tmesh_growing_t *growing = NULL;
    tmesh_err_t err = tmesh_choice_read(work->arena, definition, step->row.template_index,
                                        report->result, &choice, &fault);
    if (!err) err = tmesh_growing_open(tools, work, step, &choice, &growing, &fault);
    if (fault) return refuse_choice(tools, work, step, report, fault);
    if (!err) err = succeed(work, step, report, touched);
    if (!err) err = tmesh_growing_create(growing, touched);
    return err;
}

static tmesh_err_t complete(tmesh_tools_t *tools, tmesh_work_t *work, tmesh_work_step_t *step,
                            const tmesh_process_step_result_request_t *report,
                            tmesh_touched_t *touched)
{
    const tmesh_definition_t *definition = NULL;
    const tmesh_step_definition_t *of_step = NULL;
    tmesh_err_t err = tmesh_tools_step_definition(tools, step, &definition, &of_step);
    if (err) return err;
    if (!tmesh_choice_is_up_to(of_step)) return succeed(work, step, report, touched);
    return choose(tools, work, step, definition, report, touched);
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

static tmesh_err_t lose_worker(tmesh_tools_t *tools, tmesh_work_t *work, tmesh_work_step_t *step,
                               tmesh_touched_t *touched)
{
    tmesh_err_t err = tmesh_moves_lose_worker(tools, work, step);
    bool at_once = !err && step->row.state == TMESH_STEP_WAITING_FOR_RETRY &&
                   step->row.due_ms <= work->now_ms;
    if (at_once) tmesh_touched_add(touched, work, step->task, step);
    return err;
}

// Its worker may go now. The time limit goes on, also when the store had begun to wait for a worker
// of an earlier life of the daemon.
static tmesh_err_t hand_over(tmesh_tools_t *tools, tmesh_work_step_t *step)
{
    step->row.handed_over = true;
    step->is_changed = true;
    if (step->row.due_for != TMESH_STEP_DUE_ADOPTION) return TMESH_OK;
    return tmesh_moves_limit_time(tools, step, step->row.sent_ms);
}

tmesh_err_t tmesh_completion_handler_apply(tmesh_tools_t *tools, tmesh_work_t *work,
                                           tmesh_work_step_t *step,
                                           const tmesh_process_step_result_request_t *report,
                                           tmesh_touched_t *touched, tmesh_outcome_t *outcome)
{
    if (report->kind == TMESH_RESULT_HANDED_BACK) return hand_back(tools, work, step);
    if (report->kind == TMESH_RESULT_WORKER_LOST && step->row.handed_over) return TMESH_OK;
    tmesh_err_t err = TMESH_OK;
    if (step->row.state == TMESH_STEP_ENQUEUED) { // it was not recorded as sent yet
        err = tmesh_moves_start(tools, work, step, report->sent_at_ms, report->worker);
    }
    if (err) return err;
    if (report->kind == TMESH_RESULT_PENDING) return hand_over(tools, step);
    tmesh_touched_add(touched, work, step->task, NULL);
    if (report->kind == TMESH_RESULT_SUCCESS) {
        err = complete(tools, work, step, report, touched);
    } else if (report->kind == TMESH_RESULT_WORKER_LOST) {
        err = lose_worker(tools, work, step, touched);
    } else {
        tmesh_failure_t failure = failure_of(report);
        err = tmesh_moves_fail(tools, work, step, &failure);
    }
    return err ? err : tmesh_moves_follow_failure(tools, work, step, touched, outcome);
}
