// services/store/rows.h - the rows of the store, as the services see them. Plain data.
// Texts and bytes live in the arena of the work or the view that they came with.
#ifndef TMESH_SERVICES_STORE_ROWS_H
#define TMESH_SERVICES_STORE_ROWS_H

#include "runtime/base/bytes.h"
#include "services/domain/dlq.h"
#include "services/domain/ids.h"
#include "services/domain/step_state.h"
#include "services/domain/task_state.h"

#define TMESH_DUE_NONE INT64_MAX // no due time; stored as NULL

// The hot row of a task. Pending steps are those that no other counter counts.
typedef struct {
    tmesh_task_id_t id;
    int64_t definition_id;
    tmesh_task_state_t state;
    int32_t priority;
    uint32_t steps_total;
    uint32_t steps_done;      // complete, resolved_manually
    uint32_t steps_failed;    // error, and not tolerated
    uint32_t steps_tolerated; // error, and as good as done (SPEC 5.6)
    uint32_t steps_in_flight; // enqueued, in_progress and on their way back
    uint32_t steps_waiting;   // waiting_for_retry
    uint32_t steps_cancelled;
    uint32_t last_number; // of the transitions of this task and its steps: dense from 1
    int64_t due_ms;       // somebody must look at it then
    int64_t created_ms;
    int64_t updated_ms;
    int64_t completed_ms; // 0: has not ended
    int64_t paused_ms;    // since when nothing new of it starts; 0: it is not paused
    int64_t deadline_ms;  // it ends in error then; 0: no limit
} tmesh_task_row_t;

// Why a step has a due time.
typedef enum {
    TMESH_STEP_DUE_NOTHING,
    TMESH_STEP_DUE_ENQUEUE,   // waiting_for_retry, or pending and postponed: enqueue it then
    TMESH_STEP_DUE_HAND_OFF,  // claimed, not yet recorded as sent: dispatch the same run again
    TMESH_STEP_DUE_TIMEOUT,   // sent: the attempt has taken too long
    TMESH_STEP_DUE_ADOPTION,  // of an earlier incarnation: its worker has not come back in time
    TMESH_STEP_DUE_UNCLAIMED, // enqueued and nobody takes it: say so
} tmesh_step_due_t;

// The hot row of a step.
typedef struct {
    tmesh_step_id_t id;
    uint16_t template_index; // which step of the definition
    uint64_t queue_id;
    tmesh_step_state_t state;
    uint32_t attempts;     // started executions that count against max_attempts
    uint32_t max_attempts;
    bool retryable;
    uint32_t parents_open; // parents that are not done yet, and the slot it awaits; at 0 it is ready
    uint32_t run;          // last claimed run, 0: never claimed
    tmesh_run_token_t token;
    bool claimed;       // by this node, for the current run, until it is recorded as sent or ends
    bool held;          // enqueued, but its task is blocked or paused: nobody may claim it
    int64_t order_key;  // smaller goes first: enqueued time less priority times the ageing factor
    int64_t enqueued_ms;
    int64_t sent_ms;      // of the current run; 0: not recorded as sent
    int64_t completed_ms; // 0: not done
    int64_t due_ms;
    tmesh_step_due_t due_for;
    uint32_t workers_lost; // how many workers went down with it
    const char *worker;    // who has the current run, or NULL
    bool handed_over;      // its worker has given the run to somebody else, who will report (SPEC 5.4)
    // Of one worker of a batch (SPEC 5.6):
    const char *name;  // its own; NULL: the definition's
    uint16_t batch_of; // the number of its batchable; 0: it is of no batch
    bool awaits_slot;  // as many as may run at once do so
    bool tolerated;    // its error is as good as done
    // Of a batchable that was done:
    uint16_t batch_first; // numbers of its workers; 0: it has none
    uint16_t batch_last;
    uint32_t batch_free; // how many more of them might run at once
} tmesh_step_row_t;

// Done, or in an error that is tolerated: what depends on it may go on.
bool tmesh_step_row_is_settled(const tmesh_step_row_t *self);

