// services/domain/readiness.h - which step may start, and which goes first. Pure.
#ifndef TMESH_SERVICES_DOMAIN_READINESS_H
#define TMESH_SERVICES_DOMAIN_READINESS_H

#include <stdbool.h>
#include <stdint.h>

#include "services/domain/step_state.h"

// SPEC 4.1: in a state that waits, and all its parents done. Whether it is due is the caller's to
// know; whether attempts are left was decided when it was sent to wait.
bool tmesh_readiness_of_step(tmesh_step_state_t state, uint32_t parents_open);

// SPEC 4.2: after a failure, may it be tried again? `attempts` have been started.
bool tmesh_readiness_may_retry(bool step_retryable, bool result_retryable, uint32_t attempts,
                               uint32_t max_attempts);

// Smaller goes first: ageing is linear, so the key never changes. A point of priority is worth
// one minute of waiting.
int64_t tmesh_readiness_order_key(int64_t enqueued_ms, int32_t priority);

#endif
