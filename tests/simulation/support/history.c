#include "tests/simulation/support/history.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "runtime/base/memory.h"

enum { TRANSITIONS_MAX = 1000000 };

static tmesh_task_event_t task_event(const char *word)
{
    int event = 0;
    while (event < TMESH_TASK_EVENT_COUNT &&
           strcmp(tmesh_task_event_word((tmesh_task_event_t)event), word) != 0) {
        event++;
    }
    assert(event < TMESH_TASK_EVENT_COUNT);
    return (tmesh_task_event_t)event;
}

static tmesh_step_event_t step_event(const char *word)
{
    int event = 0;
    while (event < TMESH_STEP_EVENT_COUNT &&
           strcmp(tmesh_step_event_word((tmesh_step_event_t)event), word) != 0) {
        event++;
    }
    assert(event < TMESH_STEP_EVENT_COUNT);
    return (tmesh_step_event_t)event;
}

static const tmesh_step_view_t *step_by_number(const tmesh_step_view_t *steps, size_t count,
                                               uint16_t number)
{
    for (size_t i = 0; i < count; i++) {
        if (tmesh_step_number(steps[i].row.id) == number) return &steps[i];
    }
    assert(!"a history speaks of a step that is not there");
    return NULL;
}

static void check_moves(const tmesh_transition_row_t *rows, size_t count,
                        const tmesh_task_row_t *task, const tmesh_step_view_t *steps,
                        size_t step_count)
{
    tmesh_task_state_t at = TMESH_TASK_NONE;
    tmesh_auto_free tmesh_step_state_t *steps_at =
        tmesh_alloc_array(TMESH_STEPS_PER_TASK_MAX + 1, sizeof *steps_at);
    for (size_t i = 0; i < count; i++) {
        const tmesh_transition_row_t *row = &rows[i];
        assert(row->number == i + 1);
        if (row->step_number == 0) {
            assert(at == TMESH_TASK_NONE || tmesh_task_state_parse(row->from) == at);
            at = tmesh_task_state_next(at, task_event(row->event));
            assert(at != TMESH_TASK_NONE);
            assert(tmesh_task_state_parse(row->to) == at);
        } else {
            tmesh_step_state_t *step_at = &steps_at[row->step_number];
            assert(*step_at == TMESH_STEP_NONE || tmesh_step_state_parse(row->from) == *step_at);
            *step_at = tmesh_step_state_next(*step_at, step_event(row->event));
            assert(*step_at != TMESH_STEP_NONE);
            assert(tmesh_step_state_parse(row->to) == *step_at);
        }
    }
    assert(task->state == at);
    assert(task->last_number == count);
    for (size_t i = 0; i < step_count; i++) {
        assert(steps_at[tmesh_step_number(steps[i].row.id)] == steps[i].row.state);
    }
}

static void check_counters(const tmesh_task_row_t *task, const tmesh_step_view_t *steps,
                           size_t count)
{
    uint32_t done = 0, failed = 0, tolerated = 0, in_flight = 0, waiting = 0, cancelled = 0;
    for (size_t i = 0; i < count; i++) {
        tmesh_step_state_t state = steps[i].row.state;
        done += tmesh_step_state_is_done(state);
        failed += state == TMESH_STEP_ERROR && !steps[i].row.tolerated;
        tolerated += state == TMESH_STEP_ERROR && steps[i].row.tolerated;
        in_flight += tmesh_step_state_is_in_flight(state);
        waiting += state == TMESH_STEP_WAITING_FOR_RETRY;
        cancelled += state == TMESH_STEP_CANCELLED;
        uint32_t open = steps[i].row.awaits_slot;
        for (uint16_t j = 0; j < steps[i].parent_count; j++) {
            const tmesh_step_view_t *parent =
                step_by_number(steps, count, steps[i].parents[j]);
            bool is_tolerated = parent->row.state == TMESH_STEP_ERROR && parent->row.tolerated;
            open += !tmesh_step_state_is_done(parent->row.state) && !is_tolerated;
        }
        assert(open == steps[i].row.parents_open);
    }
    assert(task->steps_total == count);
    assert(task->steps_done == done);
    assert(task->steps_failed == failed);
    assert(task->steps_tolerated == tolerated);
    assert(task->steps_in_flight == in_flight);
    assert(task->steps_waiting == waiting);
    assert(task->steps_cancelled == cancelled);
}

