#include "tests/property/support/flow.h"

static int draw(tmesh_random_t *random, int below)
{
    return (int)tmesh_random_below(random, (uint64_t)below);
}

static bool chance(tmesh_random_t *random, int percent)
{
    return draw(random, 100) < percent;
}

static bool has_decision_above(const tmesh_flow_t *self, int step)
{
    for (int i = 0; i < self->count; i++) {
        if (!self->steps[step].depends_on[i]) continue;
        if (self->steps[i].kind == TMESH_FLOW_DECISION || has_decision_above(self, i)) return true;
    }
    return false;
}

static void draw_policy(tmesh_flow_step_t *step, tmesh_random_t *random)
{
    step->retryable = !chance(random, 15);
    step->max_attempts = (uint32_t)draw(random, 5);
    step->backoff = (tmesh_flow_backoff_t)draw(random, 4);
    step->base_ms = draw(random, 3000);
    step->max_ms = draw(random, 6000);
    step->timeout_ms = 1000 * (5 + draw(random, 30));
}

// The order of the template is not the order of the graph: every step depends on steps that were
// drawn before it, wherever they stand.
tmesh_flow_t tmesh_flow_draw(tmesh_random_t *random)
{
    tmesh_flow_t self = {.count = 2 + draw(random, TMESH_FLOW_STEPS_MAX - 1)};
    int place[TMESH_FLOW_STEPS_MAX];
    for (int i = 0; i < self.count; i++) {
        int other = draw(random, i + 1);
        place[i] = place[other];
        place[other] = i;
    }
    int density = 10 + draw(random, 50);
    int decisions = draw(random, 2) ? 20 + draw(random, 60) : 0;
    for (int rank = 0; rank < self.count; rank++) {
        tmesh_flow_step_t *step = &self.steps[place[rank]];
        bool has_parent = false;
        draw_policy(step, random);
        for (int above = 0; above < rank; above++) {
            bool depends = chance(random, density);
            step->depends_on[place[above]] = depends;
            has_parent = has_parent || depends;
        }
        if (has_parent && chance(random, decisions)) {
            step->kind = TMESH_FLOW_DECISION;
        } else if (has_decision_above(&self, place[rank]) && chance(random, 30)) {
            step->kind = TMESH_FLOW_CONVERGENCE;
        }
    }
    return self;
}

static void write_step(const tmesh_flow_t *self, int index, tmesh_buffer_t *yaml)
{
    static const char *const kinds[] = {"standard", "decision", "deferred_convergence"};
    static const char *const backoffs[] = {"none", "linear", "exponential", "fibonacci"};
    const tmesh_flow_step_t *step = &self->steps[index];
    tmesh_buffer_printf(yaml, "  - name: s%d\n    type: %s\n    handler: {callable: work}\n", index,
                        kinds[step->kind]);
    tmesh_buffer_printf(yaml, "    timeout_seconds: %d\n", (int)(step->timeout_ms / 1000));
    tmesh_buffer_printf(yaml,
                        "    retry: {retryable: %s, max_attempts: %u, backoff: %s, "
                        "backoff_base_ms: %d, max_backoff_ms: %d}\n    dependencies: [",
                        step->retryable ? "true" : "false", step->max_attempts,
                        backoffs[step->backoff], (int)step->base_ms, (int)step->max_ms);
    const char *comma = "";
    for (int i = 0; i < self->count; i++) {
        if (!step->depends_on[i]) continue;
        tmesh_buffer_printf(yaml, "%ss%d", comma, i);
        comma = ", ";
    }
    tmesh_buffer_add_text(yaml, "]\n");
}

void tmesh_flow_write(const tmesh_flow_t *self, tmesh_buffer_t *yaml)
{
    tmesh_buffer_add_text(yaml, "name: drawn\nnamespace_name: sim\nversion: 1.0.0\nsteps:\n");
    for (int i = 0; i < self->count; i++) write_step(self, i, yaml);
}

bool tmesh_flow_has_edge(const tmesh_flow_t *self, const tmesh_flow_word_t *word, int parent,
                         int step)
{
    if (!self->steps[step].depends_on[parent]) return false;
    return self->steps[parent].kind != TMESH_FLOW_DECISION || word->named[parent][step];
}

tmesh_flow_being_t tmesh_flow_being(const tmesh_flow_t *self, const tmesh_flow_word_t *word,
                                    int step)
{
    bool is_root = true;
    bool has_parent = false;
    for (int i = 0; i < self->count; i++) {
        if (!self->steps[step].depends_on[i]) continue;
        is_root = false;
        tmesh_flow_being_t parent = tmesh_flow_being(self, word, i);
        bool speaks = parent == TMESH_FLOW_IS && self->steps[i].kind == TMESH_FLOW_DECISION;
        if (parent == TMESH_FLOW_UNSETTLED || (speaks && !word->is_done[i])) {
            return TMESH_FLOW_UNSETTLED;
        }
        if (parent == TMESH_FLOW_IS && tmesh_flow_has_edge(self, word, i, step)) has_parent = true;
    }
    return is_root || has_parent ? TMESH_FLOW_IS : TMESH_FLOW_IS_NOT;
}

bool tmesh_flow_may_name(const tmesh_flow_t *self, int decision, int step)
{
    for (int i = 0; i < self->count; i++) {
        if (!self->steps[step].depends_on[i]) continue;
        if (i == decision) return true;
        bool crosses = self->steps[i].kind == TMESH_FLOW_DECISION;
        if (!crosses && tmesh_flow_may_name(self, decision, i)) return true;
    }
    return false;
}

static int64_t fibonacci(uint32_t n)
{
    return n < 2 ? n : fibonacci(n - 1) + fibonacci(n - 2);
}

int64_t tmesh_flow_wait_ms(const tmesh_flow_step_t *step, uint32_t attempts)
{
    int64_t wait_ms = 0;
    switch (step->backoff) {
    case TMESH_FLOW_NONE: break;
    case TMESH_FLOW_LINEAR: wait_ms = step->base_ms * attempts; break;
    case TMESH_FLOW_EXPONENTIAL: wait_ms = step->base_ms << (attempts - 1); break;
    case TMESH_FLOW_FIBONACCI: wait_ms = step->base_ms * fibonacci(attempts); break;
    }
    return wait_ms < step->max_ms ? wait_ms : step->max_ms;
}
