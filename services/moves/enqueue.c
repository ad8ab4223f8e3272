#include "services/moves/enqueue.h"

#include "services/domain/readiness.h"

static tmesh_err_t moved(tmesh_err_t err)
{
    return err ? TMESH_ERR_CORRUPT : TMESH_OK; // a refused move here means that a row is wrong
}

// The events that bring a task to enqueuing_steps; from steps_in_process there are none.
static const struct {
    bool exists;
    uint8_t count;
    tmesh_task_event_t events[2];
} ways[TMESH_TASK_STATE_COUNT] = {
    [TMESH_TASK_PENDING] = {true, 2, {TMESH_TASK_EV_START, TMESH_TASK_EV_READY_STEPS_FOUND}},
    [TMESH_TASK_WAITING_FOR_RETRY] = {true, 1, {TMESH_TASK_EV_RETRY_READY}},
    // Some of its first steps are postponed still, and the others are done.
    [TMESH_TASK_WAITING_FOR_DEPENDENCIES] =
        {true, 2, {TMESH_TASK_EV_DEPENDENCIES_READY, TMESH_TASK_EV_READY_STEPS_FOUND}},
    [TMESH_TASK_EVALUATING_RESULTS] = {true, 1, {TMESH_TASK_EV_READY_STEPS_FOUND}},
    [TMESH_TASK_STEPS_IN_PROCESS] = {true, 0, {0}},
};

bool tmesh_moves_may_enqueue(const tmesh_work_task_t *task)
{
    return ways[task->row.state].exists;
}

static tmesh_err_t begin_enqueuing(tmesh_work_t *work, tmesh_work_task_t *task)
{
    tmesh_task_state_t from = task->row.state;
    if (!ways[from].exists) return TMESH_ERR_CORRUPT;
    for (uint8_t i = 0; i < ways[from].count; i++) {
        tmesh_err_t err = moved(tmesh_work_move_task(work, task, ways[from].events[i], NULL));
        if (err) return err;
    }
    return TMESH_OK;
}

static tmesh_err_t enqueue_one(tmesh_tools_t *tools, tmesh_work_t *work, tmesh_work_step_t *step)
{
    if (step->row.state == TMESH_STEP_WAITING_FOR_RETRY) {
        tmesh_err_t err = moved(tmesh_work_move_step(work, step, TMESH_STEP_EV_RETRY, 0, NULL));
        if (err) return err;
    }
    if (!tmesh_readiness_of_step(step->row.state, step->row.parents_open)) return TMESH_ERR_CORRUPT;
    tmesh_err_t err = moved(tmesh_work_move_step(work, step, TMESH_STEP_EV_ENQUEUE, 0, NULL));
    if (err) return err;
    step->row.enqueued_ms = work->now_ms;
    step->row.order_key = tmesh_readiness_order_key(work->now_ms, step->task->row.priority);
    return tmesh_moves_claim(tools, work, step);
}

tmesh_err_t tmesh_moves_enqueue(tmesh_tools_t *tools, tmesh_work_t *work, tmesh_work_task_t *task,
                                tmesh_work_step_t *const *steps, size_t count)
{
    tmesh_err_t err = begin_enqueuing(work, task);
    for (size_t i = 0; !err && i < count; i++) err = enqueue_one(tools, work, steps[i]);
    if (err || task->row.state != TMESH_TASK_ENQUEUING_STEPS) return err;
    return moved(tmesh_work_move_task(work, task, TMESH_TASK_EV_STEPS_ENQUEUED, NULL));
}

void tmesh_moves_hold(tmesh_work_step_t *step)
{
    step->row.held = true;
    step->row.claimed = false;
    step->row.due_ms = TMESH_DUE_NONE;
    step->row.due_for = TMESH_STEP_DUE_NOTHING;
    step->is_changed = true;
}

// Of any offer that serves it; NONE when there is no credit left.
static tmesh_err_t take_credit(tmesh_tools_t *tools, const tmesh_work_step_t *step, int *offer_p)
{
    const tmesh_definition_t *definition = NULL;
    const tmesh_step_definition_t *of_step = NULL;
    tmesh_err_t err = tmesh_tools_step_definition(tools, step, &definition, &of_step);
    if (err) return err;
    *offer_p = tmesh_credit_take(tools->credit, definition->namespace_name, of_step->callable);
    return TMESH_OK;
}

