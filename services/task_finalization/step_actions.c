#include "runtime/base/memory.h"
#include "services/moves/batch.h"
#include "services/moves/dependents.h"
#include "services/moves/failure.h"
#include "services/moves/go_on.h"
#include "services/moves/grow.h"
#include "services/moves/open_steps.h"
#include "services/task_finalization/operator_note.h"
#include "services/task_finalization/resetting.h"
#include "services/task_finalization/task_finalization.h"

static const struct {
    tmesh_step_event_t event;
    const char *withdrawn; // what the worker of a run is told
} actions[] = {
    [TMESH_STEP_ACTION_RESET_FOR_RETRY] = {TMESH_STEP_EV_RESET_FOR_RETRY, "reset_for_retry"},
    [TMESH_STEP_ACTION_RESOLVE_MANUALLY] = {TMESH_STEP_EV_RESOLVE_MANUALLY, "resolved_manually"},
    [TMESH_STEP_ACTION_COMPLETE_MANUALLY] = {TMESH_STEP_EV_COMPLETE_MANUALLY,
                                             "completed_manually"},
};

static bool is_allowed(const tmesh_step_row_t *row, tmesh_step_action_t action)
{
    if (tmesh_step_state_is_done(row->state)) return false; // others have gone on from there
    bool is_reset = action == TMESH_STEP_ACTION_RESET_FOR_RETRY;
    // A step that is cancelled in an open task was so for a sibling that has failed.
    bool may_be_reset = row->state == TMESH_STEP_ERROR ||
                        (row->state == TMESH_STEP_CANCELLED && row->batch_of);
    if (is_reset && !may_be_reset) return false;
    return tmesh_step_state_next(row->state, actions[action].event) != TMESH_STEP_NONE;
}

// NULL: it may be done.
static tmesh_fault_t *refusal(const tmesh_work_step_t *step, tmesh_step_action_t action)
{
    if (!step) {
        return tmesh_fault_new(TMESH_ERR_NOT_FOUND, "unknown_step", "/step_uuid",
                               "there is no such step");
    }
    tmesh_task_state_t task_state = step->task->row.state;
    if (tmesh_task_state_is_terminal(task_state)) {
        return tmesh_fault_new(TMESH_ERR_CONFLICT, "task_ended", NULL, "its task has ended: %s",
                               tmesh_task_state_word(task_state));
    }
    if (is_allowed(&step->row, action)) return NULL;
    return tmesh_fault_new(TMESH_ERR_CONFLICT, "invalid_transition", "/action",
                           "a step that is %s takes no %s",
                           tmesh_step_state_word(step->row.state),
                           tmesh_step_event_word(actions[action].event));
}

// A manual completion is a run of its own: (step, run) stays unique, and what a worker still says
// of the run before is stale.
static void record_completion(tmesh_tools_t *tools, tmesh_work_t *work, tmesh_work_step_t *step,
                              const tmesh_act_on_step_request_t *request)
{
    step->row.run++;
    step->row.token = tmesh_run_token_new(tools->random);
    step->row.worker = NULL;
    step->row.sent_ms = 0;
    tmesh_result_row_t *row = tmesh_arena_alloc(work->arena, sizeof *row);
    *row = (tmesh_result_row_t){
        .step_id = step->row.id,
        .run = step->row.run,
        .success = true,
        .received_ms = work->now_ms,
        .body = request->result.data ? request->result : tmesh_bytes_of_text("null"),
        .metadata = tmesh_operator_note_of_result(work, request->reason, request->by),
        .answer = TMESH_STEP_COMPLETE,
    };
    step->stored_result = row;
    tmesh_work_add_result(work, row);
}

// When a task begins that has not begun yet; TMESH_DUE_NONE: it has.
static int64_t postponed_until(const tmesh_work_t *work, const tmesh_work_task_t *task)
{
    int64_t earliest_ms = TMESH_DUE_NONE;
    if (task->row.state != TMESH_TASK_PENDING) return earliest_ms;
    for (uint32_t i = 0; i < work->step_count; i++) {
        const tmesh_step_row_t *row = &work->steps[i]->row;
        bool awaits = work->steps[i]->task == task && row->due_for == TMESH_STEP_DUE_ENQUEUE;
        if (awaits && row->due_ms < earliest_ms) earliest_ms = row->due_ms;
    }
    return earliest_ms;
}

// A task that has not begun yet does not begin earlier because one of its steps was done by hand.
static void postpone(const tmesh_touched_t *touched, int64_t due_ms)
{
    for (uint32_t i = 0; i < touched->count; i++) {
        for (uint32_t j = 0; j < touched->tasks[i]->ready_count; j++) {
            tmesh_work_step_t *step = touched->tasks[i]->ready[j];
            step->row.due_ms = due_ms;
            step->row.due_for = TMESH_STEP_DUE_ENQUEUE;
            step->is_changed = true;
        }
    }
}

