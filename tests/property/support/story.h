// tests/property/support/story.h - the life of one task, drawn from a seed: a workflow, and what its
// workers, people, time and crashes do to it. After each thing the model judges.
#ifndef TMESH_TESTS_PROPERTY_SUPPORT_STORY_H
#define TMESH_TESTS_PROPERTY_SUPPORT_STORY_H

#include "tests/property/support/model.h"
#include "tests/simulation/support/reports.h"

enum { TMESH_STORY_FENCES_MAX = 512 };

typedef struct {
    tmesh_sim_t *sim;
    tmesh_model_t *model;
    tmesh_random_t *random;
    tmesh_fence_t fences[TMESH_STORY_FENCES_MAX]; // of all runs that were ever sent
    int fence_count;
    int said_count; // since the last hearing,
    int said_at[TMESH_HEARD_MAX]; // and where it stands in the journal; -1: it does not
    unsigned success_percent; // of what is reported,
    unsigned lost_percent;    // and of the failures, how many workers were lost
    // The results that the last run of each step was given, by parent.
    char inputs[TMESH_FLOW_STEPS_MAX][TMESH_FLOW_STEPS_MAX][256];
} tmesh_story_t;

// How often each thing happened, over all stories: so that a test can see that they are worth it.
typedef struct {
    uint32_t ends_complete, ends_other, resets, crashes;
    uint32_t timeouts, poisoned, branches, refused_decisions;
} tmesh_story_counts_t;

void tmesh_story_tell(uint64_t seed, tmesh_story_counts_t *counts);

// The single things, drawn. Alone: it is settled, and its answer is what the model expects; else it
// is only said.
void tmesh_story_report(tmesh_story_t *self, bool alone);
void tmesh_story_report_success(tmesh_story_t *self, tmesh_fence_t fence);
void tmesh_story_note_sent(tmesh_story_t *self, bool alone);
void tmesh_story_act_on_step(tmesh_story_t *self, bool alone);
void tmesh_story_act_on_task(tmesh_story_t *self, bool alone);
void tmesh_story_cancel(tmesh_story_t *self, bool alone);
void tmesh_story_finalize(tmesh_story_t *self, bool alone);

// The answers to what workers said, in that order. What was refused is struck.
const tmesh_heard_t *tmesh_story_hear(tmesh_story_t *self);
// A run that the worker holds; false: there is none.
bool tmesh_story_draw_held(tmesh_story_t *self, tmesh_fence_t *fence);
void tmesh_story_check(tmesh_story_t *self);

#endif
