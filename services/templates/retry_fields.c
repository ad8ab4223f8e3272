#include "services/templates/retry_fields.h"

#include "runtime/base/memory.h"

enum { ATTEMPTS_MAX = 100, BACKOFF_MAX_MS = 3600000 };

static const char *const known[] = {"retryable", "max_attempts", "backoff", "backoff_base_ms",
                                    "max_backoff_ms"};

void tmesh_retry_fields_read(const tmesh_fields_t *fields, const tmesh_value_t *retry,
                             tmesh_retry_policy_t *policy)
{
    if (!retry) return;
    static const char *const kinds[] = {
#define TMESH_BACKOFF_ROW(code, word) [TMESH_BACKOFF_##code] = word,
        TMESH_BACKOFF_KINDS(TMESH_BACKOFF_ROW)
#undef TMESH_BACKOFF_ROW
    };
    tmesh_fields_only(fields, retry, known, TMESH_COUNT_OF(known));
    tmesh_fields_bool(fields, retry, "retryable", &policy->retryable);
    int64_t number = 0;
    if (tmesh_fields_integer(fields, retry, "max_attempts", 0, ATTEMPTS_MAX, &number)) {
        policy->max_attempts = (uint32_t)number;
    }
    int kind = 0;
    if (tmesh_fields_word(fields, retry, "backoff", kinds, TMESH_COUNT_OF(kinds), &kind)) {
        policy->kind = (tmesh_backoff_kind_t)kind;
    }
    if (tmesh_fields_integer(fields, retry, "backoff_base_ms", 0, BACKOFF_MAX_MS, &number)) {
        policy->base_ms = (uint32_t)number;
    }
    if (tmesh_fields_integer(fields, retry, "max_backoff_ms", 0, BACKOFF_MAX_MS, &number)) {
        policy->max_ms = (uint32_t)number;
    }
}
