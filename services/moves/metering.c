#include "services/moves/metering.h"

#include <string.h>

#include "services/moves/failure.h"

static void count_transitions(tmesh_metrics_t *metrics, const tmesh_work_t *work)
{
    for (uint32_t i = 0; i < work->transition_count; i++) {
        const tmesh_transition_row_t *row = &work->transitions[i];
        if (row->step_number == 0) {
            tmesh_metrics_move_task(metrics, (tmesh_task_state_t)row->from_code,
                                    (tmesh_task_state_t)row->to_code);
        } else {
            tmesh_metrics_move_step(metrics, (tmesh_step_state_t)row->from_code,
                                    (tmesh_step_state_t)row->to_code);
        }
    }
}

// A claim may have been withdrawn again by the same commit.
static void count_claims(tmesh_metrics_t *metrics, const tmesh_work_t *work)
{
    uint64_t count = 0;
    for (uint32_t i = 0; i < work->claim_count; i++) {
        if (!work->claims[i].step->row.held) count++;
    }
    tmesh_metrics_add(metrics, TMESH_COUNT_STEPS_CLAIMED, count);
}

// Steps that come to exist later than their task: branches, convergences, and the workers of a
// batch, which are not counted here.
static void count_branches(tmesh_tools_t *tools, const tmesh_work_t *work)
{
    for (uint32_t i = 0; i < work->step_count; i++) {
        const tmesh_work_step_t *step = work->steps[i];
        if (!step->is_new || step->task->is_new) continue;
        const tmesh_definition_t *definition = NULL;
        const tmesh_step_definition_t *of_step = NULL;
        if (tmesh_tools_step_definition(tools, step, &definition, &of_step)) continue;
        bool is_branch = of_step->type != TMESH_STEP_TYPE_BATCH_WORKER;
        tmesh_metrics_add(tools->metrics, TMESH_COUNT_DECISION_STEPS, is_branch);
    }
}

// Names come from the definition. Without one, which is a fault of the store that others report,
// there is nothing more to tell of a result.
static void count_result(tmesh_tools_t *tools, const tmesh_work_t *work,
                         const tmesh_result_row_t *result)
{
    tmesh_metrics_add(tools->metrics, result->success ? TMESH_COUNT_RESULTS_SUCCESS
                                                      : TMESH_COUNT_RESULTS_FAILURE, 1);
    const tmesh_work_step_t *step = tmesh_work_find_step(work, result->step_id);
    const tmesh_definition_t *definition = NULL;
    const tmesh_step_definition_t *of_step = NULL;
    if (!step || tmesh_tools_step_definition(tools, step, &definition, &of_step)) return;
    if (of_step->type == TMESH_STEP_TYPE_DECISION) {
        bool is_invalid = result->error_code && strcmp(result->error_code, "invalid_decision") == 0;
        tmesh_metrics_add(tools->metrics, TMESH_COUNT_DECISIONS, result->success);
        tmesh_metrics_add(tools->metrics, TMESH_COUNT_DECISION_ERRORS, is_invalid);
    }
    // What a worker answered, that is; not what was concluded, nor what a person has said.
    bool was_run = result->run == step->row.run && step->row.sent_ms > 0;
    if (!was_run || tmesh_moves_was_concluded(result)) return;
    tmesh_metrics_observe(tools->metrics, TMESH_DURATION_STEP, definition->namespace_name,
                          result->received_ms - step->row.sent_ms);
}

static void count_completions(tmesh_tools_t *tools, const tmesh_work_t *work)
{
    for (uint32_t i = 0; i < work->task_count; i++) {
        const tmesh_work_task_t *task = work->tasks[i];
        if (!task->has_moved || task->row.state != TMESH_TASK_COMPLETE) continue;
        const tmesh_definition_t *definition = NULL;
        if (tmesh_definitions_get(tools->definitions, task->row.definition_id, &definition)) {
            continue;
        }
        tmesh_metrics_observe(tools->metrics, TMESH_DURATION_TASK, definition->namespace_name,
                              task->row.completed_ms - task->row.created_ms);
    }
}

static void count_dlq(tmesh_metrics_t *metrics, const tmesh_work_t *work)
{
    for (uint32_t i = 0; i < work->dlq_entry_count; i++) {
        const tmesh_work_dlq_t *entry = work->dlq_entries[i];
        if (entry->is_left_out) continue;
        if (!entry->is_new && !entry->is_changed) continue;
        tmesh_metrics_move_dlq(metrics, entry->row.reason, entry->stored_status,
                               entry->row.status);
    }
}

void tmesh_metering_count(tmesh_tools_t *tools, const tmesh_work_t *work)
{
    if (!tools->metrics) return;
    count_transitions(tools->metrics, work);
    count_claims(tools->metrics, work);
    count_branches(tools, work);
    for (uint32_t i = 0; i < work->result_count; i++) {
        count_result(tools, work, &work->results[i]);
    }
    count_completions(tools, work);
    count_dlq(tools->metrics, work);
}
