// services/wire/messages.h - every message between actors: a request and a reply each.
// Whatever a struct points to lives in its arena (first member, may be NULL) and goes with it.
#ifndef TMESH_SERVICES_WIRE_MESSAGES_H
#define TMESH_SERVICES_WIRE_MESSAGES_H

#include "runtime/base/arena.h"
#include "runtime/base/error.h"
#include "services/domain/ids.h"
#include "services/domain/parcel.h"
#include "services/domain/step_state.h"
#include "services/domain/task_state.h"

// ---- task_request -------------------------------------------------------------------------------

typedef enum {
    TMESH_ON_DUPLICATE_REJECT,
    TMESH_ON_DUPLICATE_RETURN,
    TMESH_ON_DUPLICATE_ALLOW_IF_ENDED,
} tmesh_on_duplicate_t;

// One task to create. Checked at the door for types and bounds; texts may be NULL where noted.
typedef struct {
    const char *namespace_name;
    const char *name;
    const char *version;      // NULL: the highest
    tmesh_bytes_t context;    // absent: {}
    const char *initiator;    // NULL: none, like the others below
    const char *source_system;
    const char *reason;
    tmesh_bytes_t tags;    // JSON or absent
    tmesh_bytes_t options; // JSON or absent
    int32_t priority;
    const char *correlation_id;
    const char *parent_correlation_id;
    const char *idempotency_key;
    const char *auto_idempotency_key; // a client library's own, where the strategy allows one
    tmesh_on_duplicate_t on_duplicate;
    int64_t run_at_ms; // 0: now
    int64_t delay_ms;  // 0: none
} tmesh_submission_t;

typedef struct {
    tmesh_task_id_t task_id; // also of the existing one, when refused as a duplicate
    uint32_t step_count;
    int64_t created_at_ms;
    bool existed;                // on_duplicate "return": the task was there
    const tmesh_fault_t *fault;  // NULL: created; it lives in the reply's arena
} tmesh_submission_answer_t;

// All of one request are created in one transaction; the answers are in the same order.
typedef struct {
    tmesh_arena_t *arena;
    size_t count;
    const tmesh_submission_t *submissions;
} tmesh_process_task_request_request_t;
typedef struct {
    tmesh_arena_t *arena;
    size_t count;
    tmesh_submission_answer_t *answers;
} tmesh_process_task_request_reply_t;

typedef struct {
    tmesh_arena_t *arena;
    const char *file; // for messages
    tmesh_bytes_t text;
} tmesh_put_template_request_t;
// A refusal is a fault with code "invalid_template" and the issues as details.
typedef struct {
    tmesh_arena_t *arena;
    const char *namespace_name;
    const char *name;
    const char *version;
    const char *hash; // hexadecimal
    uint32_t step_count;
    bool created;            // false: this content was there already
    const char *issues_json; // an array of warnings
} tmesh_put_template_reply_t;

// ---- result_processor ---------------------------------------------------------------------------

typedef enum {
    TMESH_RESULT_SUCCESS,     // the worker's
    TMESH_RESULT_FAILURE,     // the worker's
    TMESH_RESULT_UNUSABLE,    // the worker's, but nobody can read it: a permanent failure
    TMESH_RESULT_WORKER_LOST, // said by the gateway: gone without an answer, after the run was sent
    TMESH_RESULT_HANDED_BACK, // said by the gateway: was claimed here, never sent
    TMESH_RESULT_TIMED_OUT,   // said by the step enqueuer: the attempt took too long
} tmesh_result_kind_t;

