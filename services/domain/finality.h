// services/domain/finality.h - where a task goes from here, by the counts of its steps. Pure.
#ifndef TMESH_SERVICES_DOMAIN_FINALITY_H
#define TMESH_SERVICES_DOMAIN_FINALITY_H

#include <stdint.h>

#include "services/domain/task_state.h"

typedef struct {
    uint32_t total;
    uint32_t done;
    uint32_t failed;    // in error, and not tolerated
    uint32_t tolerated; // in error, and as good as done
    uint32_t in_flight;
    uint32_t waiting; // for a retry
    uint32_t ready;   // may be enqueued now
} tmesh_task_counts_t;

// The event that leaves evaluating_results. First match wins: a failure that is not tolerated
// blocks the task even while others are ready (SPEC 6.2); then steps to enqueue; then the end,
// when every step is done (6.1); then steps that run; then retries that are due later.
tmesh_task_event_t tmesh_finality_assess(const tmesh_task_counts_t *counts);

#endif
