// services/domain/step_state.h - the ten states of a step and every move between them.
// Source of the table: SPEC 3.1. Pure values; any thread.
#ifndef TMESH_SERVICES_DOMAIN_STEP_STATE_H
#define TMESH_SERVICES_DOMAIN_STEP_STATE_H

#include <stdbool.h>

#define TMESH_STEP_STATES(X)                                                                       \
    X(PENDING, "pending")                                                                          \
    X(ENQUEUED, "enqueued")                                                                        \
    X(IN_PROGRESS, "in_progress")                                                                  \
    X(ENQUEUED_FOR_ORCHESTRATION, "enqueued_for_orchestration")                                    \
    X(ENQUEUED_AS_ERROR_FOR_ORCHESTRATION, "enqueued_as_error_for_orchestration")                  \
    X(WAITING_FOR_RETRY, "waiting_for_retry")                                                      \
    X(COMPLETE, "complete")                                                                        \
    X(ERROR, "error")                                                                              \
    X(CANCELLED, "cancelled")                                                                      \
    X(RESOLVED_MANUALLY, "resolved_manually")

#define TMESH_STEP_EVENTS(X)                                                                       \
    X(CREATE, "Create")                                                                            \
    X(ENQUEUE, "Enqueue")                                                                          \
    X(START, "Start")                                                                              \
    X(ENQUEUE_FOR_ORCHESTRATION, "EnqueueForOrchestration")                                        \
    X(ENQUEUE_AS_ERROR_FOR_ORCHESTRATION, "EnqueueAsErrorForOrchestration")                        \
    X(COMPLETE, "Complete")                                                                        \
    X(FAIL, "Fail")                                                                                \
    X(WAIT_FOR_RETRY, "WaitForRetry")                                                              \
    X(RETRY, "Retry")                                                                              \
    X(RESET_FOR_RETRY, "ResetForRetry")                                                            \
    X(CANCEL, "Cancel")                                                                            \
    X(COMPLETE_MANUALLY, "CompleteManually")                                                       \
    X(RESOLVE_MANUALLY, "ResolveManually")

typedef enum {
    TMESH_STEP_NONE, // not created yet; also "this move is refused"
#define TMESH_STEP_STATE_CODE(code, word) TMESH_STEP_##code,
    TMESH_STEP_STATES(TMESH_STEP_STATE_CODE)
#undef TMESH_STEP_STATE_CODE
        TMESH_STEP_STATE_COUNT
} tmesh_step_state_t;

typedef enum {
#define TMESH_STEP_EVENT_CODE(code, word) TMESH_STEP_EV_##code,
    TMESH_STEP_EVENTS(TMESH_STEP_EVENT_CODE)
#undef TMESH_STEP_EVENT_CODE
        TMESH_STEP_EVENT_COUNT
} tmesh_step_event_t;

// The state after the event, TMESH_STEP_NONE when the event is refused there.
tmesh_step_state_t tmesh_step_state_next(tmesh_step_state_t from, tmesh_step_event_t event);
// Does it satisfy the steps that depend on it?
bool tmesh_step_state_is_done(tmesh_step_state_t state);
// Is it out, or waiting to go out: enqueued or in progress?
bool tmesh_step_state_is_in_flight(tmesh_step_state_t state);
const char *tmesh_step_state_word(tmesh_step_state_t state);
const char *tmesh_step_event_word(tmesh_step_event_t event);
tmesh_step_state_t tmesh_step_state_parse(const char *word);

#endif
