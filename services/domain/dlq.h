// services/domain/dlq.h - the words of the dead letter queue: a log of what somebody should look into
// (SPEC 7.1). Nothing is tried again from it. Pure values; any thread.
#ifndef TMESH_SERVICES_DOMAIN_DLQ_H
#define TMESH_SERVICES_DOMAIN_DLQ_H

#include <stdint.h>

// Stored codes: both lists are frozen, new ones are appended.
#define TMESH_DLQ_REASONS(X)                                                                       \
    X(STALENESS_TIMEOUT, "staleness_timeout")                                                      \
    X(MAX_RETRIES_EXCEEDED, "max_retries_exceeded")                                                \
    X(PERMANENT_FAILURE, "permanent_failure")                                                      \
    X(WORKER_UNAVAILABLE, "worker_unavailable")                                                    \
    X(POISON_STEP, "poison_step")                                                                  \
    X(MANUAL_DLQ, "manual_dlq")                                                                    \
    X(TASK_TIMEOUT, "task_timeout")
#define TMESH_DLQ_STATUSES(X)                                                                      \
    X(PENDING, "pending")                                                                          \
    X(MANUALLY_RESOLVED, "manually_resolved")                                                      \
    X(PERMANENTLY_FAILED, "permanently_failed")                                                    \
    X(CANCELLED, "cancelled")

typedef enum {
    TMESH_DLQ_REASON_NONE, // there is no such word
#define TMESH_DLQ_REASON_CODE(code, word) TMESH_DLQ_##code,
    TMESH_DLQ_REASONS(TMESH_DLQ_REASON_CODE)
#undef TMESH_DLQ_REASON_CODE
        TMESH_DLQ_REASON_COUNT
} tmesh_dlq_reason_t;

typedef enum {
    TMESH_DLQ_STATUS_NONE, // there is no such word
#define TMESH_DLQ_STATUS_CODE(code, word) TMESH_DLQ_STATUS_##code,
    TMESH_DLQ_STATUSES(TMESH_DLQ_STATUS_CODE)
#undef TMESH_DLQ_STATUS_CODE
        TMESH_DLQ_STATUS_COUNT
} tmesh_dlq_status_t;

const char *tmesh_dlq_reason_word(tmesh_dlq_reason_t reason);
const char *tmesh_dlq_status_word(tmesh_dlq_status_t status);
tmesh_dlq_reason_t tmesh_dlq_reason_parse(const char *word);
tmesh_dlq_status_t tmesh_dlq_status_parse(const char *word);

// How urgent it is to look into an entry that has been there for so long: a weight for its reason, and
// one for each minute.
int64_t tmesh_dlq_priority(tmesh_dlq_reason_t reason, int64_t age_ms);

#endif
