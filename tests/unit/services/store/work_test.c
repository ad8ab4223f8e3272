#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "runtime/base/memory.h"
#include "runtime/base/random.h"
#include "services/store/work.h"

enum { NOW_MS = 5000, STEPS = 40 };

typedef struct {
    tmesh_random_t *random;
    tmesh_work_t *work;
    tmesh_work_task_t *task;
    tmesh_work_step_t *step; // pending
} bench_t;

static tmesh_work_step_t *add_step(bench_t *self, uint16_t number)
{
    tmesh_step_row_t row = {
        .id = tmesh_step_id_of(self->task->row.id, number), .due_ms = TMESH_DUE_NONE};
    tmesh_work_step_t *step = tmesh_work_add_step(self->work, &row);
    assert_int_equal(tmesh_work_move_step(self->work, step, TMESH_STEP_EV_CREATE, 0, NULL),
                     TMESH_OK);
    return step;
}

static int set_up(void **state)
{
    bench_t *self = tmesh_alloc(sizeof *self);
    self->random = tmesh_random_new_seeded(1);
    self->work = tmesh_work_new();
    self->work->now_ms = NOW_MS;
    tmesh_task_row_t row = {.id = tmesh_task_id_new(self->random, NOW_MS), .due_ms = TMESH_DUE_NONE};
    self->task = tmesh_work_add_task(self->work, &row);
    assert_int_equal(tmesh_work_move_task(self->work, self->task, TMESH_TASK_EV_CREATE, NULL),
                     TMESH_OK);
    self->step = add_step(self, 1);
    *state = self;
    return 0;
}

static int tear_down(void **state)
{
    bench_t *self = *state;
    tmesh_work_check(self->work);
    tmesh_work_destroy(&self->work);
    assert_null(self->work);
    tmesh_work_destroy(&self->work);
    tmesh_random_destroy(&self->random);
    tmesh_free(self);
    return 0;
}

static void rows_are_added_once_and_stay_where_they_are(void **state)
{
    bench_t *self = *state;
    tmesh_task_row_t again = self->task->row;
    again.priority = 99;
    assert_ptr_equal(tmesh_work_add_task(self->work, &again), self->task);
    assert_int_equal(self->task->row.priority, 0); // what the work has changed is not overwritten
    tmesh_step_row_t step_again = self->step->row;
    assert_ptr_equal(tmesh_work_add_step(self->work, &step_again), self->step);
    for (uint16_t number = 2; number <= STEPS; number++) add_step(self, number);
    assert_ptr_equal(tmesh_work_find_step(self->work, self->step->row.id), self->step);
    assert_ptr_equal(self->work->steps[0], self->step);
    assert_ptr_equal(self->step->task, self->task);
    assert_int_equal(self->work->step_count, STEPS);
    assert_int_equal(self->task->row.steps_total, STEPS);
    assert_null(tmesh_work_find_step(self->work, tmesh_step_id_of(self->task->row.id, 999)));
    assert_null(tmesh_work_find_task(self->work, tmesh_task_id_new(self->random, NOW_MS)));
}

static void each_move_of_a_step_is_counted(void **state)
{
    static const struct {
        tmesh_step_event_t event;
        uint32_t done, failed, in_flight, waiting, cancelled;
    } moves[] = {
        {TMESH_STEP_EV_ENQUEUE, 0, 0, 1, 0, 0},
        {TMESH_STEP_EV_START, 0, 0, 1, 0, 0},
        {TMESH_STEP_EV_ENQUEUE_AS_ERROR_FOR_ORCHESTRATION, 0, 0, 1, 0, 0},
        {TMESH_STEP_EV_WAIT_FOR_RETRY, 0, 0, 0, 1, 0},
        {TMESH_STEP_EV_RETRY, 0, 0, 0, 0, 0},
        {TMESH_STEP_EV_FAIL, 0, 1, 0, 0, 0},
        {TMESH_STEP_EV_CANCEL, 0, 0, 0, 0, 1},
        {TMESH_STEP_EV_RESET_FOR_RETRY, 0, 0, 0, 0, 0},
        {TMESH_STEP_EV_COMPLETE_MANUALLY, 1, 0, 0, 0, 0},
        {TMESH_STEP_EV_RESOLVE_MANUALLY, 1, 0, 0, 0, 0}, // from done to done
    };
    bench_t *self = *state;
    for (size_t i = 0; i < TMESH_COUNT_OF(moves); i++) {
        assert_int_equal(tmesh_work_move_step(self->work, self->step, moves[i].event, 0, NULL),
                         TMESH_OK);
        const tmesh_task_row_t *row = &self->task->row;
        assert_int_equal(row->steps_total, 1);
        assert_int_equal(row->steps_done, moves[i].done);
        assert_int_equal(row->steps_failed, moves[i].failed);
        assert_int_equal(row->steps_in_flight, moves[i].in_flight);
        assert_int_equal(row->steps_waiting, moves[i].waiting);
        assert_int_equal(row->steps_cancelled, moves[i].cancelled);
        assert_int_equal(self->step->row.completed_ms, moves[i].done ? NOW_MS : 0);
        tmesh_work_check(self->work);
    }
}

