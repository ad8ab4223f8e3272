// services/wire/messages_task_finalizer.h - messages that task_finalizer answers: how tasks end, and what people do to them.
// Read services/wire/messages.h first.
#ifndef TMESH_SERVICES_WIRE_MESSAGES_TASK_FINALIZER_H
#define TMESH_SERVICES_WIRE_MESSAGES_TASK_FINALIZER_H

#include "runtime/base/arena.h"
#include "services/domain/dlq.h"
#include "services/domain/ids.h"
#include "services/domain/step_state.h"
#include "services/domain/task_state.h"

typedef enum {
    TMESH_FINALIZE_NO_ACTION, // steps are running, or it has ended before
    TMESH_FINALIZE_COMPLETED,
    TMESH_FINALIZE_BLOCKED,
    TMESH_FINALIZE_FAILED,
    TMESH_FINALIZE_WAITING,   // for a retry that is due later
    TMESH_FINALIZE_REENQUEUED,
} tmesh_finalize_action_t;

typedef struct {
    tmesh_arena_t *arena;
    tmesh_task_id_t task_id;
} tmesh_finalize_task_request_t;
typedef struct {
    tmesh_arena_t *arena;
    tmesh_finalize_action_t action;
    tmesh_task_state_t state;
    uint32_t total_steps;
    uint32_t completed_steps;
} tmesh_finalize_task_reply_t;

// Errors: "unknown_task" (NOT_FOUND), "task_ended" (CONFLICT).
typedef struct {
    tmesh_arena_t *arena;
    tmesh_task_id_t task_id;
    bool dry_run;       // it is judged, as the task is now, and nothing changes
    const char *reason; // or NULL
    const char *by;     // or NULL
} tmesh_cancel_task_request_t;
typedef struct {
    tmesh_arena_t *arena;
    tmesh_task_state_t state;
    uint32_t cancelled_steps;
} tmesh_cancel_task_reply_t;

// What a person may do to a step (SPEC 6.4).
typedef enum {
    TMESH_STEP_ACTION_RESET_FOR_RETRY,
    TMESH_STEP_ACTION_RESOLVE_MANUALLY,
    TMESH_STEP_ACTION_COMPLETE_MANUALLY,
} tmesh_step_action_t;

// Errors: "unknown_step" (NOT_FOUND), "task_ended", "invalid_transition" (CONFLICT).
typedef struct {
    tmesh_arena_t *arena;
    tmesh_step_id_t step_id;
    tmesh_step_action_t action;
    tmesh_bytes_t result; // COMPLETE_MANUALLY: JSON, verbatim; absent: null
    const char *reason;   // or NULL
    const char *by;       // or NULL
} tmesh_act_on_step_request_t;
typedef struct {
    tmesh_arena_t *arena;
    tmesh_step_state_t state;
    tmesh_task_state_t task_state;
} tmesh_act_on_step_reply_t;

typedef enum {
    TMESH_TASK_ACTION_GIVE_UP, // blocked: in error
    TMESH_TASK_ACTION_RESOLVE, // open: resolved_manually
    TMESH_TASK_ACTION_RESET,   // in error: starts again
    TMESH_TASK_ACTION_RETRY,   // blocked: its steps in error are tried again
    TMESH_TASK_ACTION_PAUSE,   // open: what runs finishes, nothing new starts
    TMESH_TASK_ACTION_RESUME,
} tmesh_task_action_t;

// Errors: "unknown_task" (NOT_FOUND), "task_ended", "invalid_transition", and of a reset
// "duplicate_task" (CONFLICT).
typedef struct {
    tmesh_arena_t *arena;
    tmesh_task_id_t task_id;
    tmesh_task_action_t action;
    bool dry_run;       // it is judged, as the task is now, and nothing changes
    const char *reason; // or NULL
    const char *by;     // or NULL
} tmesh_act_on_task_request_t;
typedef struct {
    tmesh_arena_t *arena;
    tmesh_task_state_t state;
    uint32_t cancelled_steps;
    uint32_t reset_steps;
    int64_t paused_ms; // 0: not paused
} tmesh_act_on_task_reply_t;

// A namespace, or one callable of it (NULL: all), starts nothing new, or goes on.
typedef struct {
    tmesh_arena_t *arena;
    bool pause;
    const char *namespace_name;
    const char *callable;
    const char *reason; // or NULL
    const char *by;     // or NULL
} tmesh_act_on_queue_request_t;
typedef struct {
    tmesh_arena_t *arena;
    bool changed; // false: it was so before
} tmesh_act_on_queue_reply_t;

// What a person says of an entry of the dead letter queue; its task does not change. Errors:
// "unknown_task", "unknown_step", "unknown_dlq_entry" (NOT_FOUND), "duplicate_entry" (CONFLICT).
typedef struct {
    tmesh_arena_t *arena;
    bool is_new; // an entry of a person's own, of the reason manual_dlq
    // Of a new one:
    tmesh_task_id_t task_id;
    bool has_step;
    tmesh_step_id_t step_id;
    const char *by; // or NULL
    // Of one that is there:
    tmesh_dlq_id_t entry_id;
    tmesh_dlq_status_t status; // what is not given, here and below, stays: NONE, NULL, absent
    const char *resolved_by;
    tmesh_bytes_t metadata; // a JSON object
    // Of both:
    const char *notes;
} tmesh_update_dlq_request_t;
typedef struct {
    tmesh_arena_t *arena;
    tmesh_dlq_id_t entry_id;
    tmesh_task_id_t task_id;
    tmesh_dlq_reason_t reason;
    tmesh_dlq_status_t status;
    int64_t created_ms;
    int64_t resolved_ms; // 0: it is pending
} tmesh_update_dlq_reply_t;

#endif
