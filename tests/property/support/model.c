#include "tests/property/support/model.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "runtime/base/memory.h"
#include "tests/property/support/law.h"

enum { POISON = 3 };

tmesh_model_t *tmesh_model_new(uint64_t seed, const tmesh_flow_t *flow)
{
    tmesh_model_t *self = tmesh_alloc(sizeof *self);
    self->seed = seed;
    self->is_traced = getenv("TMESH_PROPERTY_TRACE") != NULL;
    self->flow = *flow;
    self->task = "none";
    for (int i = 0; i < flow->count; i++) self->steps[i].state = "none";
    return self;
}

void tmesh_model_must(const tmesh_model_t *self, bool holds, int step, const char *rule)
{
    if (holds) return;
    fail_msg("TMESH_PROPERTY_SEED=%llu TMESH_PROPERTY_CASES=1, task %s after transition %u, "
             "step s%d %s: %s",
             (unsigned long long)self->seed, self->task, self->number, step,
             step < 0 ? "(the task)" : self->steps[step].state, rule);
}

void tmesh_model_trace(const tmesh_model_t *self, const char *format, ...)
{
    if (!self->is_traced) return;
    va_list arguments;
    va_start(arguments, format);
    vprintf(format, arguments);
    va_end(arguments);
}

bool tmesh_model_is_blocked(const tmesh_model_t *self)
{
    return tmesh_law_equal(self->task, "blocked_by_failures");
}

bool tmesh_model_has_ended(const tmesh_model_t *self)
{
    return tmesh_law_has_ended(self->task);
}

void tmesh_model_crash(tmesh_model_t *self)
{
    for (int i = 0; i < self->flow.count; i++) self->steps[i].may_be_orphan = true;
}

bool tmesh_model_parents_are_done(const tmesh_model_t *self, int step)
{
    for (int i = 0; i < self->flow.count; i++) {
        bool is_parent =
            self->steps[i].exists && tmesh_flow_has_edge(&self->flow, &self->word, i, step);
        if (is_parent && !tmesh_law_is_done(self->steps[i].state)) return false;
    }
    return true;
}

static void enqueue(tmesh_model_t *self, int index, const tmesh_transition_row_t *row)
{
    const tmesh_model_step_t *step = &self->steps[index];
    const tmesh_flow_step_t *of = &self->flow.steps[index];
    bool again = of->retryable && step->attempts < of->max_attempts;
    tmesh_model_must(self, tmesh_model_parents_are_done(self, index), index, "enqueued too early");
    tmesh_model_must(self, step->attempts == 0 || again, index, "enqueued without an attempt left");
    tmesh_model_must(self, row->at_ms >= step->due_ms, index, "enqueued before its retry is due");
    bool open = tmesh_law_equal(self->task, "enqueuing_steps") ||
                tmesh_law_equal(self->task, "steps_in_process");
    tmesh_model_must(self, open, index, "enqueued while its task does not enqueue");
}

static void start(tmesh_model_t *self, int index, const tmesh_transition_row_t *row)
{
    tmesh_model_step_t *step = &self->steps[index];
    uint32_t allowed = self->flow.steps[index].max_attempts;
    tmesh_model_must(self, tmesh_model_parents_are_done(self, index), index, "started too early");
    tmesh_model_must(self, row->run > step->run || step->is_orphaned, index,
                     "started twice under one run");
    step->run = row->run;
    step->attempts++;
    tmesh_model_must(self, step->attempts <= (allowed ? allowed : 1), index, "too many attempts");
    step->started_ms = row->at_ms;
    step->may_be_orphan = false;
    step->is_orphaned = false;
}

static const tmesh_saying_t *first_word(const tmesh_model_t *self, int index, uint32_t run)
{
    const tmesh_saying_t *said = tmesh_journal_first(&self->journal, index, run);
    tmesh_model_must(self, said, index, "a result that nobody sent");
    tmesh_model_must(self, run == self->steps[index].run, index, "a result of another run");
    return said;
}

