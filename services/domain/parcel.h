// services/domain/parcel.h - one run of one step, with everything its worker needs.
// Plain data; whatever it points to lives in the arena of the message that carries it.
#ifndef TMESH_SERVICES_DOMAIN_PARCEL_H
#define TMESH_SERVICES_DOMAIN_PARCEL_H

#include "runtime/base/bytes.h"
#include "services/domain/ids.h"

typedef struct {
    const char *name;
    tmesh_bytes_t result;   // JSON text, verbatim; absent: there is none
    const char *error_code; // of a worker of a batch that has failed, else NULL
    const char *error_message;
} tmesh_parcel_input_t;

// The fence: a result is taken only for the current run, and only from who holds its token.
typedef struct {
    tmesh_step_id_t step_id;
    uint32_t run; // from 1, never falls
    tmesh_run_token_t token;
} tmesh_fence_t;

// A run that this node has in its hands.
typedef struct {
    tmesh_step_id_t step_id;
    uint32_t run;
} tmesh_held_run_t;

typedef struct {
    tmesh_fence_t fence;
    int offer; // whose credit it was claimed on (services/domain/credit.h)
    const char *step_name;
    const char *template_step_name; // another only for workers of a batch
    const char *namespace_name;
    const char *task_name;
    const char *task_version;
    const char *callable;
    const char *method;
    const char *correlation_id;
    uint32_t attempt; // from 1
    uint32_t max_attempts;
    int32_t priority;
    int64_t timeout_ms; // 0: none
    tmesh_bytes_t context;
    tmesh_bytes_t initialization;
    tmesh_bytes_t checkpoint; // absent: none
    const tmesh_parcel_input_t *inputs; // results of the steps it depends on
    size_t input_count;
    const tmesh_parcel_input_t *ancestors; // results of steps above those, nearest first
    size_t ancestor_count;
    bool is_truncated; // there are more of them
    bool lacks_inputs; // a parent has a result that does not go with it
} tmesh_parcel_t;

#endif
