// services/domain/metrics.h - what a node counts while it works, since its start (SPEC 9.1).
//
// Numbers only, all atomic and of a fixed size: any thread may add and read without waiting, and a
// reader may see one number of a commit before another. Whoever has no metrics passes NULL, and
// nothing is counted. What they are called outside: actors/reader_metrics.c and docs/METRICS.md.
#ifndef TMESH_SERVICES_DOMAIN_METRICS_H
#define TMESH_SERVICES_DOMAIN_METRICS_H

#include <stdint.h>

#include "services/domain/dlq.h"
#include "services/domain/step_state.h"
#include "services/domain/task_state.h"

enum {
    TMESH_METRICS_NAMESPACES_MAX = 64, // those that come later share one entry, "other"
    TMESH_DURATION_BUCKETS = 17,       // with a bound; one more has none
};

typedef enum {
    TMESH_COUNT_REQUESTS_CREATED,
    TMESH_COUNT_REQUESTS_DUPLICATE,
    TMESH_COUNT_REQUESTS_REFUSED,
    TMESH_COUNT_STEPS_CLAIMED,
    TMESH_COUNT_RESULTS_SUCCESS,
    TMESH_COUNT_RESULTS_FAILURE,
    TMESH_COUNT_DECISIONS,
    TMESH_COUNT_DECISION_STEPS,
    TMESH_COUNT_DECISION_ERRORS,
    TMESH_COUNT_STALENESS_LOOKS,
    TMESH_COUNT_STALENESS_DETECTED,
    TMESH_COUNT_STALENESS_ENDED,
    TMESH_COUNT_TASKS_PRUNED,
    TMESH_COUNT_EVENTS_PUBLISHED,
    TMESH_COUNT_EVENTS_DROPPED,
    TMESH_COUNT_COUNT
} tmesh_count_t;

typedef enum {
    TMESH_DURATION_STEP, // of an attempt, from sending it until its worker's result
    TMESH_DURATION_TASK, // from creation to complete
    TMESH_DURATION_COUNT
} tmesh_duration_t;

// One histogram, as it is read.
typedef struct {
    uint64_t counts[TMESH_DURATION_BUCKETS + 1]; // not summed up
    uint64_t count;
    uint64_t sum_ms;
} tmesh_durations_t;

typedef struct tmesh_metrics tmesh_metrics_t;

tmesh_metrics_t *tmesh_metrics_new(void);
void tmesh_metrics_destroy(tmesh_metrics_t **self_p);

// ---- Counting: any thread; self may be NULL

void tmesh_metrics_add(tmesh_metrics_t *self, tmesh_count_t what, uint64_t count);
void tmesh_metrics_move_task(tmesh_metrics_t *self, tmesh_task_state_t from, tmesh_task_state_t to);
void tmesh_metrics_move_step(tmesh_metrics_t *self, tmesh_step_state_t from, tmesh_step_state_t to);
// A negative duration, of a clock that was set back, counts as 0.
void tmesh_metrics_observe(tmesh_metrics_t *self, tmesh_duration_t what, const char *namespace_name,
                           int64_t duration_ms);
// An entry of the dead letter queue got this status; from NONE: it is new.
void tmesh_metrics_move_dlq(tmesh_metrics_t *self, tmesh_dlq_reason_t reason,
                            tmesh_dlq_status_t from, tmesh_dlq_status_t to);
// How many tasks were open, and entries pending, before anything was counted.
void tmesh_metrics_set_open_tasks(tmesh_metrics_t *self, uint64_t count);
void tmesh_metrics_set_pending_dlq(tmesh_metrics_t *self, tmesh_dlq_reason_t reason,
                                   uint64_t count);

// ---- Reading: any thread

uint64_t tmesh_metrics_count(const tmesh_metrics_t *self, tmesh_count_t what);
uint64_t tmesh_metrics_task_moves(const tmesh_metrics_t *self, tmesh_task_state_t from,
                                  tmesh_task_state_t to);
uint64_t tmesh_metrics_step_moves(const tmesh_metrics_t *self, tmesh_step_state_t from,
                                  tmesh_step_state_t to);
// Into this state, from wherever.
uint64_t tmesh_metrics_tasks_into(const tmesh_metrics_t *self, tmesh_task_state_t to);
uint64_t tmesh_metrics_steps_into(const tmesh_metrics_t *self, tmesh_step_state_t to);
uint64_t tmesh_metrics_open_tasks(const tmesh_metrics_t *self);
uint64_t tmesh_metrics_created_dlq(const tmesh_metrics_t *self, tmesh_dlq_reason_t reason);
uint64_t tmesh_metrics_pending_dlq(const tmesh_metrics_t *self, tmesh_dlq_reason_t reason);
// The name of an entry, index 0 to TMESH_METRICS_NAMESPACES_MAX; NULL: nothing was observed there.
const char *tmesh_metrics_namespace(const tmesh_metrics_t *self, int index);
tmesh_durations_t tmesh_metrics_durations(const tmesh_metrics_t *self, tmesh_duration_t what,
                                          int index);
// The bounds of the buckets, in ms; a duration belongs to the first one that it does not exceed.
extern const int64_t tmesh_duration_bounds_ms[TMESH_DURATION_BUCKETS];

#endif