static bool is_good(const tmesh_model_t *self, const tmesh_saying_t *said)
{
    if (said->kind != TMESH_SAID_SUCCESS) return false;
    if (self->flow.steps[said->step].kind != TMESH_FLOW_DECISION) return true;
    return tmesh_saying_is_allowed(said, &self->flow, &self->word);
}

static void finish(tmesh_model_t *self, int index, const char *result, const bool *names)
{
    tmesh_model_step_t *step = &self->steps[index];
    tmesh_model_must(self, !step->has_result, index, "a second result was accepted");
    step->has_result = result != NULL;
    snprintf(step->result, sizeof step->result, "%s", result ? result : "");
    self->word.is_done[index] = true;
    if (names) memcpy(self->word.named[index], names, sizeof self->word.named[index]);
}

// How long until the next attempt; -1: there is none.
static int64_t wait_of(const tmesh_model_t *self, int index, bool retryable, int64_t wish_ms)
{
    const tmesh_flow_step_t *of = &self->flow.steps[index];
    uint32_t attempts = self->steps[index].attempts;
    if (!retryable || !of->retryable || attempts >= of->max_attempts) return -1;
    if (wish_ms >= 0) return wish_ms < of->max_ms ? wish_ms : of->max_ms;
    return tmesh_flow_wait_ms(of, attempts);
}

// A failure that a worker reported.
static int64_t judge_report(tmesh_model_t *self, int index, uint32_t run)
{
    const tmesh_saying_t *said = first_word(self, index, run);
    tmesh_model_must(self, said->kind != TMESH_SAID_LOST, index, "a lost worker has reported");
    bool retryable = said->kind == TMESH_SAID_FAILURE && said->retryable;
    return wait_of(self, index, retryable, said->retry_after_ms);
}

static int64_t judge_lost_worker(tmesh_model_t *self, int index, bool is_poison, uint32_t run)
{
    tmesh_model_step_t *step = &self->steps[index];
    tmesh_model_must(self, first_word(self, index, run)->kind == TMESH_SAID_LOST, index,
                     "its worker was not lost");
    step->workers_lost++;
    tmesh_model_must(self, is_poison == (step->workers_lost >= POISON), index, "poison, or not");
    if (is_poison) return -1;
    if (step->workers_lost > 1) return wait_of(self, index, true, -1);
    step->attempts--;
    return 0;
}

// A failure that the mesh concluded by itself.
static int64_t judge_conclusion(tmesh_model_t *self, int index, const tmesh_transition_row_t *row)
{
    tmesh_model_step_t *step = &self->steps[index];
    if (strstr(row->metadata, "\"worker_lost\"")) {
        return judge_lost_worker(self, index, false, row->run);
    }
    if (strstr(row->metadata, "\"poison_step\"")) {
        return judge_lost_worker(self, index, true, row->run);
    }
    if (strstr(row->metadata, "\"step_timeout\"")) {
        int64_t limit_ms = step->started_ms + self->flow.steps[index].timeout_ms;
        tmesh_model_must(self, row->at_ms >= limit_ms, index, "timed out too early");
        return wait_of(self, index, true, -1);
    }
    tmesh_model_must(self, strstr(row->metadata, "\"node_lost\""), index, "failed without a cause");
    tmesh_model_must(self, step->may_be_orphan, index, "its node was not lost");
    step->attempts--;
    return 0;
}

static void fail_step(tmesh_model_t *self, int index, const tmesh_transition_row_t *row)
{
    tmesh_model_step_t *step = &self->steps[index];
    int64_t wait_ms = row->metadata ? judge_conclusion(self, index, row)
                                    : judge_report(self, index, row->run);
    bool again = tmesh_law_equal(row->event, "WaitForRetry");
    tmesh_model_must(self, again == (wait_ms >= 0), index, "tried again, or not, against the rule");
    bool by_node = row->metadata && strstr(row->metadata, "\"node_lost\"");
    step->is_orphaned = by_node;
    if (!by_node) step->answered_run = row->run;
    step->answer = row->metadata ? NULL : again ? "waiting_for_retry" : "error";
    step->due_ms = tmesh_model_is_blocked(self) || wait_ms < 0 ? 0 : row->at_ms + wait_ms;
}