typedef struct {
    tmesh_arena_t *arena;
    tmesh_fence_t fence;
    tmesh_result_kind_t kind;
    tmesh_bytes_t result;      // SUCCESS: JSON, verbatim
    const char *error_code;    // failures: stable word
    const char *error_message; // failures
    tmesh_bytes_t error;       // the whole error object as JSON, or absent
    tmesh_bytes_t metadata;    // JSON object or absent
    bool retryable;            // FAILURE: may it be tried again
    int64_t retry_after_ms;    // FAILURE: the worker's wish; -1: none
    int64_t sent_at_ms;        // when STEP.RUN was written; 0: not known here
    const char *worker;        // who ran it, or NULL
} tmesh_process_step_result_request_t;
// Errors: "unknown_step" (NOT_FOUND), "stale_run", "step_cancelled" (CONFLICT).
typedef struct {
    tmesh_arena_t *arena;
    tmesh_step_state_t state; // of the step, after this result
    bool repeated;            // this run was answered before; the answer is the same
} tmesh_process_step_result_reply_t;

// STEP.RUN was written to a worker's socket, or a worker that came back holds the run ("adopted").
// Errors as for a result.
typedef struct {
    tmesh_arena_t *arena;
    tmesh_fence_t fence;
    int64_t sent_at_ms;
    const char *worker;
    bool adopted;
} tmesh_note_steps_sent_request_t;
typedef struct {
    tmesh_arena_t *arena;
} tmesh_note_steps_sent_reply_t;

// ---- step_enqueuer ------------------------------------------------------------------------------

// Everything that time, credit or another node makes ready.
typedef struct {
    tmesh_arena_t *arena;
} tmesh_process_batch_request_t;
typedef struct {
    tmesh_arena_t *arena;
    uint32_t steps_claimed;
    uint32_t retries_enqueued;
    uint32_t steps_timed_out;
    uint32_t claims_renewed;
    uint32_t steps_put_off; // their rows can't be understood
    uint32_t tasks_due;
} tmesh_process_batch_reply_t;

typedef struct {
    tmesh_arena_t *arena;
} tmesh_credit_changed_request_t;
typedef struct {
    tmesh_arena_t *arena;
} tmesh_credit_changed_reply_t;

typedef struct {
    tmesh_arena_t *arena;
    int64_t due_at_ms;
} tmesh_wake_at_request_t;
typedef struct {
    tmesh_arena_t *arena;
} tmesh_wake_at_reply_t;

// ---- task_finalizer -----------------------------------------------------------------------------

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
    TMESH_TASK_ACTION_PAUSE,   // open: what runs finishes, nothing new starts
    TMESH_TASK_ACTION_RESUME,
} tmesh_task_action_t;