// What may rest, and why it is looked at again: without a reason it would rest for ever.
static tmesh_step_due_t reason_of(const tmesh_task_row_t *task, const tmesh_step_row_t *step)
{
    bool goes_on = !tmesh_task_state_is_settled(task->state);
    switch (step->state) {
    case TMESH_STEP_PENDING:
        return goes_on && step->parents_open == 0 ? TMESH_STEP_DUE_ENQUEUE : TMESH_STEP_DUE_NOTHING;
    case TMESH_STEP_WAITING_FOR_RETRY:
        return goes_on ? TMESH_STEP_DUE_ENQUEUE : TMESH_STEP_DUE_NOTHING;
    case TMESH_STEP_ENQUEUED:
        if (!goes_on || task->paused_ms) return TMESH_STEP_DUE_NOTHING;
        return step->claimed ? TMESH_STEP_DUE_HAND_OFF : TMESH_STEP_DUE_UNCLAIMED;
    case TMESH_STEP_IN_PROGRESS: return TMESH_STEP_DUE_TIMEOUT;
    default: return TMESH_STEP_DUE_NOTHING;
    }
}

static void check_deadlines(const tmesh_task_row_t *task, const tmesh_step_view_t *steps,
                            size_t count)
{
    assert(task->state != TMESH_TASK_INITIALIZING && task->state != TMESH_TASK_ENQUEUING_STEPS &&
           task->state != TMESH_TASK_EVALUATING_RESULTS); // passed through, never rested in
    for (size_t i = 0; i < count; i++) {
        const tmesh_step_row_t *row = &steps[i].row;
        tmesh_step_due_t reason = reason_of(task, row);
        bool of_an_earlier_life = row->due_for == TMESH_STEP_DUE_ADOPTION &&
                                  (reason == TMESH_STEP_DUE_HAND_OFF ||
                                   reason == TMESH_STEP_DUE_TIMEOUT);
        assert(row->due_for == reason || of_an_earlier_life);
        assert((row->due_ms == TMESH_DUE_NONE) == (row->due_for == TMESH_STEP_DUE_NOTHING));
        bool is_held = row->state == TMESH_STEP_ENQUEUED &&
                       (task->state == TMESH_TASK_BLOCKED_BY_FAILURES || task->paused_ms);
        assert(row->held == is_held);
        assert(!row->claimed || (row->state == TMESH_STEP_ENQUEUED && !row->held));
        assert(row->state != TMESH_STEP_IN_PROGRESS || row->attempts > 0);
    }
}

void tmesh_history_check(tmesh_reader_t *reader, tmesh_task_id_t id)
{
    tmesh_auto(tmesh_arena) arena = tmesh_arena_new();
    tmesh_task_view_t task;
    tmesh_step_view_t *steps = NULL;
    tmesh_transition_row_t *rows = NULL;
    size_t step_count = 0, row_count = 0;
    tmesh_err_t err = tmesh_reader_task(reader, id, false, arena, &task);
    if (!err) err = tmesh_reader_steps(reader, id, arena, &steps, &step_count);
    if (!err) {
        err = tmesh_reader_transitions(reader, id, 0, TRANSITIONS_MAX, arena, &rows, &row_count);
    }
    assert(!err);
    check_moves(rows, row_count, &task.row, steps, step_count);
    check_counters(&task.row, steps, step_count);
    check_deadlines(&task.row, steps, step_count);
}

void tmesh_history_check_store(tmesh_reader_t *reader)
{
    tmesh_auto(tmesh_arena) arena = tmesh_arena_new();
    tmesh_problem_t *problems = NULL;
    size_t count = 0;
    tmesh_err_t err = tmesh_reader_problems(reader, 0, 10, arena, &problems, &count);
    assert(!err);
    for (size_t i = 0; i < count; i++) {
        printf("step or task %s: %s\n",
               tmesh_uuid_format(problems[i].id, (tmesh_uuid_text_t){0}),
               tmesh_problem_sentence(problems[i].kind));
    }
    assert(count == 0);
}