static void move_step(tmesh_model_t *self, int index, const tmesh_transition_row_t *row)
{
    tmesh_model_step_t *step = &self->steps[index];
    const char *event = row->event;
    if (tmesh_law_equal(event, "Create")) step->exists = true;
    tmesh_model_must(self, step->exists, index, "it moves and was never made");
    if (tmesh_law_equal(event, "Enqueue")) enqueue(self, index, row);
    if (tmesh_law_equal(event, "Start")) start(self, index, row);
    if (tmesh_law_equal(event, "EnqueueForOrchestration")) {
        const tmesh_saying_t *said = first_word(self, index, row->run);
        tmesh_model_must(self, is_good(self, said), index, "accepted what is no success");
        finish(self, index, said->text, said->names);
        step->answered_run = row->run;
        step->answer = "complete";
    }
    if (tmesh_law_equal(event, "EnqueueAsErrorForOrchestration")) {
        const tmesh_saying_t *said = first_word(self, index, row->run);
        tmesh_model_must(self, !is_good(self, said), index, "refused a success");
    }
    if (tmesh_law_equal(event, "WaitForRetry") || tmesh_law_equal(event, "Fail")) {
        fail_step(self, index, row);
    }
    if (tmesh_law_equal(event, "ResetForRetry")) {
        step->attempts = 0;
        step->workers_lost = 0;
        step->due_ms = 0;
    }
    if (tmesh_law_equal(event, "ResolveManually")) finish(self, index, NULL, NULL);
    if (tmesh_law_equal(event, "CompleteManually")) {
        finish(self, index, step->by_hand, step->by_hand_names);
    }
}

static void move_task(tmesh_model_t *self, const char *to)
{
    bool failed = false, all_done = true;
    for (int i = 0; i < self->flow.count; i++) {
        tmesh_model_step_t *step = &self->steps[i];
        if (!step->exists) continue;
        failed = failed || tmesh_law_equal(step->state, "error");
        all_done = all_done && tmesh_law_is_done(step->state);
        // What waited is held now, and goes on with its task.
        if (tmesh_law_equal(to, "blocked_by_failures")) step->due_ms = 0;
    }
    if (tmesh_law_equal(to, "blocked_by_failures")) {
        tmesh_model_must(self, failed, -1, "blocked without a failure");
    }
    if (tmesh_law_equal(to, "complete")) {
        tmesh_model_must(self, all_done, -1, "complete before its steps are");
    }
}

void tmesh_model_replay(tmesh_model_t *self, const tmesh_transition_row_t *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const tmesh_transition_row_t *row = &rows[i];
        int index = (int)row->step_number - 1;
        tmesh_model_trace(self, "  %3u s%d %s: %s -> %s at %lld, run %u %s\n", row->number, index,
                          row->event, row->from, row->to, (long long)row->at_ms, row->run,
                          row->metadata ? row->metadata : "");
        tmesh_model_must(self, row->number == self->number + 1, index, "its numbers are not dense");
        tmesh_model_must(self, index < self->flow.count, -1, "a step that the template has not");
        bool of_step = index >= 0;
        const char **state = of_step ? &self->steps[index].state : &self->task;
        const char *to = of_step ? tmesh_law_of_step(*state, row->event)
                                 : tmesh_law_of_task(*state, row->event);
        bool from_here =
            tmesh_law_equal(*state, "none") || tmesh_law_equal(*state, row->from);
        tmesh_model_must(self, from_here, index, "a move from where it is not");
        tmesh_model_must(self, to && tmesh_law_equal(to, row->to), index, row->event);
        bool is_reset = !of_step && tmesh_law_equal(row->event, "Reset");
        tmesh_model_must(self, !tmesh_model_has_ended(self) || is_reset, index,
                         "something after the end");
        if (of_step) {
            move_step(self, index, row);
        } else {
            move_task(self, to);
        }
        *state = to;
        self->number = row->number;
    }
}
