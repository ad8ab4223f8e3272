// services/wire/messages_result_processor.h - messages that result_processor answers: what workers report.
// Read services/wire/messages.h first.
#ifndef TMESH_SERVICES_WIRE_MESSAGES_RESULT_PROCESSOR_H
#define TMESH_SERVICES_WIRE_MESSAGES_RESULT_PROCESSOR_H

#include "runtime/base/arena.h"
#include "services/domain/parcel.h"
#include "services/domain/step_state.h"

typedef enum {
    TMESH_RESULT_SUCCESS,     // the worker's
    TMESH_RESULT_FAILURE,     // the worker's
    TMESH_RESULT_PENDING,     // the worker's: somebody else will report, by the run token (SPEC 5.4)
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
    bool extends; // its worker is at it still: the time limit runs anew from sent_at_ms (SPEC 4.5)
} tmesh_note_steps_sent_request_t;
typedef struct {
    tmesh_arena_t *arena;
    int64_t timeout_ms; // of the attempt; 0: none
} tmesh_note_steps_sent_reply_t;

// How far a run has come (SPEC 5.7). Errors as for a result.
typedef struct {
    tmesh_arena_t *arena;
    tmesh_fence_t fence;
    tmesh_bytes_t cursor; // JSON, verbatim
    int64_t items_processed;
    tmesh_bytes_t accumulated; // JSON, verbatim, or absent
    int64_t sent_at_ms;        // as of a result
    const char *worker;        // or NULL
} tmesh_save_checkpoint_request_t;
typedef struct {
    tmesh_arena_t *arena;
} tmesh_save_checkpoint_reply_t;

#endif
