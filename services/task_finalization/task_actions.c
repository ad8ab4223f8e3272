#include "runtime/base/memory.h"
#include "services/moves/go_on.h"
#include "services/moves/lifecycle.h"
#include "services/moves/open_steps.h"
#include "services/task_finalization/operator_note.h"
#include "services/task_finalization/pausing.h"
#include "services/task_finalization/resetting.h"
#include "services/task_finalization/task_finalization.h"

static tmesh_task_event_t event_of(tmesh_task_action_t action, tmesh_task_state_t state)
{
    switch (action) {
    case TMESH_TASK_ACTION_GIVE_UP: return TMESH_TASK_EV_GIVE_UP;
    case TMESH_TASK_ACTION_RESET: return TMESH_TASK_EV_RESET;
    default: break;
    }
    return state == TMESH_TASK_BLOCKED_BY_FAILURES ? TMESH_TASK_EV_MANUAL_RESOLUTION
                                                   : TMESH_TASK_EV_RESOLVE_MANUALLY;
}

// They change no state.
static bool is_about_pausing(tmesh_task_action_t action)
{
    return action == TMESH_TASK_ACTION_PAUSE || action == TMESH_TASK_ACTION_RESUME;
}

static bool is_allowed(tmesh_task_state_t state, tmesh_task_action_t action)
{
    if (is_about_pausing(action)) return !tmesh_task_state_is_terminal(state);
    if (action == TMESH_TASK_ACTION_RETRY) return state == TMESH_TASK_BLOCKED_BY_FAILURES;
    return tmesh_task_state_next(state, event_of(action, state)) != TMESH_TASK_NONE;
}

static tmesh_fault_t *invalid(const tmesh_work_task_t *task, tmesh_task_action_t action)
{
    tmesh_task_state_t state = task->row.state;
    if (is_allowed(state, action)) return NULL;
    if (tmesh_task_state_is_terminal(state)) {
        return tmesh_fault_new(TMESH_ERR_CONFLICT, "task_ended", NULL, "the task has ended: %s",
                               tmesh_task_state_word(state));
    }
    static const char *const rules[] = {
        [TMESH_TASK_ACTION_GIVE_UP] = "only a task that is blocked_by_failures is given up",
        [TMESH_TASK_ACTION_RESET] = "only a task in error starts again",
        [TMESH_TASK_ACTION_RETRY] = "only a task that is blocked_by_failures is tried again",
    };
    return tmesh_fault_new(TMESH_ERR_CONFLICT, "invalid_transition", "/action",
                           "%s, this one is %s", rules[action], tmesh_task_state_word(state));
}

// A task that starts again has its identity again. Another may have it by now, and to run both is
// what an identity is there to prevent. NULL: no other has it.
static tmesh_fault_t *replaced(const tmesh_work_t *work, const tmesh_work_task_t *task)
{
    if (!task->identity) return NULL;
    const tmesh_work_identity_t *found = tmesh_work_find_identity(work, task->identity);
    if (!found || tmesh_task_id_compare(found->task_id, task->row.id) == 0) return NULL;
    tmesh_uuid_text_t id;
    tmesh_uuid_format(found->task_id.bytes, id);
    tmesh_fault_t *fault = tmesh_fault_new(TMESH_ERR_CONFLICT, "duplicate_task", NULL,
                                           "task %s was made for the same meanwhile", id);
    tmesh_auto(tmesh_buffer) details = tmesh_buffer_new();
    tmesh_buffer_printf(details, "{\"task_uuid\":\"%s\"}", id);
    tmesh_fault_set_details(fault, tmesh_buffer_text(details));
    return fault;
}

static void claim_identity(tmesh_work_t *work, tmesh_work_task_t *task)
{
    if (!task->identity) return;
    if (tmesh_work_find_identity(work, task->identity)) { // its own: given up in this very batch
        task->free_identity = false;
        return;
    }
    task->take_identity = true;
    tmesh_work_identity_t own = {.task_id = task->row.id, .state = TMESH_TASK_PENDING};
    tmesh_work_add_identity(work, task->identity, &own);
}

