// tests/property/support/model.h - a task as the rules see it (SPEC 3 to 6): fed with its history
// and with what was said of its runs, it judges each passage and says what must be there at rest.
#ifndef TMESH_TESTS_PROPERTY_SUPPORT_MODEL_H
#define TMESH_TESTS_PROPERTY_SUPPORT_MODEL_H

#include "services/store/reader.h"
#include "tests/property/support/journal.h"

typedef struct {
    bool exists;
    const char *state; // words are literals
    uint32_t attempts;
    uint32_t workers_lost;
    uint32_t run; // the last one that was started
    int64_t started_ms;
    int64_t due_ms;     // of the retry; 0: at once
    bool may_be_orphan; // the process has died since it was started
    bool is_orphaned;   // its last run was given back with its node: a late word on it may count
    uint32_t answered_run; // the last one that has its answer,
    const char *answer;    // which is this; NULL: it was given up, and is over
    bool has_result;
    char result[256];
    char by_hand[256]; // what it would be completed with by hand
    bool by_hand_names[TMESH_FLOW_STEPS_MAX];
    uint32_t stored_run; // at the last rest
    tmesh_run_token_t stored_token;
    bool may_be_claimed; // it waits for credit: from now on at any moment
} tmesh_model_step_t;

typedef struct {
    uint64_t seed;
    bool is_traced;
    tmesh_task_id_t id;
    tmesh_flow_t flow;
    tmesh_flow_word_t word;
    tmesh_journal_t journal;
    const char *task;
    bool is_paused;
    bool is_lossy;      // messages get lost: what is due may be late
    int64_t run_at_ms;  // 0: at once
    uint32_t number;    // of the last transition
    bool was_held;      // at the last rest: paused or blocked,
    bool may_go_on;     // and somebody has done something since
    bool may_be_paused; // nobody knows: what is stored counts
    tmesh_model_step_t steps[TMESH_FLOW_STEPS_MAX];
} tmesh_model_t;

// Yours, with tmesh_free.
tmesh_model_t *tmesh_model_new(uint64_t seed, const tmesh_flow_t *flow);
// Fails the test, with seed, number and step (-1: the task), when the rule does not hold.
void tmesh_model_must(const tmesh_model_t *self, bool holds, int step, const char *rule);
// One line of the story, when TMESH_PROPERTY_TRACE is set.
[[gnu::format(printf, 2, 3)]] void tmesh_model_trace(const tmesh_model_t *self,
                                                     const char *format, ...);
void tmesh_model_replay(tmesh_model_t *self, const tmesh_transition_row_t *rows, size_t count);
// Reads what is new, and asserts all that must hold when nobody has anything to do.
void tmesh_model_check(tmesh_model_t *self, tmesh_reader_t *reader, int64_t now_ms);
// The process died.
void tmesh_model_crash(tmesh_model_t *self);

bool tmesh_model_is_blocked(const tmesh_model_t *self);
bool tmesh_model_has_ended(const tmesh_model_t *self);
bool tmesh_model_parents_are_done(const tmesh_model_t *self, int step);

#endif
