// services/domain/task_state.h - the twelve states of a task and every move between them.
// Source of the table: SPEC 3.1 (the model's transitions, with the additions and the one removal
// that it lists). Pure values; any thread.
#ifndef TMESH_SERVICES_DOMAIN_TASK_STATE_H
#define TMESH_SERVICES_DOMAIN_TASK_STATE_H

#include <stdbool.h>

// constant, stored word, is it terminal
#define TMESH_TASK_STATES(X)                                                                       \
    X(PENDING, "pending", false)                                                                   \
    X(INITIALIZING, "initializing", false)                                                         \
    X(ENQUEUING_STEPS, "enqueuing_steps", false)                                                   \
    X(STEPS_IN_PROCESS, "steps_in_process", false)                                                 \
    X(EVALUATING_RESULTS, "evaluating_results", false)                                             \
    X(WAITING_FOR_DEPENDENCIES, "waiting_for_dependencies", false)                                 \
    X(WAITING_FOR_RETRY, "waiting_for_retry", false)                                               \
    X(BLOCKED_BY_FAILURES, "blocked_by_failures", false)                                           \
    X(COMPLETE, "complete", true)                                                                  \
    X(ERROR, "error", true)                                                                        \
    X(CANCELLED, "cancelled", true)                                                                \
    X(RESOLVED_MANUALLY, "resolved_manually", true)

#define TMESH_TASK_EVENTS(X)                                                                       \
    X(CREATE, "Create")                                                                            \
    X(START, "Start")                                                                              \
    X(READY_STEPS_FOUND, "ReadyStepsFound")                                                        \
    X(NO_DEPENDENCIES_READY, "NoDependenciesReady")                                                \
    X(STEPS_ENQUEUED, "StepsEnqueued")                                                             \
    X(ENQUEUE_FAILED, "EnqueueFailed")                                                             \
    X(STEP_COMPLETED, "StepCompleted")                                                             \
    X(ALL_STEPS_COMPLETED, "AllStepsCompleted")                                                    \
    X(STEP_FAILED, "StepFailed")                                                                   \
    X(FAIL, "Fail")                                                                                \
    X(COMPLETE, "Complete")                                                                        \
    X(ALL_STEPS_SUCCESSFUL, "AllStepsSuccessful")                                                  \
    X(PERMANENT_FAILURE, "PermanentFailure")                                                       \
    X(STEPS_RUNNING, "StepsRunning")                                                               \
    X(RETRIES_PENDING, "RetriesPending")                                                           \
    X(DEPENDENCIES_READY, "DependenciesReady")                                                     \
    X(RETRY_READY, "RetryReady")                                                                   \
    X(MANUAL_INTERVENTION, "ManualIntervention")                                                   \
    X(GIVE_UP, "GiveUp")                                                                           \
    X(MANUAL_RESOLUTION, "ManualResolution")                                                       \
    X(CANCEL, "Cancel")                                                                            \
    X(RESOLVE_MANUALLY, "ResolveManually")                                                         \
    X(TIMEOUT, "Timeout")                                                                          \
    X(RESET, "Reset")

typedef enum {
    TMESH_TASK_NONE, // not created yet; also "this move is refused"
#define TMESH_TASK_STATE_CODE(code, word, terminal) TMESH_TASK_##code,
    TMESH_TASK_STATES(TMESH_TASK_STATE_CODE)
#undef TMESH_TASK_STATE_CODE
        TMESH_TASK_STATE_COUNT
} tmesh_task_state_t;

typedef enum {
#define TMESH_TASK_EVENT_CODE(code, word) TMESH_TASK_EV_##code,
    TMESH_TASK_EVENTS(TMESH_TASK_EVENT_CODE)
#undef TMESH_TASK_EVENT_CODE
        TMESH_TASK_EVENT_COUNT
} tmesh_task_event_t;

// The state after the event, TMESH_TASK_NONE when the event is refused there.
tmesh_task_state_t tmesh_task_state_next(tmesh_task_state_t from, tmesh_task_event_t event);
bool tmesh_task_state_is_terminal(tmesh_task_state_t state);
// Settled: ended, or blocked and waiting for a person.
bool tmesh_task_state_is_settled(tmesh_task_state_t state);
const char *tmesh_task_state_word(tmesh_task_state_t state);
const char *tmesh_task_event_word(tmesh_task_event_t event);
// TMESH_TASK_NONE when the word names no state.
tmesh_task_state_t tmesh_task_state_parse(const char *word);

#endif
