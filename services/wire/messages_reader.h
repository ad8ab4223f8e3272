// services/wire/messages_reader.h - messages that reader answers: queries, and answers that are ready to send.
// Read services/wire/messages.h first.
#ifndef TMESH_SERVICES_WIRE_MESSAGES_READER_H
#define TMESH_SERVICES_WIRE_MESSAGES_READER_H

#include "runtime/base/arena.h"
#include "services/domain/dlq.h"
#include "services/domain/ids.h"
#include "services/domain/parcel.h"
#include "services/domain/task_filter.h"
#include "services/domain/task_state.h"

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

// Results of the steps that a run depends on, however far above it (SPEC 5.3). Errors: "unknown_step",
// "stale_run".
typedef struct {
    tmesh_arena_t *arena;
    tmesh_fence_t fence;
    size_t name_count; // 0: all of them
    const char *const *names;
} tmesh_query_inputs_request_t;
typedef struct {
    tmesh_arena_t *arena;
    tmesh_encoded_t encoded;
} tmesh_query_inputs_reply_t;

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
    tmesh_task_filter_t filter;
} tmesh_query_tasks_request_t;
typedef struct {
    tmesh_arena_t *arena;
    tmesh_encoded_t encoded;
} tmesh_query_tasks_reply_t;

// Which tasks a command is about, and how they are now: those of the filter, or each of `task_ids`.
typedef struct {
    tmesh_arena_t *arena;
    tmesh_task_filter_t filter; // looked at when there are no ids
    size_t id_count;
    const tmesh_task_id_t *task_ids;
} tmesh_find_tasks_request_t;
typedef struct {
    tmesh_task_id_t id;
    tmesh_task_state_t state; // TMESH_TASK_NONE: there is no such task
} tmesh_found_task_t;
typedef struct {
    tmesh_arena_t *arena;
    size_t count;
    const tmesh_found_task_t *tasks; // in the order of the ids, or newest first
    bool more;                       // others fit the filter
} tmesh_find_tasks_reply_t;

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

// The body of QUEUE.LIST: what is paused.
typedef struct {
    tmesh_arena_t *arena;
} tmesh_query_queues_request_t;
typedef struct {
    tmesh_arena_t *arena;
    tmesh_encoded_t encoded;
} tmesh_query_queues_reply_t;

// The body of DOCTOR: what must never be found in the store (SPEC 8.2). Reads all of it.
typedef struct {
    tmesh_arena_t *arena;
    uint32_t limit; // of each kind
} tmesh_query_doctor_request_t;
typedef struct {
    tmesh_arena_t *arena;
    tmesh_encoded_t encoded;
} tmesh_query_doctor_reply_t;

typedef enum {
    TMESH_DLQ_QUERY_LIST,      // newest first, of status, reason and task, each if it is given
    TMESH_DLQ_QUERY_ENTRY,     // entry_id
    TMESH_DLQ_QUERY_OF_TASK,   // the newest one of task_id
    TMESH_DLQ_QUERY_STATS,     // how many there are, and which ones to look into first
} tmesh_dlq_query_t;
// Error: "unknown_dlq_entry".
typedef struct {
    tmesh_arena_t *arena;
    tmesh_dlq_query_t what;
    tmesh_dlq_id_t entry_id;
    bool has_task;
    tmesh_task_id_t task_id;
    tmesh_dlq_status_t status;
    tmesh_dlq_reason_t reason;
    bool has_before;
    tmesh_dlq_id_t before; // entries made earlier than this one
    uint32_t limit;
} tmesh_query_dlq_request_t;
typedef struct {
    tmesh_arena_t *arena;
    tmesh_encoded_t encoded;
} tmesh_query_dlq_reply_t;

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

// What the gateway counts, by itself.
typedef struct {
    uint64_t received;
    uint64_t sent;
    uint64_t refused; // answers of 400 and more
    uint64_t dropped; // answers that a slow or vanished peer did not get
    uint64_t workers;
    uint64_t capacity; // of all workers
    uint64_t running;  // runs that they hold
    uint64_t runs;     // all that are known here
    uint64_t waiting_runs; // claimed, and waiting for a free slot
    uint64_t waiting_clients;
    int64_t uptime_ms;
} tmesh_gateway_numbers_t;

// The body of METRICS (docs/METRICS.md).
typedef struct {
    tmesh_arena_t *arena;
    bool as_json; // otherwise Prometheus' text format
    tmesh_gateway_numbers_t gateway;
} tmesh_query_metrics_request_t;
typedef struct {
    tmesh_arena_t *arena;
    tmesh_encoded_t encoded;
} tmesh_query_metrics_reply_t;

#endif
