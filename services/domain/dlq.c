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
