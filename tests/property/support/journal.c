#include "tests/property/support/journal.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

int tmesh_journal_add(tmesh_journal_t *self, const tmesh_saying_t *saying)
{
    assert(self->count < TMESH_JOURNAL_MAX);
    self->sayings[self->count] = *saying;
    return self->count++;
}

void tmesh_journal_strike(tmesh_journal_t *self, int place)
{
    self->sayings[place].run = 0; // no run has this number
}

const tmesh_saying_t *tmesh_journal_first(const tmesh_journal_t *self, int step, uint32_t run)
{
    for (int i = 0; i < self->count; i++) {
        const tmesh_saying_t *saying = &self->sayings[i];
        if (saying->step == step && saying->run == run) return saying;
    }
    return NULL;
}

static void write_decision(tmesh_saying_t *self, const tmesh_flow_t *flow)
{
    char list[150] = "";
    size_t size = 0;
    for (int i = 0; i < flow->count; i++) {
        if (!self->names[i]) continue;
        size += (size_t)snprintf(list + size, sizeof list - size, "%s\"s%d\"", size ? "," : "", i);
    }
    snprintf(self->text, sizeof self->text,
             "{\"decision_point_outcome\":{\"type\":\"create_steps\",\"step_names\":[%s]}}", list);
}

static void draw_decision(tmesh_saying_t *self, const tmesh_flow_t *flow, bool may_be_wrong,
                          tmesh_random_t *random)
{
    static const char *const unreadable[] = {
        "7", "{\"amount\": 3}", "{\"decision_point_outcome\":{\"type\":\"whatever\"}}",
        "{\"decision_point_outcome\":{\"type\":\"create_steps\",\"step_names\":[\"nobody\"]}}"};
    if (may_be_wrong && tmesh_random_below(random, 8) == 0) {
        self->is_readable = false;
        snprintf(self->text, sizeof self->text, "%s",
                 unreadable[tmesh_random_below(random, sizeof unreadable / sizeof *unreadable)]);
        return;
    }
    bool wild = may_be_wrong && tmesh_random_below(random, 4) == 0; // names anybody
    bool some = tmesh_random_below(random, 5) > 0;
    for (int i = 0; some && i < flow->count; i++) {
        bool is_child = flow->steps[i].depends_on[self->step];
        uint64_t one_in = is_child ? 2 : 8;
        self->names[i] = (is_child || wild) && tmesh_random_below(random, one_in) == 0;
    }
    write_decision(self, flow);
}

void tmesh_saying_draw_success(tmesh_saying_t *self, const tmesh_flow_t *flow, bool may_be_wrong,
                               tmesh_random_t *random)
{
    self->kind = TMESH_SAID_SUCCESS;
    self->is_readable = true;
    if (flow->steps[self->step].kind == TMESH_FLOW_DECISION) {
        draw_decision(self, flow, may_be_wrong, random);
        return;
    }
    snprintf(self->text, sizeof self->text, "{\"step\": %d, \"run\": %u, \"drawn\": %u}",
             self->step, self->run, (unsigned)tmesh_random_below(random, 1000000));
}

void tmesh_saying_draw_failure(tmesh_saying_t *self, unsigned lost_percent,
                               tmesh_random_t *random)
{
    self->retry_after_ms = -1;
    if (tmesh_random_below(random, 100) < lost_percent) {
        self->kind = TMESH_SAID_LOST;
        return;
    }
    switch (tmesh_random_below(random, 6)) {
    case 0: self->kind = TMESH_SAID_UNUSABLE; break;
    case 1: self->kind = TMESH_SAID_FAILURE; break;
    default:
        self->kind = TMESH_SAID_FAILURE;
        self->retryable = true;
        bool wishes = tmesh_random_below(random, 4) == 0;
        if (wishes) self->retry_after_ms = (int64_t)tmesh_random_below(random, 8000);
    }
}

bool tmesh_saying_is_allowed(const tmesh_saying_t *self, const tmesh_flow_t *flow,
                             const tmesh_flow_word_t *word)
{
    if (!self->is_readable) return false;
    tmesh_flow_word_t then = *word;
    then.is_done[self->step] = true;
    memcpy(then.named[self->step], self->names, sizeof self->names);
    for (int i = 0; i < flow->count; i++) {
        if (!self->names[i]) continue;
        if (!tmesh_flow_may_name(flow, self->step, i)) return false;
        if (tmesh_flow_being(flow, &then, i) == TMESH_FLOW_IS_NOT) return false;
    }
    return true;
}
