// tests/property/support/flow.h - a random workflow, and what SPEC 5.5 and 4.3 say of it. Written
// from the rules, not from the product: nothing here includes what it judges.
#ifndef TMESH_TESTS_PROPERTY_SUPPORT_FLOW_H
#define TMESH_TESTS_PROPERTY_SUPPORT_FLOW_H

#include <stdbool.h>
#include <stdint.h>

#include "runtime/base/bytes.h"
#include "runtime/base/random.h"

enum { TMESH_FLOW_STEPS_MAX = 12 };

typedef enum { TMESH_FLOW_STANDARD, TMESH_FLOW_DECISION, TMESH_FLOW_CONVERGENCE } tmesh_flow_kind_t;
typedef enum {
    TMESH_FLOW_NONE,
    TMESH_FLOW_LINEAR,
    TMESH_FLOW_EXPONENTIAL,
    TMESH_FLOW_FIBONACCI
} tmesh_flow_backoff_t;

// Step i of the template is called s<i> and has the number i + 1.
typedef struct {
    tmesh_flow_kind_t kind;
    bool depends_on[TMESH_FLOW_STEPS_MAX];
    bool retryable;
    uint32_t max_attempts;
    tmesh_flow_backoff_t backoff;
    int64_t base_ms;
    int64_t max_ms;
    int64_t timeout_ms;
} tmesh_flow_step_t;

typedef struct {
    int count;
    tmesh_flow_step_t steps[TMESH_FLOW_STEPS_MAX];
} tmesh_flow_t;

// What is known of the decisions of one task.
typedef struct {
    bool is_done[TMESH_FLOW_STEPS_MAX];
    bool named[TMESH_FLOW_STEPS_MAX][TMESH_FLOW_STEPS_MAX]; // by which decision, which step
} tmesh_flow_word_t;

typedef enum { TMESH_FLOW_UNSETTLED, TMESH_FLOW_IS, TMESH_FLOW_IS_NOT } tmesh_flow_being_t;

tmesh_flow_t tmesh_flow_draw(tmesh_random_t *random);
void tmesh_flow_write(const tmesh_flow_t *self, tmesh_buffer_t *yaml);
// Does this step come to exist?
tmesh_flow_being_t tmesh_flow_being(const tmesh_flow_t *self, const tmesh_flow_word_t *word,
                                    int step);
// Is there an edge, when both exist?
bool tmesh_flow_has_edge(const tmesh_flow_t *self, const tmesh_flow_word_t *word, int parent,
                         int step);
bool tmesh_flow_may_name(const tmesh_flow_t *self, int decision, int step);
// The wait after this many attempts, without jitter.
int64_t tmesh_flow_wait_ms(const tmesh_flow_step_t *step, uint32_t attempts);

#endif
