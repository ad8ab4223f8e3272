#include "services/moves/lifecycle.h"

static const tmesh_lifecycle_t *lifecycle_of(tmesh_tools_t *tools, const tmesh_work_task_t *task)
{
    const tmesh_definition_t *definition = NULL;
    if (tmesh_definitions_get(tools->definitions, task->row.definition_id, &definition)) {
        return NULL;
    }
    return &definition->lifecycle;
}

void tmesh_lifecycle_begin(tmesh_tools_t *tools, const tmesh_work_t *work,
                           tmesh_work_task_t *task)
{
    const tmesh_lifecycle_t *lifecycle = lifecycle_of(tools, task);
    bool has_limit = lifecycle && lifecycle->max_duration_ms > 0;
    task->row.deadline_ms = has_limit ? work->now_ms + lifecycle->max_duration_ms : 0;
}

int64_t tmesh_lifecycle_threshold_ms(const tmesh_settings_t *settings,
                                     const tmesh_lifecycle_t *lifecycle,
                                     tmesh_task_state_t state)
{
    if (lifecycle->staleness_action == TMESH_STALENESS_NONE) return 0;
    int64_t own_ms = 0;
    int64_t common_ms = 0;
    switch (state) {
    case TMESH_TASK_WAITING_FOR_DEPENDENCIES:
        own_ms = lifecycle->max_waiting_for_dependencies_ms;
        common_ms = settings->stale_waiting_for_dependencies_ms;
        break;
    case TMESH_TASK_WAITING_FOR_RETRY:
        own_ms = lifecycle->max_waiting_for_retry_ms;
        common_ms = settings->stale_waiting_for_retry_ms;
        break;
    case TMESH_TASK_STEPS_IN_PROCESS:
        own_ms = lifecycle->max_steps_in_process_ms;
        common_ms = settings->stale_steps_in_process_ms;
        break;
    default: break; // others are never stale
    }
    return own_ms ? own_ms : common_ms;
}

int64_t tmesh_lifecycle_due_ms(const tmesh_settings_t *settings,
                               const tmesh_lifecycle_t *lifecycle, const tmesh_task_row_t *row,
                               int64_t now_ms)
{
    if (tmesh_task_state_is_terminal(row->state)) return TMESH_DUE_NONE;
    int64_t due_ms = row->deadline_ms ? row->deadline_ms : TMESH_DUE_NONE;
    int64_t threshold_ms = tmesh_lifecycle_threshold_ms(settings, lifecycle, row->state);
    if (threshold_ms && now_ms + threshold_ms < due_ms) due_ms = now_ms + threshold_ms;
    return due_ms;
}

void tmesh_lifecycle_schedule(tmesh_tools_t *tools, tmesh_work_t *work)
{
    for (uint32_t i = 0; i < work->task_count; i++) {
        tmesh_work_task_t *task = work->tasks[i];
        if (!task->has_moved) continue;
        const tmesh_lifecycle_t *lifecycle = lifecycle_of(tools, task);
        if (!lifecycle) continue;
        int64_t due_ms =
            tmesh_lifecycle_due_ms(tools->settings, lifecycle, &task->row, work->now_ms);
        if (due_ms == TMESH_DUE_NONE || due_ms < task->row.due_ms) task->row.due_ms = due_ms;
    }
}
