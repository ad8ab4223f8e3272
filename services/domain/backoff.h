// services/domain/backoff.h - how long a step waits before its next attempt (SPEC 4.3).
// Pure: the random source is handed in, NULL for no jitter.
#ifndef TMESH_SERVICES_DOMAIN_BACKOFF_H
#define TMESH_SERVICES_DOMAIN_BACKOFF_H

#include <stdbool.h>
#include <stdint.h>

#include "runtime/base/random.h"

#define TMESH_BACKOFF_KINDS(X)                                                                     \
    X(NONE, "none")                                                                                \
    X(LINEAR, "linear")                                                                            \
    X(EXPONENTIAL, "exponential")                                                                  \
    X(FIBONACCI, "fibonacci")

typedef enum {
#define TMESH_BACKOFF_CODE(code, word) TMESH_BACKOFF_##code,
    TMESH_BACKOFF_KINDS(TMESH_BACKOFF_CODE)
#undef TMESH_BACKOFF_CODE
        TMESH_BACKOFF_COUNT
} tmesh_backoff_kind_t;

typedef struct {
    bool retryable;
    uint32_t max_attempts;
    tmesh_backoff_kind_t kind;
    uint32_t base_ms;
    uint32_t max_ms;
} tmesh_retry_policy_t;

// What applies where a template says nothing: retryable, 3 attempts, exponential from 1 s to 30 s.
extern const tmesh_retry_policy_t tmesh_retry_policy_default;

const char *tmesh_backoff_kind_word(tmesh_backoff_kind_t kind);
bool tmesh_backoff_kind_parse(const char *word, tmesh_backoff_kind_t *kind);

// The wait in milliseconds before attempt `attempts` + 1; attempts >= 1 have been started.
// Jitter of 15 % either way when `jitter` is given, never beyond max_ms.
int64_t tmesh_backoff_wait_ms(const tmesh_retry_policy_t *policy, uint32_t attempts,
                              tmesh_random_t *jitter);

#endif