// Its failed steps are pending again, and it goes on.
static tmesh_err_t try_again(tmesh_tools_t *tools, tmesh_work_t *work, tmesh_work_task_t *task,
                             const char *note, tmesh_act_on_task_reply_t *reply,
                             tmesh_outcome_t *outcome)
{
    tmesh_err_t err = tmesh_resetting_steps_of(tools, work, task, note, &reply->reset_steps);
    return err ? err : tmesh_moves_go_on(tools, work, task, note, outcome);
}

static tmesh_err_t act(tmesh_tools_t *tools, tmesh_work_t *work, tmesh_work_task_t *task,
                       const tmesh_act_on_task_request_t *request,
                       tmesh_act_on_task_reply_t *reply, tmesh_outcome_t *outcome)
{
    if (request->action == TMESH_TASK_ACTION_RESUME) return tmesh_pausing_resume(tools, work, task);
    if (request->action == TMESH_TASK_ACTION_PAUSE) {
        tmesh_pausing_pause(work, task, outcome);
        return TMESH_OK;
    }
    const char *note = tmesh_operator_note(work, request->reason, request->by);
    if (request->action == TMESH_TASK_ACTION_RETRY) {
        return try_again(tools, work, task, note, reply, outcome);
    }
    tmesh_task_event_t event = event_of(request->action, task->row.state);
    tmesh_err_t err = TMESH_OK;
    if (request->action == TMESH_TASK_ACTION_GIVE_UP) {
        task->free_identity = true;
        err = tmesh_open_steps_end(work, task, "task_given_up", outcome,
                                   &reply->cancelled_steps);
    } else if (request->action == TMESH_TASK_ACTION_RESOLVE) {
        err = tmesh_open_steps_end(work, task, "task_resolved", outcome,
                                   &reply->cancelled_steps);
    } else {
        claim_identity(work, task);
    }
    if (err) return err;
    if (tmesh_work_move_task(work, task, event, note)) return TMESH_ERR_CORRUPT;
    if (request->action != TMESH_TASK_ACTION_RESET) return TMESH_OK;
    tmesh_lifecycle_begin(tools, work, task);
    return try_again(tools, work, task, note, reply, outcome);
}

static tmesh_fault_t *refusal(const tmesh_work_t *work, const tmesh_work_task_t *task,
                              tmesh_task_action_t action)
{
    if (!task) {
        return tmesh_fault_new(TMESH_ERR_NOT_FOUND, "unknown_task", "/task_uuid",
                               "there is no such task");
    }
    tmesh_fault_t *fault = invalid(task, action);
    if (fault || action != TMESH_TASK_ACTION_RESET) return fault;
    return replaced(work, task);
}

static tmesh_err_t decide(tmesh_tools_t *tools, tmesh_work_t *work,
                          tmesh_act_on_task_batch_t *batch, tmesh_outcome_t *outcome)
{
    for (size_t i = 0; i < batch->any.count; i++) {
        const tmesh_act_on_task_request_t *request = tmesh_act_on_task_request(batch, i);
        tmesh_work_task_t *task = tmesh_work_find_task(work, request->task_id);
        tmesh_fault_t *fault = refusal(work, task, request->action);
        if (fault) {
            tmesh_item_fail(&batch->any.items[i], fault->err, &fault);
            continue;
        }
        tmesh_act_on_task_reply_t *reply = tmesh_act_on_task_reply(batch, i);
        tmesh_err_t err =
            request->dry_run ? TMESH_OK : act(tools, work, task, request, reply, outcome);
        if (err) return err;
        reply->state = task->row.state;
        reply->paused_ms = task->row.paused_ms;
    }
    return TMESH_OK;
}

tmesh_err_t tmesh_task_actions_run(tmesh_tools_t *tools, tmesh_act_on_task_batch_t *batch,
                                   tmesh_outcome_t *outcome)
{
    tmesh_auto_free tmesh_task_id_t *ids = tmesh_alloc_array(batch->any.count, sizeof *ids);
    for (size_t i = 0; i < batch->any.count; i++) {
        ids[i] = tmesh_act_on_task_request(batch, i)->task_id;
    }
    tmesh_wants_t wants = {
        .task_ids = ids,
        .task_count = batch->any.count,
        .with_all_steps = true,
        .with_their_identities = true,
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
