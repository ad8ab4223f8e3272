#include "services/domain/readiness.h"

enum { AGEING_MS_PER_PRIORITY = 60000 };

bool tmesh_readiness_of_step(tmesh_step_state_t state, uint32_t parents_open)
{
    bool waits = state == TMESH_STEP_PENDING || state == TMESH_STEP_WAITING_FOR_RETRY;
    return waits && parents_open == 0;
}

bool tmesh_readiness_may_retry(bool step_retryable, bool result_retryable, uint32_t attempts,
                               uint32_t max_attempts)
{
    return step_retryable && result_retryable && attempts < max_attempts;
}

int64_t tmesh_readiness_order_key(int64_t enqueued_ms, int32_t priority)
{
    return enqueued_ms - (int64_t)priority * AGEING_MS_PER_PRIORITY;
}
