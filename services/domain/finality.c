#include "services/domain/finality.h"

#include <assert.h>

tmesh_task_event_t tmesh_finality_assess(const tmesh_task_counts_t *counts)
{
    assert(counts->done + counts->failed + counts->tolerated + counts->in_flight <=
           counts->total);
    if (counts->failed > 0) return TMESH_TASK_EV_PERMANENT_FAILURE;
    if (counts->ready > 0) return TMESH_TASK_EV_READY_STEPS_FOUND;
    if (counts->done + counts->tolerated == counts->total) return TMESH_TASK_EV_ALL_STEPS_SUCCESSFUL;
    if (counts->in_flight > 0) return TMESH_TASK_EV_STEPS_RUNNING;
    if (counts->waiting > 0) return TMESH_TASK_EV_RETRIES_PENDING;
    return TMESH_TASK_EV_NO_DEPENDENCIES_READY;
}