// A result that was accepted for one run. Never changed once written.
typedef struct {
    tmesh_step_id_t step_id;
    uint32_t run;
    bool success;
    int64_t received_ms;
    const char *worker;        // or NULL
    tmesh_bytes_t body;        // success: JSON, verbatim
    const char *error_code;    // failure, else NULL
    const char *error_message; // failure, else NULL
    tmesh_bytes_t error;       // the worker's whole error object, or absent
    tmesh_bytes_t metadata;    // or absent
    bool retryable;
    tmesh_step_state_t answer; // the state that its sender was told
} tmesh_result_row_t;

// One passage of a task (step_number 0) or of a step. Appended, never changed.
typedef struct {
    tmesh_task_id_t task_id;
    uint32_t number; // dense per task, from 1
    uint16_t step_number;
    const char *from; // state words and event words: the store does not know the machines
    const char *to;
    const char *event;
    uint8_t from_code; // the states themselves, for who counts moves; not stored: 0 in a row that
    uint8_t to_code;   // was read
    int64_t at_ms;
    uint32_t run;         // 0: none
    const char *worker;   // or NULL
    const char *node;     // which node wrote it, or NULL
    const char *metadata; // JSON or NULL
} tmesh_transition_row_t;

// How far a step has come, by its own word (SPEC 5.7). Numbered from 1; only the newest keeps what it
// has gathered.
typedef struct {
    tmesh_step_id_t step_id;
    uint32_t number;
    uint32_t run;
    int64_t at_ms;
    tmesh_bytes_t cursor; // JSON, verbatim
    int64_t items_processed;
    tmesh_bytes_t accumulated; // JSON, verbatim, or absent
} tmesh_checkpoint_row_t;

enum { TMESH_CHECKPOINTS_KEPT = 100 };

// An investigation: a task, or a step of it, that somebody should look at (SPEC 7.1). At most one
// pending entry for the same task, step and reason.
typedef struct {
    tmesh_dlq_id_t id;
    tmesh_task_id_t task_id;
    uint16_t step_number; // 0: the task itself
    tmesh_dlq_reason_t reason;
    tmesh_dlq_status_t status;
    int64_t created_ms;
    int64_t updated_ms;
    int64_t resolved_ms;     // 0: it is pending
    const char *resolved_by; // texts may be NULL
    const char *notes;
    tmesh_bytes_t metadata; // JSON or absent
    tmesh_bytes_t snapshot; // how the task stood: a JSON object
} tmesh_dlq_row_t;

// Nothing new starts in a namespace, or of one callable in it (SPEC 4.8).
typedef struct {
    const char *namespace_name;
    const char *callable; // NULL: the whole namespace
    int64_t since_ms;
    const char *by;     // or NULL
    const char *reason; // or NULL
} tmesh_pause_row_t;

enum { TMESH_IDENTITY_BYTES = 32 };
typedef struct {
    uint8_t bytes[TMESH_IDENTITY_BYTES];
} tmesh_identity_t;

// What was asked for: the cold row of a task, written once.
typedef struct {
    tmesh_task_id_t task_id;
    tmesh_bytes_t context; // JSON object, verbatim
    const char *initiator; // texts may be NULL
    const char *source_system;
    const char *reason;
    tmesh_bytes_t tags;    // or absent
    tmesh_bytes_t options; // or absent
    const char *correlation_id;
    const char *parent_correlation_id;
    const char *idempotency_key;
    const char *auto_idempotency_key;
    bool has_identity; // false: never collides
    tmesh_identity_t identity;
} tmesh_request_row_t;

typedef struct {
    tmesh_step_id_t parent;
    tmesh_step_id_t child;
} tmesh_edge_row_t;

// A stored definition. `json` is what services/templates can load.
typedef struct {
    int64_t id; // set by the store
    const char *namespace_name;
    const char *name;
    const char *version;
    uint8_t hash[32];
    uint32_t step_count;
    const char *description; // or NULL
    tmesh_bytes_t json;
    int64_t created_ms;
} tmesh_definition_row_t;

typedef struct {
    uint64_t id;
    const char *namespace_name;
    const char *callable;
} tmesh_queue_row_t;

#endif