static void a_refused_move_changes_nothing(void **state)
{
    bench_t *self = *state;
    self->step->is_changed = false;
    self->task->is_changed = false;
    self->task->has_moved = false;
    tmesh_task_row_t before = self->task->row;
    uint32_t transitions = self->work->transition_count;
    assert_int_equal(tmesh_work_move_step(self->work, self->step, TMESH_STEP_EV_RETRY, 0, NULL),
                     TMESH_ERR_CONFLICT);
    assert_int_equal(tmesh_work_move_task(self->work, self->task, TMESH_TASK_EV_COMPLETE, NULL),
                     TMESH_ERR_CONFLICT);
    assert_memory_equal(&before, &self->task->row, sizeof before);
    assert_int_equal(self->step->row.state, TMESH_STEP_PENDING);
    assert_int_equal(self->work->transition_count, transitions);
    assert_false(self->step->is_changed);
    assert_false(self->task->is_changed);
    assert_false(self->task->has_moved);
}

static void passages_are_numbered_and_say_who_when_and_why(void **state)
{
    bench_t *self = *state;
    assert_int_equal(tmesh_work_move_step(self->work, self->step, TMESH_STEP_EV_ENQUEUE, 0, NULL),
                     TMESH_OK);
    self->step->row.run = 3;
    self->step->row.worker = "w1";
    assert_int_equal(tmesh_work_move_step(self->work, self->step, TMESH_STEP_EV_START, NOW_MS - 70,
                                          "{\"a\":1}"), TMESH_OK);
    assert_int_equal(self->work->transition_count, 4);
    for (uint32_t i = 0; i < 4; i++) {
        assert_int_equal(self->work->transitions[i].number, i + 1);
        assert_int_equal(tmesh_task_id_compare(self->work->transitions[i].task_id,
                                               self->task->row.id), 0);
    }
    const tmesh_transition_row_t *of_task = &self->work->transitions[0];
    assert_int_equal(of_task->step_number, 0);
    assert_string_equal(of_task->from, "none");
    assert_string_equal(of_task->to, "pending");
    assert_int_equal(of_task->at_ms, NOW_MS);
    const tmesh_transition_row_t *enqueued = &self->work->transitions[2];
    assert_int_equal(enqueued->step_number, 1);
    assert_int_equal(enqueued->run, 0);
    assert_null(enqueued->worker);
    const tmesh_transition_row_t *started = &self->work->transitions[3];
    assert_string_equal(started->from, "enqueued");
    assert_string_equal(started->to, "in_progress");
    assert_string_equal(started->event, "Start");
    assert_int_equal(started->at_ms, NOW_MS - 70);
    assert_int_equal(started->run, 3);
    assert_string_equal(started->worker, "w1");
    assert_string_equal(started->metadata, "{\"a\":1}");
    assert_int_equal(self->task->row.last_number, 4);
}

static void a_task_that_ends_says_when(void **state)
{
    bench_t *self = *state;
    assert_int_equal(tmesh_work_move_task(self->work, self->task, TMESH_TASK_EV_TIMEOUT, NULL),
                     TMESH_OK);
    assert_int_equal(self->task->row.completed_ms, NOW_MS);
    assert_true(self->task->has_moved);
    assert_int_equal(tmesh_work_move_task(self->work, self->task, TMESH_TASK_EV_RESET, NULL),
                     TMESH_OK);
    assert_int_equal(self->task->row.completed_ms, 0);
}

static void lists_grow_and_keep_their_order(void **state)
{
    bench_t *self = *state;
    for (uint32_t i = 1; i <= 100; i++) {
        tmesh_work_add_result(self->work, &(tmesh_result_row_t){.run = i});
        tmesh_work_add_claim(self->work, self->step, (int)i);
        tmesh_work_add_edge(self->work, self->step->row.id,
                            tmesh_step_id_of(self->task->row.id, (uint16_t)i));
    }
    for (uint32_t i = 1; i <= 100; i++) {
        assert_int_equal(self->work->results[i - 1].run, i);
        assert_int_equal(self->work->claims[i - 1].offer, i);
        assert_int_equal(tmesh_step_number(self->work->edges[i - 1].child), i);
    }
}

static void identities_are_found_by_their_hash(void **state)
{
    bench_t *self = *state;
    tmesh_identity_t one = {{1}};
    tmesh_identity_t two = {{2}};
    tmesh_work_identity_t found = {.task_id = self->task->row.id, .state = TMESH_TASK_COMPLETE};
    tmesh_work_add_identity(self->work, &one, &found);
    assert_int_equal(tmesh_work_find_identity(self->work, &one)->state, TMESH_TASK_COMPLETE);
    assert_null(tmesh_work_find_identity(self->work, &two));
}

static void its_arena_may_be_taken(void **state)
{
    bench_t *self = *state;
    const tmesh_transition_row_t *first = &self->work->transitions[0];
    tmesh_arena_t *arena = tmesh_work_take_arena(self->work);
    tmesh_work_destroy(&self->work);
    assert_int_equal(first->number, 1); // what the arena holds is there still
    tmesh_arena_destroy(&arena);
    self->work = tmesh_work_new();
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(rows_are_added_once_and_stay_where_they_are),
        CASE(each_move_of_a_step_is_counted),
        CASE(a_refused_move_changes_nothing),
        CASE(passages_are_numbered_and_say_who_when_and_why),
        CASE(a_task_that_ends_says_when),
        CASE(lists_grow_and_keep_their_order),
        CASE(identities_are_found_by_their_hash),
        CASE(its_arena_may_be_taken),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
