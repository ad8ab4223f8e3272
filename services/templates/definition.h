// services/templates/definition.h - a template as it is used: checked, resolved, immutable.
// Made by the parser, freed whole (it owns one arena). Several threads may read one definition.
#ifndef TMESH_SERVICES_TEMPLATES_DEFINITION_H
#define TMESH_SERVICES_TEMPLATES_DEFINITION_H

#include <stdbool.h>
#include <stdint.h>

#include "runtime/base/arena.h"
#include "services/domain/backoff.h"

#define TMESH_STEP_TYPES(X)                                                                        \
    X(STANDARD, "standard")                                                                        \
    X(DECISION, "decision")                                                                        \
    X(DEFERRED_CONVERGENCE, "deferred_convergence")                                                \
    X(BATCHABLE, "batchable")                                                                      \
    X(BATCH_WORKER, "batch_worker")

typedef enum {
#define TMESH_STEP_TYPE_CODE(code, word) TMESH_STEP_TYPE_##code,
    TMESH_STEP_TYPES(TMESH_STEP_TYPE_CODE)
#undef TMESH_STEP_TYPE_CODE
        TMESH_STEP_TYPE_COUNT
} tmesh_step_type_t;

typedef enum {
    TMESH_IDENTITY_STRICT,
    TMESH_IDENTITY_CALLER_PROVIDED,
    TMESH_IDENTITY_ALWAYS_UNIQUE,
} tmesh_identity_strategy_t;

typedef enum {
    TMESH_BATCH_CONTINUE_ON_FAILURE,
    TMESH_BATCH_FAIL_FAST,
    TMESH_BATCH_ISOLATE,
    TMESH_BATCH_FAILURE_STRATEGY_COUNT
} tmesh_batch_failure_strategy_t;
extern const char *const tmesh_batch_failure_strategy_words[TMESH_BATCH_FAILURE_STRATEGY_COUNT];

typedef struct {
    uint32_t batch_size;
    uint32_t parallelism;
    const char *cursor_field;
    const char *worker_template;
    tmesh_batch_failure_strategy_t failure_strategy;
} tmesh_batch_config_t;

typedef enum {
    TMESH_PUBLISH_ON_SUCCESS,
    TMESH_PUBLISH_ON_FAILURE,
    TMESH_PUBLISH_ON_RETRYABLE_FAILURE,
    TMESH_PUBLISH_ON_PERMANENT_FAILURE,
    TMESH_PUBLISH_ALWAYS,
} tmesh_publish_condition_t;

typedef struct {
    const char *name;
    const char *description;
    tmesh_publish_condition_t condition;
    const char *schema_json;   // a JSON Schema, as JSON text
    const char *delivery_mode; // "durable", "fast" or "broadcast"
    const char *publisher;     // or NULL
} tmesh_event_definition_t;

typedef struct {
    const char *name;
    const char *description; // or NULL
    tmesh_step_type_t type;
    const char *callable;
    const char *method;              // "call" unless the template says otherwise
    const char *resolver;            // or NULL
    const char *initialization_json; // an object as JSON text, "{}" when absent
    const char *system_dependency;   // or NULL
    const uint16_t *parents;         // indexes of the steps that this one depends on
    uint16_t parent_count;
    const uint16_t *children; // the same edges, seen from above
    uint16_t child_count;
    bool exists_at_start; // made with the task; others by a decision or a batch (SPEC 5.5, 5.6)
    tmesh_retry_policy_t retry;
    int64_t timeout_ms; // per attempt; -1: the node's default, 0: none
    uint64_t queue_id;  // of namespace and callable
    const tmesh_batch_config_t *batch_config; // or NULL
    const tmesh_event_definition_t *events;
    uint16_t event_count;
    const char *result_schema_json; // or NULL
} tmesh_step_definition_t;

typedef enum {
    TMESH_STALENESS_DLQ,
    TMESH_STALENESS_ERROR,
    TMESH_STALENESS_NONE,
} tmesh_staleness_action_t;

// 0 means "not set" for every duration.
typedef struct {
    int64_t max_duration_ms;
    int64_t max_waiting_for_dependencies_ms;
    int64_t max_waiting_for_retry_ms;
    int64_t max_steps_in_process_ms;
    tmesh_staleness_action_t staleness_action;
    bool goes_on_after_max_duration; // auto_fail_on_timeout: false
    bool enters_dlq_at_max_duration; // auto_dlq_on_timeout: true
} tmesh_lifecycle_t;

enum { TMESH_DEFINITION_HASH_BYTES = 32 };

typedef struct tmesh_definition {
    const char *namespace_name;
    const char *name;
    const char *version;
    const char *description; // or NULL
    tmesh_identity_strategy_t identity_strategy;
    const char *input_schema_json; // or NULL
    tmesh_lifecycle_t lifecycle;
    const tmesh_step_definition_t *steps;
    uint16_t step_count;
    // The whole template as canonical JSON text (all fields, also those we only carry), and its
    // BLAKE2b hash: the same text is the same definition.
    const char *json;
    uint8_t hash[TMESH_DEFINITION_HASH_BYTES];
    tmesh_arena_t *arena; // owns everything above
} tmesh_definition_t;

void tmesh_definition_destroy(tmesh_definition_t **self_p);
const char *tmesh_step_type_word(tmesh_step_type_t type);
// The index of a step, or -1.
int tmesh_definition_find_step(const tmesh_definition_t *self, const char *name);

#endif
