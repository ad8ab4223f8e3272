#include "tests/property/support/law.h"

#include <stddef.h>
#include <string.h>

typedef struct {
    const char *from; // one of these
    const char *event;
    const char *to;
} move_t;

static const move_t task_moves[] = {
    {"none", "Create", "pending"},
    {"pending", "Start", "initializing"},
    {"initializing evaluating_results", "ReadyStepsFound", "enqueuing_steps"},
    {"initializing evaluating_results", "NoDependenciesReady", "waiting_for_dependencies"},
    {"enqueuing_steps", "StepsEnqueued", "steps_in_process"},
    {"steps_in_process", "StepCompleted", "evaluating_results"},
    {"evaluating_results", "AllStepsSuccessful", "complete"},
    {"evaluating_results", "PermanentFailure", "blocked_by_failures"},
    {"evaluating_results", "StepsRunning", "steps_in_process"},
    {"evaluating_results", "RetriesPending", "waiting_for_retry"},
    {"waiting_for_dependencies", "DependenciesReady", "evaluating_results"},
    {"waiting_for_retry", "RetryReady", "enqueuing_steps"},
    {"waiting_for_retry blocked_by_failures", "ManualIntervention", "evaluating_results"},
    {"blocked_by_failures", "GiveUp", "error"},
    {"blocked_by_failures", "ManualResolution", "resolved_manually"},
    {"error", "Reset", "pending"},
    {"pending steps_in_process waiting_for_dependencies waiting_for_retry blocked_by_failures",
     "Cancel", "cancelled"},
    {"pending steps_in_process waiting_for_dependencies waiting_for_retry", "ResolveManually",
     "resolved_manually"},
};

static const move_t step_moves[] = {
    {"none", "Create", "pending"},
    {"pending", "Enqueue", "enqueued"},
    {"enqueued", "Start", "in_progress"},
    {"in_progress", "EnqueueForOrchestration", "enqueued_for_orchestration"},
    {"in_progress", "EnqueueAsErrorForOrchestration", "enqueued_as_error_for_orchestration"},
    {"enqueued_for_orchestration", "Complete", "complete"},
    {"enqueued_as_error_for_orchestration in_progress", "Fail", "error"},
    {"enqueued_as_error_for_orchestration in_progress", "WaitForRetry", "waiting_for_retry"},
    {"waiting_for_retry", "Retry", "pending"},
    {"error cancelled", "ResetForRetry", "pending"},
    {"pending enqueued in_progress waiting_for_retry error", "Cancel", "cancelled"},
    {"pending enqueued in_progress waiting_for_retry error", "CompleteManually", "complete"},
    {"pending enqueued in_progress waiting_for_retry error", "ResolveManually",
     "resolved_manually"},
};

bool tmesh_law_equal(const char *word, const char *other)
{
    return strcmp(word, other) == 0;
}

static bool is_among(const char *words, const char *word)
{
    size_t size = strlen(word);
    for (const char *at = words; (at = strstr(at, word)); at += size) {
        bool begins = at == words || at[-1] == ' ';
        bool ends = at[size] == ' ' || at[size] == 0;
        if (begins && ends) return true;
    }
    return false;
}

static const char *look_up(const move_t *moves, size_t count, const char *from, const char *event)
{
    for (size_t i = 0; i < count; i++) {
        if (tmesh_law_equal(moves[i].event, event) && is_among(moves[i].from, from)) {
            return moves[i].to;
        }
    }
    return NULL;
}

const char *tmesh_law_of_task(const char *from, const char *event)
{
    return look_up(task_moves, sizeof task_moves / sizeof task_moves[0], from, event);
}

const char *tmesh_law_of_step(const char *from, const char *event)
{
    return look_up(step_moves, sizeof step_moves / sizeof step_moves[0], from, event);
}

bool tmesh_law_has_ended(const char *state)
{
    return is_among("complete error cancelled resolved_manually", state);
}

bool tmesh_law_is_done(const char *state)
{
    return is_among("complete resolved_manually", state);
}

bool tmesh_law_is_out(const char *state)
{
    return is_among("enqueued in_progress", state);
}
