#include "services/result_processing/result_processing.h"

#include "runtime/base/memory.h"
#include "services/moves/enqueue.h"
#include "services/moves/refill.h"
#include "services/result_processing/completion_handler.h"
#include "services/result_processing/result_validator.h"

static void refuse(tmesh_item_t *item, tmesh_report_verdict_t verdict,
                   const tmesh_work_step_t *step, const tmesh_fence_t *fence)
{
    tmesh_fault_t *fault = tmesh_result_validator_refusal(verdict, step, fence);
    tmesh_item_fail(item, fault->err, &fault);
}

static bool is_accepted(tmesh_item_t *item, tmesh_report_verdict_t verdict,
                        const tmesh_work_step_t *step, const tmesh_fence_t *fence)
{
    if (verdict == TMESH_REPORT_ACCEPTED) return true;
    if (verdict != TMESH_REPORT_REPEATED) refuse(item, verdict, step, fence);
    return false;
}

static tmesh_err_t apply_all(tmesh_tools_t *tools, tmesh_work_t *work,
                             tmesh_process_step_result_batch_t *batch, tmesh_touched_t *touched,
                             tmesh_outcome_t *outcome)
{
    for (size_t i = 0; i < batch->any.count; i++) {
        const tmesh_process_step_result_request_t *report =
            tmesh_process_step_result_request(batch, i);
        tmesh_work_step_t *step = tmesh_work_find_step(work, report->fence.step_id);
        tmesh_report_verdict_t verdict = tmesh_result_validator_judge(step, &report->fence);
        if (is_accepted(&batch->any.items[i], verdict, step, &report->fence)) {
            tmesh_err_t err =
                tmesh_completion_handler_apply(tools, work, step, report, touched, outcome);
            if (err) return err;
        } else if (verdict != TMESH_REPORT_REPEATED) {
            continue;
        }
        tmesh_process_step_result_reply_t *reply = tmesh_process_step_result_reply(batch, i);
        reply->state = step->stored_result ? step->stored_result->answer : step->row.state;
        reply->repeated = verdict == TMESH_REPORT_REPEATED;
    }
    return TMESH_OK;
}

tmesh_err_t tmesh_result_processing_run(tmesh_tools_t *tools,
                                        tmesh_process_step_result_batch_t *batch,
                                        tmesh_outcome_t *outcome)
{
    tmesh_auto_free tmesh_step_id_t *ids = tmesh_alloc_array(batch->any.count, sizeof *ids);
    for (size_t i = 0; i < batch->any.count; i++) {
        ids[i] = tmesh_process_step_result_request(batch, i)->fence.step_id;
    }
    tmesh_wants_t wants = {.step_ids = ids, .step_count = batch->any.count, .with_children = true};
    tmesh_refill_t refill; // the credit of these runs is free already
    tmesh_refill_open(&refill, tools, &wants);
    tmesh_work_t *work = NULL;
    tmesh_auto(tmesh_touched) touched = tmesh_touched_new();
    tmesh_err_t err = tmesh_store_begin(tools->store, &wants, &work);
    if (!err) err = apply_all(tools, work, batch, touched, outcome);
    if (!err) err = tmesh_touched_evaluate(touched, tools, work);
    err = tmesh_refill_close(&refill, err, &work, outcome);
    return refill.gave_up ? TMESH_ERR_SERIALIZATION : err; // once more, without it
}

// A run that was recorded before: an adopted one goes on with its old time limit, unless that is over.
// One that was handed over is nobody's worker's, also if that worker has not heard so.
static tmesh_err_t go_on(tmesh_tools_t *tools, const tmesh_work_t *work, tmesh_work_step_t *step,
                         const tmesh_note_steps_sent_request_t *note)
{
    if (step->row.handed_over) return TMESH_OK;
    int64_t from_ms = note->extends ? note->sent_at_ms : step->row.sent_ms;
    tmesh_err_t err = tmesh_moves_limit_time(tools, step, from_ms);
    if (err) return err;
    step->row.worker = note->worker;
    if (step->row.due_ms < work->now_ms) step->row.due_ms = work->now_ms;
    return TMESH_OK;
}

static tmesh_err_t note(tmesh_tools_t *tools, tmesh_work_t *work, tmesh_work_step_t *step,
                        const tmesh_note_steps_sent_request_t *note,
                        tmesh_note_steps_sent_reply_t *reply)
{
    if (step->row.state == TMESH_STEP_ENQUEUED) {
        tmesh_err_t err = tmesh_moves_start(tools, work, step, note->sent_at_ms, note->worker);
        if (err) return err;
    } else if (note->adopted || note->extends) {
        tmesh_err_t err = go_on(tools, work, step, note);
        if (err) return err;
    }
    return tmesh_moves_time_limit(tools, step, &reply->timeout_ms);
}