// Errors: "unknown_task" (NOT_FOUND), "task_ended", "invalid_transition", and of a reset
// "duplicate_task" (CONFLICT).
typedef struct {
    tmesh_arena_t *arena;
    tmesh_task_id_t task_id;
    tmesh_task_action_t action;
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

// ---- gateway ------------------------------------------------------------------------------------

// Claimed steps, committed: hand them to workers. A run that is held already is ignored.
typedef struct {
    tmesh_arena_t *arena;
    size_t count;
    const tmesh_parcel_t *parcels;
} tmesh_dispatch_steps_request_t;
typedef struct {
    tmesh_arena_t *arena;
} tmesh_dispatch_steps_reply_t;

typedef struct {
    tmesh_step_id_t step_id;
    uint32_t run;       // this run; 0: whatever runs
    bool only_unsent;   // a claim withdrawn: forget it unless it was sent
    const char *reason; // stable word: "task_cancelled", "step_timeout", "task_blocked"
} tmesh_cancelled_run_t;
typedef struct {
    tmesh_arena_t *arena;
    size_t count;
    const tmesh_cancelled_run_t *runs;
} tmesh_cancel_runs_request_t;
typedef struct {
    tmesh_arena_t *arena;
} tmesh_cancel_runs_reply_t;

typedef struct {
    tmesh_arena_t *arena;
    tmesh_task_id_t task_id;
    tmesh_task_state_t state;
} tmesh_task_settled_request_t;
typedef struct {
    tmesh_arena_t *arena;
} tmesh_task_settled_reply_t;

// The door closes: commands get 503, no new steps go out, results are still taken.
// The reply comes when claims that were not sent have been handed on.
typedef struct {
    tmesh_arena_t *arena;
} tmesh_close_door_request_t;
typedef struct {
    tmesh_arena_t *arena;
    uint32_t runs_out;
} tmesh_close_door_reply_t;

// ---- publisher ----------------------------------------------------------------------------------

typedef struct {
    const char *topic;
    const char *body; // JSON
} tmesh_publication_t;

// What one commit has brought about, in its order. Told only while somebody listens.
typedef struct {
    tmesh_arena_t *arena;
    size_t count;
    const tmesh_publication_t *events;
} tmesh_publish_request_t;
typedef struct {
    tmesh_arena_t *arena;
} tmesh_publish_reply_t;

// ---- reader -------------------------------------------------------------------------------------

// Answers are ready to send: a JSON body and the payload frames that it refers to.
typedef struct {
    const char *body;
    size_t frame_count;
    const tmesh_bytes_t *frames;
} tmesh_encoded_t;

typedef struct {
    tmesh_arena_t *arena;
    tmesh_task_id_t task_id;
    bool with_context;
    bool with_steps;
    bool steps_only; // the body of TASK.STEPS
    bool one_step;   // the body of STEP.GET, of step_id
    tmesh_step_id_t step_id;
} tmesh_query_task_request_t;
// Errors: "unknown_task", "unknown_step".
typedef struct {
    tmesh_arena_t *arena;
    tmesh_task_state_t state;
    tmesh_encoded_t encoded;
} tmesh_query_task_reply_t;

// Every result of a step that was accepted. Error: "unknown_step".
typedef struct {
    tmesh_arena_t *arena;
    tmesh_step_id_t step_id;
} tmesh_query_audit_request_t;
typedef struct {
    tmesh_arena_t *arena;
    tmesh_encoded_t encoded;
} tmesh_query_audit_reply_t;

// The passages of a task and its steps with a number above `after`. Error: "unknown_task".
typedef struct {
    tmesh_arena_t *arena;
    tmesh_task_id_t task_id;
    uint32_t after;
    uint32_t limit;
} tmesh_query_events_request_t;
typedef struct {
    tmesh_arena_t *arena;
    size_t count;
    tmesh_encoded_t encoded;
} tmesh_query_events_reply_t;

typedef struct {
    tmesh_arena_t *arena;
    const char *namespace_name; // NULL: all
    const char *name;           // NULL: all
    tmesh_task_state_t state;   // TMESH_TASK_NONE: all
    bool has_after;
    tmesh_task_id_t after; // older than this one
    uint32_t limit;
} tmesh_query_tasks_request_t;
typedef struct {
    tmesh_arena_t *arena;
    tmesh_encoded_t encoded;
} tmesh_query_tasks_reply_t;

// name NULL: the list. Error: "unknown_template".
typedef struct {
    tmesh_arena_t *arena;
    const char *namespace_name; // NULL in a list: all
    const char *name;
    const char *version; // NULL: the highest
} tmesh_query_templates_request_t;
typedef struct {
    tmesh_arena_t *arena;
    tmesh_encoded_t encoded;
} tmesh_query_templates_reply_t;

// The body of DOCTOR: what must never be found in the store (SPEC 8.2). Reads all of it.
typedef struct {
    tmesh_arena_t *arena;
    uint32_t limit; // of each kind
} tmesh_query_doctor_request_t;
typedef struct {
    tmesh_arena_t *arena;
    tmesh_encoded_t encoded;
} tmesh_query_doctor_reply_t;

// What the store and the registry of actors count: the "store" and "actors" members of STATS, and
// the checks of HEALTH.
typedef struct {
    tmesh_arena_t *arena;
    bool health; // otherwise statistics
    bool doctor; // with how many problems the doctor finds
} tmesh_query_node_request_t;
typedef struct {
    tmesh_arena_t *arena;
    bool healthy;
    const char *members; // JSON members without braces: "store": {...}, "actors": [...]
} tmesh_query_node_reply_t;

#endif
