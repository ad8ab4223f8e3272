#include "services/step_enqueuing/due_tasks.h"

#include "services/moves/dlq.h"
#include "services/moves/lifecycle.h"
#include "services/moves/open_steps.h"

enum { PUT_OFF_MS = 60000 };

static void put_off(tmesh_work_task_t *task, int64_t due_ms)
{
    task->row.due_ms = due_ms;
    task->is_changed = true;
}

static tmesh_err_t load_steps(tmesh_tools_t *tools, tmesh_work_t *work,
                              const tmesh_work_task_t *task)
{
    tmesh_wants_t wants = {.task_ids = &task->row.id, .task_count = 1, .with_all_steps = true};
    return tmesh_store_extend(tools->store, &wants, work);
}

// A run with a live worker, or a time that comes, be it this very moment: the task goes on by itself.
static bool moves_on(const tmesh_step_row_t *row)
{
    if (row->state == TMESH_STEP_IN_PROGRESS && !row->handed_over) return true;
    return row->due_for != TMESH_STEP_DUE_UNCLAIMED && row->due_ms != TMESH_DUE_NONE;
}

static bool is_stale(tmesh_tools_t *tools, const tmesh_work_t *work,
                     const tmesh_work_task_t *task)
{
    if (task->row.paused_ms) return false; // somebody wants it so
    for (uint32_t i = 0; i < work->step_count; i++) {
        const tmesh_work_step_t *step = work->steps[i];
        if (step->task != task) continue;
        bool waits_for_queue = step->row.due_for == TMESH_STEP_DUE_UNCLAIMED;
        if (waits_for_queue && tmesh_tools_is_paused(tools, step)) return false; // likewise
        if (moves_on(&step->row)) return false;
    }
    return true;
}

static tmesh_err_t end_in_error(tmesh_work_t *work, tmesh_work_task_t *task, const char *reason,
                                tmesh_outcome_t *outcome)
{
    uint32_t cancelled = 0;
    tmesh_err_t err = tmesh_open_steps_end(work, task, reason, outcome, &cancelled);
    if (err) return err;
    task->free_identity = true;
    const char *note = tmesh_arena_printf(work->arena, "{\"reason\":\"%s\"}", reason);
    return tmesh_work_move_task(work, task, TMESH_TASK_EV_TIMEOUT, note) ? TMESH_ERR_CORRUPT
                                                                         : TMESH_OK;
}

// The words are the model's.
static const char *action_taken(bool enters_dlq, bool ends)
{
    if (!ends) return "moved_to_dlq_only";
    return enters_dlq ? "transitioned_to_dlq_and_error" : "transitioned_to_error_only";
}

static const char *would_take(bool ends)
{
    return ends ? "would_transition_to_dlq_and_error" : "would_move_to_dlq_only";
}

static tmesh_err_t time_out(tmesh_tools_t *tools, tmesh_work_t *work, tmesh_work_task_t *task,
                            const tmesh_lifecycle_t *lifecycle, tmesh_outcome_t *outcome)
{
    if (lifecycle->enters_dlq_at_max_duration || lifecycle->goes_on_after_max_duration) {
        tmesh_moves_enter_dlq(tools, work, task, NULL, TMESH_DLQ_TASK_TIMEOUT, TMESH_BYTES_NONE);
    }
    bool goes_on = lifecycle->goes_on_after_max_duration;
    tmesh_outcome_add_overdue(outcome, (tmesh_overdue_t){
        .task_id = task->row.id,
        .state = task->row.state,
        .reason = TMESH_DLQ_TASK_TIMEOUT,
        .action = action_taken(goes_on || lifecycle->enters_dlq_at_max_duration, !goes_on),
    });
    if (!goes_on) return end_in_error(work, task, "task_timeout", outcome);
    task->row.deadline_ms = 0;
    return TMESH_OK;
}

static tmesh_err_t act_on_stale(tmesh_tools_t *tools, tmesh_work_t *work, tmesh_work_task_t *task,
                                bool ends, int64_t threshold_ms, tmesh_outcome_t *outcome)
{
    const char *metadata = tmesh_arena_printf(
        work->arena,
        "{\"detection_method\":\"automatic_staleness\",\"threshold_minutes\":%lld,"
        "\"time_in_state_minutes\":%lld}",
        (long long)threshold_ms / 60000,
        (long long)(work->now_ms - task->row.updated_ms) / 60000);
    tmesh_moves_enter_dlq(tools, work, task, NULL, TMESH_DLQ_STALENESS_TIMEOUT,
                          tmesh_bytes_of_text(metadata));
    return ends ? end_in_error(work, task, "staleness_timeout", outcome) : TMESH_OK;
}

static tmesh_err_t look_at(tmesh_tools_t *tools, tmesh_work_t *work, tmesh_work_task_t *task,
                           const tmesh_lifecycle_t *lifecycle, tmesh_process_batch_reply_t *counts,
                           tmesh_outcome_t *outcome)
{
    if (task->row.deadline_ms && task->row.deadline_ms <= work->now_ms) {
        counts->tasks_timed_out++;
        return time_out(tools, work, task, lifecycle, outcome);
    }
    int64_t threshold_ms =
        tmesh_lifecycle_threshold_ms(tools->settings, lifecycle, task->row.state);
    if (!threshold_ms || work->now_ms - task->row.updated_ms < threshold_ms) return TMESH_OK;
    if (!is_stale(tools, work, task)) return TMESH_OK;
    bool ends = lifecycle->staleness_action == TMESH_STALENESS_ERROR;
    bool is_dry = tools->settings->staleness_dry_run;
    counts->tasks_stale++;
    counts->tasks_stale_ended += ends && !is_dry;
    tmesh_outcome_add_overdue(outcome, (tmesh_overdue_t){
        .task_id = task->row.id,
        .state = task->row.state,
        .reason = TMESH_DLQ_STALENESS_TIMEOUT,
        .action = is_dry ? would_take(ends) : action_taken(true, ends),
    });
    return is_dry ? TMESH_OK : act_on_stale(tools, work, task, ends, threshold_ms, outcome);
}

// From when something last happened to it; a stale one is looked at once more later.
static int64_t next_due_ms(const tmesh_tools_t *tools, const tmesh_work_t *work,
                           const tmesh_work_task_t *task, const tmesh_lifecycle_t *lifecycle)
{
    int64_t due_ms = tmesh_lifecycle_due_ms(tools->settings, lifecycle, &task->row,
                                            task->row.updated_ms);
    if (due_ms > work->now_ms) return due_ms;
    return tmesh_lifecycle_due_ms(tools->settings, lifecycle, &task->row, work->now_ms);
}

tmesh_err_t tmesh_due_tasks_handle(tmesh_tools_t *tools, tmesh_work_t *work,
                                   tmesh_work_task_t *task, tmesh_process_batch_reply_t *counts,
                                   tmesh_outcome_t *outcome)
{
    const tmesh_definition_t *definition = NULL;
    tmesh_err_t err =
        tmesh_definitions_get(tools->definitions, task->row.definition_id, &definition);
    if (err == TMESH_ERR_CORRUPT || err == TMESH_ERR_NOT_FOUND) { // nobody knows its limits
        put_off(task, work->now_ms + PUT_OFF_MS);
        return TMESH_OK;
    }
    counts->tasks_due++;
    if (!err) err = load_steps(tools, work, task);
    if (!err) err = look_at(tools, work, task, &definition->lifecycle, counts, outcome);
    if (err) return err;
    put_off(task, next_due_ms(tools, work, task, &definition->lifecycle));
    return TMESH_OK;
}
