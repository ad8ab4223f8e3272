#include "services/domain/dlq.h"

#include <assert.h>
#include <string.h>

static const char *const reason_words[TMESH_DLQ_REASON_COUNT] = {
    [TMESH_DLQ_REASON_NONE] = "none",
#define TMESH_DLQ_REASON_ROW(code, word) [TMESH_DLQ_##code] = word,
    TMESH_DLQ_REASONS(TMESH_DLQ_REASON_ROW)
#undef TMESH_DLQ_REASON_ROW
};

static const char *const status_words[TMESH_DLQ_STATUS_COUNT] = {
    [TMESH_DLQ_STATUS_NONE] = "none",
#define TMESH_DLQ_STATUS_ROW(code, word) [TMESH_DLQ_STATUS_##code] = word,
    TMESH_DLQ_STATUSES(TMESH_DLQ_STATUS_ROW)
#undef TMESH_DLQ_STATUS_ROW
};

const char *tmesh_dlq_reason_word(tmesh_dlq_reason_t reason)
{
    assert((unsigned)reason < TMESH_DLQ_REASON_COUNT);
    return reason_words[reason];
}

const char *tmesh_dlq_status_word(tmesh_dlq_status_t status)
{
    assert((unsigned)status < TMESH_DLQ_STATUS_COUNT);
    return status_words[status];
}

// The model's. (It also has 1,000 for cycles, which no template has here.)
static const int64_t weights[TMESH_DLQ_REASON_COUNT] = {
    [TMESH_DLQ_MAX_RETRIES_EXCEEDED] = 500, [TMESH_DLQ_STALENESS_TIMEOUT] = 100,
    [TMESH_DLQ_WORKER_UNAVAILABLE] = 50,    [TMESH_DLQ_PERMANENT_FAILURE] = 10,
    [TMESH_DLQ_POISON_STEP] = 10,           [TMESH_DLQ_MANUAL_DLQ] = 10,
    [TMESH_DLQ_TASK_TIMEOUT] = 10,
};

int64_t tmesh_dlq_priority(tmesh_dlq_reason_t reason, int64_t age_ms)
{
    assert(reason > TMESH_DLQ_REASON_NONE && reason < TMESH_DLQ_REASON_COUNT);
    return weights[reason] + (age_ms > 0 ? age_ms / 60000 : 0);
}

static int find(const char *const *words, int count, const char *word)
{
    for (int i = 1; i < count; i++) {
        if (strcmp(words[i], word) == 0) return i;
    }
    return 0;
}

tmesh_dlq_reason_t tmesh_dlq_reason_parse(const char *word)
{
    return (tmesh_dlq_reason_t)find(reason_words, TMESH_DLQ_REASON_COUNT, word);
}

tmesh_dlq_status_t tmesh_dlq_status_parse(const char *word)
{
    return (tmesh_dlq_status_t)find(status_words, TMESH_DLQ_STATUS_COUNT, word);
}