// A choice by hand makes branches as one by a worker does; one that is resolved makes none. What
// can not be read is refused. *growing_p NULL: nothing comes to exist.
static tmesh_err_t open_growing(tmesh_tools_t *tools, tmesh_work_t *work, tmesh_work_step_t *step,
                                const tmesh_act_on_step_request_t *request,
                                tmesh_growing_t **growing_p, tmesh_fault_t **fault_p)
{
    const tmesh_definition_t *definition = NULL;
    const tmesh_step_definition_t *of_step = NULL;
    tmesh_err_t err = tmesh_tools_step_definition(tools, step, &definition, &of_step);
    if (err) return err;
    bool is_done = request->action != TMESH_STEP_ACTION_RESET_FOR_RETRY;
    if (!is_done || !tmesh_choice_is_up_to(of_step)) return TMESH_OK;
    tmesh_choice_t choice = {0};
    if (request->action == TMESH_STEP_ACTION_COMPLETE_MANUALLY) {
        err = tmesh_choice_read(work->arena, definition, step->row.template_index, request->result,
                                &choice, fault_p);
    }
    return err ? err : tmesh_growing_open(tools, work, step, &choice, growing_p, fault_p);
}

// The step has become done: its children have one open parent less, its branches exist.
static tmesh_err_t pass_on(tmesh_work_t *work, tmesh_work_step_t *step, tmesh_growing_t *growing,
                           int64_t postponed_ms)
{
    tmesh_auto(tmesh_touched) touched = tmesh_touched_new(); // what is ready is found by go_on
    tmesh_err_t err = tmesh_moves_count_down(work, step, touched);
    if (!err && growing) err = tmesh_growing_create(growing, touched);
    if (!err && postponed_ms != TMESH_DUE_NONE) postpone(touched, postponed_ms);
    return err;
}

static tmesh_err_t act(tmesh_tools_t *tools, tmesh_work_t *work, tmesh_work_step_t *step,
                       const tmesh_act_on_step_request_t *request, tmesh_outcome_t *outcome,
                       tmesh_fault_t **fault_p)
{
    tmesh_growing_t *growing = NULL;
    tmesh_err_t err = open_growing(tools, work, step, request, &growing, fault_p);
    if (err) return err;
    bool was_settled = tmesh_step_row_is_settled(&step->row);
    bool is_reset = request->action == TMESH_STEP_ACTION_RESET_FOR_RETRY;
    if (is_reset && was_settled && !tmesh_batch_take_back(work, step)) {
        *fault_p = tmesh_fault_new(TMESH_ERR_CONFLICT, "invalid_transition", "/action",
                                   "its failure was tolerated, and a step that depends on it has "
                                   "begun");
        return TMESH_ERR_CONFLICT;
    }
    int64_t postponed_ms = postponed_until(work, step->task);
    tmesh_open_steps_withdraw(step, actions[request->action].withdrawn, outcome);
    if (request->action == TMESH_STEP_ACTION_COMPLETE_MANUALLY) {
        record_completion(tools, work, step, request);
    } else if (request->action == TMESH_STEP_ACTION_RESET_FOR_RETRY) {
        tmesh_moves_forget_attempts(tools, step);
    }
    const char *note = tmesh_operator_note(work, request->reason, request->by);
    if (tmesh_work_move_step(work, step, actions[request->action].event, 0, note)) {
        return TMESH_ERR_CORRUPT;
    }
    if (!was_settled && tmesh_step_state_is_done(step->row.state)) {
        err = pass_on(work, step, growing, postponed_ms);
    }
    if (!err) err = tmesh_batch_reopen(tools, work, step);
    if (err) return err;
    return tmesh_moves_go_on(tools, work, step->task, note, outcome);
}

static tmesh_err_t decide(tmesh_tools_t *tools, tmesh_work_t *work,
                          tmesh_act_on_step_batch_t *batch, tmesh_outcome_t *outcome)
{
    for (size_t i = 0; i < batch->any.count; i++) {
        const tmesh_act_on_step_request_t *request = tmesh_act_on_step_request(batch, i);
        tmesh_work_step_t *step = tmesh_work_find_step(work, request->step_id);
        tmesh_fault_t *fault = refusal(step, request->action);
        tmesh_err_t err = fault ? fault->err : act(tools, work, step, request, outcome, &fault);
        if (fault) {
            tmesh_item_fail(&batch->any.items[i], err, &fault);
            continue;
        }
        if (err) return err;
        tmesh_act_on_step_reply_t *reply = tmesh_act_on_step_reply(batch, i);
        reply->state = step->row.state;
        reply->task_state = step->task->row.state;
    }
    return TMESH_OK;
}

tmesh_err_t tmesh_step_actions_run(tmesh_tools_t *tools, tmesh_act_on_step_batch_t *batch,
                                   tmesh_outcome_t *outcome)
{
    const size_t count = batch->any.count;
    tmesh_auto_free tmesh_step_id_t *step_ids = tmesh_alloc_array(count, sizeof *step_ids);
    tmesh_auto_free tmesh_task_id_t *task_ids = tmesh_alloc_array(count, sizeof *task_ids);
    for (size_t i = 0; i < count; i++) {
        step_ids[i] = tmesh_act_on_step_request(batch, i)->step_id;
        task_ids[i] = tmesh_task_id_of_step(step_ids[i]);
    }
    tmesh_wants_t wants = {
        .task_ids = task_ids,
        .task_count = count,
        .with_all_steps = true,
        .step_ids = step_ids,
        .step_count = count,
        .with_children = true,
    };
    tmesh_work_t *work = NULL;
    tmesh_err_t err = tmesh_store_begin(tools->store, &wants, &work);
    if (err) return err;
    err = decide(tools, work, batch, outcome);
    if (err) {
        tmesh_outcome_abandon(outcome, tools, &work);
        return err;
    }
    return tmesh_outcome_commit(outcome, tools, &work);
}
