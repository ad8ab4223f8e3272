// services/wire/messages_task_request.h - messages that task_request answers: requests become tasks, texts become templates.
// Read services/wire/messages.h first.
#ifndef TMESH_SERVICES_WIRE_MESSAGES_TASK_REQUEST_H
#define TMESH_SERVICES_WIRE_MESSAGES_TASK_REQUEST_H

#include "runtime/base/arena.h"
#include "runtime/base/error.h"
#include "services/domain/ids.h"

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

#endif
