#include "services/templates/growth.h"

#include "runtime/base/memory.h"

static bool is_decision(const tmesh_definition_t *definition, uint16_t step)
{
    return definition->steps[step].type == TMESH_STEP_TYPE_DECISION;
}

// Is it the parent's word whether this step exists?
static bool waits_for_word(const tmesh_definition_t *definition, uint16_t parent, uint16_t step)
{
    if (is_decision(definition, parent)) return true;
    return definition->steps[parent].type == TMESH_STEP_TYPE_BATCHABLE &&
           definition->steps[step].type == TMESH_STEP_TYPE_BATCH_WORKER;
}

bool tmesh_growth_has_edge(const tmesh_growth_facts_t *facts, uint16_t parent, uint16_t step)
{
    if (!waits_for_word(facts->definition, parent, step)) return true;
    return facts->named(facts->named_self, parent, step);
}

// What one declared dependency says of a step that has no row.
static tmesh_growth_t by_parent(const tmesh_growth_facts_t *facts, const tmesh_growth_t *status,
                                uint16_t parent, uint16_t step)
{
    if (status[parent] != TMESH_GROWTH_EXISTS) return status[parent];
    bool waits = waits_for_word(facts->definition, parent, step);
    if (waits && !facts->is_done[parent]) return TMESH_GROWTH_UNDECIDED;
    bool edge = tmesh_growth_has_edge(facts, parent, step);
    return edge ? TMESH_GROWTH_EXISTS : TMESH_GROWTH_ABSENT;
}

static tmesh_growth_t settle_step(const tmesh_growth_facts_t *facts, const tmesh_growth_t *status,
                                  uint16_t step)
{
    if (facts->has_row[step]) return TMESH_GROWTH_EXISTS;
    const tmesh_step_definition_t *of_step = &facts->definition->steps[step];
    tmesh_growth_t result = TMESH_GROWTH_ABSENT;
    for (uint16_t i = 0; i < of_step->parent_count; i++) {
        tmesh_growth_t word = by_parent(facts, status, of_step->parents[i], step);
        if (word == TMESH_GROWTH_UNDECIDED) return TMESH_GROWTH_UNDECIDED;
        if (word == TMESH_GROWTH_EXISTS) result = TMESH_GROWTH_EXISTS;
    }
    return result;
}

void tmesh_growth_settle(const tmesh_growth_facts_t *facts, tmesh_growth_t *status,
                         uint16_t *order)
{
    const tmesh_definition_t *definition = facts->definition;
    uint16_t count = definition->step_count;
    tmesh_auto_free uint16_t *open = tmesh_alloc_array(count, sizeof *open);
    uint32_t first = 0, last = 0; // of `order`: those whose parents are all settled
    for (uint16_t i = 0; i < count; i++) {
        status[i] = TMESH_GROWTH_UNDECIDED;
        open[i] = definition->steps[i].parent_count;
        if (open[i] == 0) order[last++] = i;
    }
    while (first < last) {
        uint16_t step = order[first++];
        status[step] = settle_step(facts, status, step);
        const tmesh_step_definition_t *of_step = &definition->steps[step];
        for (uint16_t i = 0; i < of_step->child_count; i++) {
            if (--open[of_step->children[i]] == 0) order[last++] = of_step->children[i];
        }
    }
}

bool tmesh_growth_may_name(const tmesh_definition_t *definition, uint16_t decision, uint16_t step)
{
    uint16_t count = definition->step_count;
    tmesh_auto_free bool *seen = tmesh_alloc_array(count, sizeof *seen);
    tmesh_auto_free uint16_t *queue = tmesh_alloc_array(count, sizeof *queue);
    uint32_t first = 0, last = 0;
    queue[last++] = decision;
    seen[decision] = true;
    while (first < last) {
        uint16_t at = queue[first++];
        if (at != decision && is_decision(definition, at)) continue; // not across another one
        const tmesh_step_definition_t *of_step = &definition->steps[at];
        for (uint16_t i = 0; i < of_step->child_count; i++) {
            uint16_t child = of_step->children[i];
            if (child == step) return true;
            if (seen[child]) continue;
            seen[child] = true;
            queue[last++] = child;
        }
    }
    return false;
}
