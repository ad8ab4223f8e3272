// What must be there when nobody has anything to do.
#include <string.h>

#include "runtime/base/memory.h"
#include "tests/property/support/law.h"
#include "tests/property/support/model.h"

enum { TRANSITIONS_MAX = 100000, PROBLEMS_MAX = 10 };

typedef struct {
    uint32_t total, done, failed, out, waiting, cancelled, ready;
} counts_t;

static counts_t count_steps(const tmesh_model_t *self)
{
    counts_t counts = {0};
    for (int i = 0; i < self->flow.count; i++) {
        const tmesh_model_step_t *step = &self->steps[i];
        if (!step->exists) continue;
        counts.total++;
        counts.done += tmesh_law_is_done(step->state);
        counts.failed += tmesh_law_equal(step->state, "error");
        counts.out += tmesh_law_is_out(step->state);
        counts.waiting += tmesh_law_equal(step->state, "waiting_for_retry");
        counts.cancelled += tmesh_law_equal(step->state, "cancelled");
        counts.ready +=
            tmesh_law_equal(step->state, "pending") && tmesh_model_parents_are_done(self, i);
    }
    return counts;
}

// Where an open task is, by what its steps are.
static const char *state_by_rule(const tmesh_model_t *self, const counts_t *counts, int64_t now_ms)
{
    if (counts->failed) return "blocked_by_failures";
    if (counts->done == counts->total) return "complete";
    bool not_yet = now_ms < self->run_at_ms || (self->is_lossy && self->run_at_ms);
    if (tmesh_law_equal(self->task, "pending") && not_yet) return "pending";
    if (counts->out) return "steps_in_process";
    return counts->waiting ? "waiting_for_retry" : "none: nothing can move it";
}

static void check_task(const tmesh_model_t *self, const tmesh_task_row_t *row, int64_t now_ms)
{
    counts_t counts = count_steps(self);
    bool ended = tmesh_model_has_ended(self);
    if (ended) {
        uint32_t settled = counts.done + counts.failed + counts.cancelled;
        tmesh_model_must(self, settled == counts.total, -1, "it has ended, and a step has not");
    } else {
        const char *expected = state_by_rule(self, &counts, now_ms);
        tmesh_model_must(self, tmesh_law_equal(self->task, expected), -1, expected);
        tmesh_model_must(self, counts.cancelled == 0, -1, "a cancelled step in an open task");
        bool may_wait = counts.failed || tmesh_law_equal(self->task, "pending");
        tmesh_model_must(self, may_wait || !counts.ready, -1, "a ready step is not enqueued");
    }
    tmesh_model_must(self, tmesh_law_equal(tmesh_task_state_word(row->state), self->task), -1,
                     "its row is not where its history ends");
    bool agree = row->steps_total == counts.total && row->steps_done == counts.done &&
                 row->steps_failed == counts.failed && row->steps_in_flight == counts.out &&
                 row->steps_waiting == counts.waiting && row->steps_cancelled == counts.cancelled &&
                 row->last_number == self->number;
    tmesh_model_must(self, agree, -1, "its counters differ");
    tmesh_model_must(self, ended == (row->completed_ms != 0), -1, "when did it end?");
    tmesh_model_must(self, self->is_paused == (row->paused_ms != 0), -1, "paused, or not");
}

static void check_parents(const tmesh_model_t *self, int index, const tmesh_step_view_t *view)
{
    bool is_parent[TMESH_FLOW_STEPS_MAX] = {0};
    for (uint16_t i = 0; i < view->parent_count; i++) is_parent[view->parents[i] - 1] = true;
    for (int i = 0; i < self->flow.count; i++) {
        bool expected =
            self->steps[i].exists && tmesh_flow_has_edge(&self->flow, &self->word, i, index);
        tmesh_model_must(self, is_parent[i] == expected, index, "its parents are others");
    }
}

static void check_times(const tmesh_model_t *self, int index, int64_t now_ms)
{
    const tmesh_model_step_t *step = &self->steps[index];
    if (self->is_lossy || tmesh_model_has_ended(self)) return;
    if (tmesh_law_equal(step->state, "waiting_for_retry") && !tmesh_model_is_blocked(self)) {
        tmesh_model_must(self, now_ms < step->due_ms, index, "its retry is due");
    }
    if (tmesh_law_equal(step->state, "in_progress") && !step->may_be_orphan) {
        int64_t limit_ms = step->started_ms + self->flow.steps[index].timeout_ms;
        tmesh_model_must(self, now_ms < limit_ms, index, "it runs for too long");
    }
}