static void forget_last_run(tmesh_work_step_t *step)
{
    step->is_changed = true;
    step->row.held = false;
    step->row.sent_ms = 0;
    step->row.worker = NULL;
}

static void leave_unclaimed(const tmesh_tools_t *tools, const tmesh_work_t *work,
                            tmesh_work_step_t *step)
{
    forget_last_run(step);
    step->row.claimed = false;
    step->row.due_for = TMESH_STEP_DUE_UNCLAIMED;
    step->row.due_ms = work->now_ms + tools->settings->unclaimed_warning_ms;
}

static void begin_run(tmesh_tools_t *tools, tmesh_work_t *work, tmesh_work_step_t *step, int offer)
{
    forget_last_run(step);
    tmesh_step_row_t *row = &step->row;
    row->claimed = true;
    row->run++;
    row->token = tmesh_run_token_new(tools->random);
    row->due_for = TMESH_STEP_DUE_HAND_OFF;
    row->due_ms = work->now_ms + tools->settings->hand_off_ms;
    step->stored_result = NULL; // it was of an earlier run
    tmesh_work_add_claim(work, step, offer);
}

tmesh_err_t tmesh_moves_claim(tmesh_tools_t *tools, tmesh_work_t *work, tmesh_work_step_t *step)
{
    if (step->task->row.paused_ms) {
        tmesh_moves_hold(step);
        return TMESH_OK;
    }
    int offer = TMESH_CREDIT_NONE;
    tmesh_err_t err = TMESH_OK;
    if (!tmesh_tools_claim_in_turn(tools)) err = take_credit(tools, step, &offer);
    if (err) return err;
    if (offer == TMESH_CREDIT_NONE) {
        leave_unclaimed(tools, work, step);
    } else {
        begin_run(tools, work, step, offer);
    }
    return TMESH_OK;
}

tmesh_err_t tmesh_moves_claim_in_turn(tmesh_tools_t *tools, tmesh_work_t *work,
                                      tmesh_work_step_t *step)
{
    if (step->task->row.paused_ms) {
        tmesh_moves_hold(step);
        return TMESH_OK;
    }
    int offer = TMESH_CREDIT_NONE;
    tmesh_err_t err = take_credit(tools, step, &offer);
    if (!err && offer != TMESH_CREDIT_NONE) begin_run(tools, work, step, offer);
    return err;
}

tmesh_err_t tmesh_moves_time_limit(tmesh_tools_t *tools, const tmesh_work_step_t *step,
                                   int64_t *timeout_ms_p)
{
    const tmesh_definition_t *definition = NULL;
    const tmesh_step_definition_t *of_step = NULL;
    tmesh_err_t err = tmesh_tools_step_definition(tools, step, &definition, &of_step);
    if (!err) *timeout_ms_p = tmesh_tools_timeout_ms(tools, of_step);
    return err;
}

tmesh_err_t tmesh_moves_limit_time(tmesh_tools_t *tools, tmesh_work_step_t *step, int64_t from_ms)
{
    int64_t timeout_ms = 0;
    tmesh_err_t err = tmesh_moves_time_limit(tools, step, &timeout_ms);
    if (err) return err;
    step->row.due_for = timeout_ms ? TMESH_STEP_DUE_TIMEOUT : TMESH_STEP_DUE_NOTHING;
    step->row.due_ms = timeout_ms ? from_ms + timeout_ms : TMESH_DUE_NONE;
    step->is_changed = true;
    return TMESH_OK;
}

tmesh_err_t tmesh_moves_start(tmesh_tools_t *tools, tmesh_work_t *work, tmesh_work_step_t *step,
                              int64_t sent_ms, const char *worker)
{
    tmesh_step_row_t *row = &step->row;
    if (!sent_ms) sent_ms = work->now_ms;
    row->worker = worker;
    tmesh_err_t err = moved(tmesh_work_move_step(work, step, TMESH_STEP_EV_START, sent_ms, NULL));
    if (err) return err;
    row->attempts++;
    row->claimed = false;
    row->held = false;
    row->sent_ms = sent_ms;
    return tmesh_moves_limit_time(tools, step, sent_ms);
}
