// services/wire/messages_step_enqueuer.h - messages that step_enqueuer answers: what time and credit make ready.
// Read services/wire/messages.h first.
#ifndef TMESH_SERVICES_WIRE_MESSAGES_STEP_ENQUEUER_H
#define TMESH_SERVICES_WIRE_MESSAGES_STEP_ENQUEUER_H

#include "runtime/base/arena.h"

// Everything that time, credit or another node makes ready.
typedef struct {
    tmesh_arena_t *arena;
} tmesh_process_batch_request_t;
typedef struct {
    tmesh_arena_t *arena;
    uint32_t steps_claimed;
    uint32_t rows_due; // looked at because their time had come
    uint32_t retries_enqueued;
    uint32_t steps_timed_out;
    uint32_t claims_renewed;
    uint32_t steps_put_off; // their rows can't be understood
    uint32_t tasks_due;
    uint32_t tasks_timed_out;
    uint32_t tasks_stale;
    uint32_t tasks_stale_ended; // in error
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

#endif
