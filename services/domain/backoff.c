#include "services/domain/backoff.h"

#include <assert.h>
#include <string.h>

enum { JITTER_PERCENT = 15 };

const tmesh_retry_policy_t tmesh_retry_policy_default = {
    .retryable = true,
    .max_attempts = 3,
    .kind = TMESH_BACKOFF_EXPONENTIAL,
    .base_ms = 1000,
    .max_ms = 30000,
};

static const char *const kind_words[TMESH_BACKOFF_COUNT] = {
#define TMESH_BACKOFF_ROW(code, word) [TMESH_BACKOFF_##code] = word,
    TMESH_BACKOFF_KINDS(TMESH_BACKOFF_ROW)
#undef TMESH_BACKOFF_ROW
};

const char *tmesh_backoff_kind_word(tmesh_backoff_kind_t kind)
{
    assert((unsigned)kind < TMESH_BACKOFF_COUNT);
    return kind_words[kind];
}

bool tmesh_backoff_kind_parse(const char *word, tmesh_backoff_kind_t *kind)
{
    for (int i = 0; i < TMESH_BACKOFF_COUNT; i++) {
        if (strcmp(kind_words[i], word) != 0) continue;
        *kind = (tmesh_backoff_kind_t)i;
        return true;
    }
    return false;
}

// Both stop growing past 32 bits, where every wait has long met its maximum: no overflow.
static uint64_t power_of_two(uint32_t exponent)
{
    return (uint64_t)1 << (exponent < 32 ? exponent : 32);
}

static uint64_t fibonacci(uint32_t n)
{
    uint64_t before = 0;
    uint64_t number = 1;
    for (uint32_t i = 1; i < n && number <= UINT32_MAX; i++) {
        uint64_t next = before + number;
        before = number;
        number = next;
    }
    return number;
}

static uint64_t factor(tmesh_backoff_kind_t kind, uint32_t attempts)
{
    switch (kind) {
    case TMESH_BACKOFF_LINEAR: return attempts;
    case TMESH_BACKOFF_EXPONENTIAL: return power_of_two(attempts - 1);
    case TMESH_BACKOFF_FIBONACCI: return fibonacci(attempts);
    default: return 0;
    }
}

int64_t tmesh_backoff_wait_ms(const tmesh_retry_policy_t *policy, uint32_t attempts,
                              tmesh_random_t *jitter)
{
    assert(attempts >= 1);
    uint64_t wait_ms = 0;
    bool overflow = __builtin_mul_overflow((uint64_t)policy->base_ms,
                                           factor(policy->kind, attempts), &wait_ms);
    if (overflow || wait_ms > policy->max_ms) wait_ms = policy->max_ms;
    uint64_t reach_ms = wait_ms * JITTER_PERCENT / 100;
    if (jitter && reach_ms > 0) {
        wait_ms = wait_ms - reach_ms + tmesh_random_below(jitter, 2 * reach_ms + 1);
        if (wait_ms > policy->max_ms) wait_ms = policy->max_ms;
    }
    return (int64_t)wait_ms;
}