static tmesh_err_t note_all(tmesh_tools_t *tools, tmesh_work_t *work,
                            tmesh_note_steps_sent_batch_t *batch)
{
    for (size_t i = 0; i < batch->any.count; i++) {
        const tmesh_note_steps_sent_request_t *request = tmesh_note_steps_sent_request(batch, i);
        tmesh_work_step_t *step = tmesh_work_find_step(work, request->fence.step_id);
        tmesh_report_verdict_t verdict = tmesh_result_validator_judge(step, &request->fence);
        if (!is_accepted(&batch->any.items[i], verdict, step, &request->fence)) continue;
        tmesh_err_t err =
            note(tools, work, step, request, tmesh_note_steps_sent_reply(batch, i));
        if (err) return err;
    }
    return TMESH_OK;
}

tmesh_err_t tmesh_result_processing_note_sent(tmesh_tools_t *tools,
                                              tmesh_note_steps_sent_batch_t *batch,
                                              tmesh_outcome_t *outcome)
{
    tmesh_auto_free tmesh_step_id_t *ids = tmesh_alloc_array(batch->any.count, sizeof *ids);
    for (size_t i = 0; i < batch->any.count; i++) {
        ids[i] = tmesh_note_steps_sent_request(batch, i)->fence.step_id;
    }
    tmesh_wants_t wants = {.step_ids = ids, .step_count = batch->any.count};
    tmesh_work_t *work = NULL;
    tmesh_err_t err = tmesh_store_begin(tools->store, &wants, &work);
    if (err) return err;
    err = note_all(tools, work, batch);
    if (err) {
        tmesh_outcome_abandon(outcome, tools, &work);
        return err;
    }
    return tmesh_outcome_commit(outcome, tools, &work);
}

static tmesh_err_t save(tmesh_tools_t *tools, tmesh_work_t *work, tmesh_work_step_t *step,
                        const tmesh_save_checkpoint_request_t *request)
{
    if (step->row.state == TMESH_STEP_ENQUEUED) { // it was not recorded as sent yet
        tmesh_err_t err =
            tmesh_moves_start(tools, work, step, request->sent_at_ms, request->worker);
        if (err) return err;
    }
    tmesh_work_add_checkpoint(work, &(tmesh_checkpoint_row_t){
        .step_id = step->row.id,
        .run = step->row.run,
        .at_ms = work->now_ms,
        .cursor = request->cursor,
        .items_processed = request->items_processed,
        .accumulated = request->accumulated,
    });
    return TMESH_OK;
}

static tmesh_err_t save_all(tmesh_tools_t *tools, tmesh_work_t *work,
                            tmesh_save_checkpoint_batch_t *batch)
{
    for (size_t i = 0; i < batch->any.count; i++) {
        const tmesh_save_checkpoint_request_t *request = tmesh_save_checkpoint_request(batch, i);
        tmesh_work_step_t *step = tmesh_work_find_step(work, request->fence.step_id);
        tmesh_report_verdict_t verdict = tmesh_result_validator_judge(step, &request->fence);
        if (verdict == TMESH_REPORT_REPEATED) verdict = TMESH_REPORT_STALE; // it has its result
        if (!is_accepted(&batch->any.items[i], verdict, step, &request->fence)) continue;
        tmesh_err_t err = save(tools, work, step, request);
        if (err) return err;
    }
    return TMESH_OK;
}

tmesh_err_t tmesh_result_processing_save_checkpoints(tmesh_tools_t *tools,
                                                     tmesh_save_checkpoint_batch_t *batch,
                                                     tmesh_outcome_t *outcome)
{
    tmesh_auto_free tmesh_step_id_t *ids = tmesh_alloc_array(batch->any.count, sizeof *ids);
    for (size_t i = 0; i < batch->any.count; i++) {
        ids[i] = tmesh_save_checkpoint_request(batch, i)->fence.step_id;
    }
    tmesh_wants_t wants = {.step_ids = ids, .step_count = batch->any.count};
    tmesh_work_t *work = NULL;
    tmesh_err_t err = tmesh_store_begin(tools->store, &wants, &work);
    if (err) return err;
    err = save_all(tools, work, batch);
    if (err) {
        tmesh_outcome_abandon(outcome, tools, &work);
        return err;
    }
    return tmesh_outcome_commit(outcome, tools, &work);
}