static void check_step(tmesh_model_t *self, int index, const tmesh_step_view_t *view, int64_t now_ms)
{
    tmesh_model_step_t *step = &self->steps[index];
    const tmesh_step_row_t *row = &view->row;
    tmesh_model_must(self, tmesh_law_equal(tmesh_step_state_word(row->state), step->state), index,
                     "its row is not where its history ends");
    tmesh_model_must(self, row->attempts == step->attempts, index, "its attempts differ");
    tmesh_model_must(self, row->workers_lost == step->workers_lost, index, "its losses differ");
    tmesh_model_must(self, row->run >= step->stored_run, index, "its runs went back");
    bool is_held = self->was_held && !self->may_go_on &&
                   (self->is_paused || tmesh_model_is_blocked(self));
    tmesh_model_must(self, !is_held || row->run == step->stored_run, index,
                     "claimed while its task is held");
    step->stored_run = row->run;
    step->stored_token = row->token;
    step->may_be_claimed = tmesh_law_equal(step->state, "enqueued") && !row->claimed && !row->held;
    tmesh_model_must(self, step->has_result == (view->success != NULL), index,
                     "it has a result, or none");
    bool same = !view->success || tmesh_bytes_equal_text(view->success->body, step->result);
    tmesh_model_must(self, same, index, "its result is another one");
    check_parents(self, index, view);
    check_times(self, index, now_ms);
}

static void check_steps(tmesh_model_t *self, tmesh_step_view_t *views, size_t count, int64_t now_ms)
{
    bool has_row[TMESH_FLOW_STEPS_MAX] = {0};
    for (size_t i = 0; i < count; i++) {
        int index = (int)tmesh_step_number(views[i].row.id) - 1;
        has_row[index] = true;
        check_step(self, index, &views[i], now_ms);
    }
    for (int i = 0; i < self->flow.count; i++) {
        bool expected = tmesh_flow_being(&self->flow, &self->word, i) == TMESH_FLOW_IS;
        tmesh_model_must(self, has_row[i] == expected, i, "it exists, or does not, by mistake");
        tmesh_model_must(self, has_row[i] == self->steps[i].exists, i, "its history says otherwise");
    }
}

static void check_doctor(const tmesh_model_t *self, tmesh_reader_t *reader, int64_t now_ms,
                         tmesh_arena_t *arena)
{
    tmesh_problem_t *problems = NULL;
    size_t count = 0;
    int64_t then_ms = self->is_lossy ? 0 : now_ms; // 0: what is overdue is left out
    tmesh_err_t err = tmesh_reader_problems(reader, then_ms, PROBLEMS_MAX, arena, &problems, &count);
    tmesh_model_must(self, !err, -1, "the doctor could not look");
    if (count) tmesh_model_must(self, false, -1, tmesh_problem_sentence(problems[0].kind));
}

void tmesh_model_check(tmesh_model_t *self, tmesh_reader_t *reader, int64_t now_ms)
{
    tmesh_auto(tmesh_arena) arena = tmesh_arena_new();
    tmesh_transition_row_t *rows = NULL;
    tmesh_step_view_t *views = NULL;
    tmesh_task_view_t task;
    size_t row_count = 0, view_count = 0;
    tmesh_err_t err = tmesh_reader_transitions(reader, self->id, self->number, TRANSITIONS_MAX,
                                               arena, &rows, &row_count);
    if (!err) err = tmesh_reader_task(reader, self->id, false, arena, &task);
    if (!err) err = tmesh_reader_steps(reader, self->id, arena, &views, &view_count);
    tmesh_model_must(self, !err, -1, "it could not be read");
    tmesh_model_replay(self, rows, row_count);
    if (self->may_be_paused) self->is_paused = task.row.paused_ms != 0;
    if (tmesh_model_has_ended(self)) self->is_paused = false;
    check_steps(self, views, view_count, now_ms);
    check_task(self, &task.row, now_ms);
    check_doctor(self, reader, now_ms, arena);
    self->was_held = self->is_paused || tmesh_model_is_blocked(self);
    self->may_go_on = false;
    self->may_be_paused = false;
}
