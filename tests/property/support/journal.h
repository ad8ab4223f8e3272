// tests/property/support/journal.h - what was said of the runs of one task, in order. The first
// word on a run that was not refused is the one that counts.
#ifndef TMESH_TESTS_PROPERTY_SUPPORT_JOURNAL_H
#define TMESH_TESTS_PROPERTY_SUPPORT_JOURNAL_H

#include "tests/property/support/flow.h"

typedef enum {
    TMESH_SAID_SUCCESS,
    TMESH_SAID_FAILURE,
    TMESH_SAID_UNUSABLE,
    TMESH_SAID_LOST,
} tmesh_said_kind_t;

typedef struct {
    int step;
    uint32_t run;
    tmesh_said_kind_t kind;
    bool retryable;
    int64_t retry_after_ms; // -1: none
    // Of a decision's success: which steps it names, and can it be read at all?
    bool names[TMESH_FLOW_STEPS_MAX];
    bool is_readable;
    char text[256]; // of a success
} tmesh_saying_t;

enum { TMESH_JOURNAL_MAX = 4096 };
typedef struct {
    int count;
    tmesh_saying_t sayings[TMESH_JOURNAL_MAX];
} tmesh_journal_t;

// Its place.
int tmesh_journal_add(tmesh_journal_t *self, const tmesh_saying_t *saying);
// It was refused: it never counts.
void tmesh_journal_strike(tmesh_journal_t *self, int place);
// NULL: nothing was said of this run.
const tmesh_saying_t *tmesh_journal_first(const tmesh_journal_t *self, int step, uint32_t run);

// A success with a text of its own; a decision's names steps, or is wrong in some way.
void tmesh_saying_draw_success(tmesh_saying_t *self, const tmesh_flow_t *flow, bool may_be_wrong,
                               tmesh_random_t *random);
void tmesh_saying_draw_failure(tmesh_saying_t *self, unsigned lost_percent,
                               tmesh_random_t *random);
// Is this decision allowed, where so much is known?
bool tmesh_saying_is_allowed(const tmesh_saying_t *self, const tmesh_flow_t *flow,
                             const tmesh_flow_word_t *word);

#endif
