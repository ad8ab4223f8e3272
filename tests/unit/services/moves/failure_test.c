#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "runtime/base/memory.h"
#include "services/moves/enqueue.h"
#include "services/moves/failure.h"
#include "tests/support/moves_bench.h"

typedef struct {
    tmesh_moves_bench_t *bench;
    tmesh_work_t *work;
    tmesh_work_task_t *task;
    tmesh_work_step_t *step; // in progress, run 1, first attempt
} failing_t;

static void begin(tmesh_moves_bench_t *bench, tmesh_task_state_t task, failing_t *self)
{
    self->bench = bench;
    self->work = tmesh_moves_bench_begin(bench, task, &self->task);
    self->step = tmesh_moves_bench_step(self->work, 1);
    tmesh_moves_bench_start(bench, self->work, self->step);
}

static void end(failing_t *self)
{
    tmesh_moves_bench_end(self->bench, &self->work);
}

// Its next run is out.
static void start_again(failing_t *self)
{
    self->step->row.due_ms = TMESH_DUE_NONE;
    self->step->row.due_for = TMESH_STEP_DUE_NOTHING;
    assert_int_equal(
        tmesh_work_move_step(self->work, self->step, TMESH_STEP_EV_RETRY, 0, NULL), TMESH_OK);
    tmesh_moves_bench_start(self->bench, self->work, self->step);
}

static const tmesh_failure_t retryable = {
    .code = "handler_error", .message = "no", .retryable = true, .retry_after_ms = -1,
    .from_worker = true};

static tmesh_step_state_t fail_with(failing_t *self, const tmesh_failure_t *failure)
{
    assert_int_equal(tmesh_moves_fail(self->bench->tools, self->work, self->step, failure),
                     TMESH_OK);
    return self->step->row.state;
}

static void assert_waits(const failing_t *self, int64_t wait_ms)
{
    assert_int_equal(self->step->row.state, TMESH_STEP_WAITING_FOR_RETRY);
    assert_int_equal(self->step->row.due_for, TMESH_STEP_DUE_ENQUEUE);
    assert_int_equal(self->step->row.due_ms, self->work->now_ms + wait_ms);
}

static void assert_no_due_time(const failing_t *self)
{
    assert_int_equal(self->step->row.due_for, TMESH_STEP_DUE_NOTHING);
    assert_true(self->step->row.due_ms == TMESH_DUE_NONE);
}

static void it_waits_longer_each_time_until_its_attempts_are_used(void **state)
{
    failing_t self;
    begin(*state, TMESH_TASK_STEPS_IN_PROCESS, &self);
    (void)fail_with(&self, &retryable);
    assert_waits(&self, 1000);
    start_again(&self);
    (void)fail_with(&self, &retryable);
    assert_waits(&self, 2000);
    start_again(&self);
    assert_int_equal(fail_with(&self, &retryable), TMESH_STEP_ERROR);
    assert_no_due_time(&self);
    assert_int_equal(self.step->row.attempts, 3);
    assert_int_equal(self.task->row.steps_failed, 1);
    assert_int_equal(self.task->row.steps_in_flight, 0);
    assert_int_equal(self.work->result_count, 3);
    end(&self);
}

static void the_result_of_the_run_is_recorded(void **state)
{
    failing_t self;
    begin(*state, TMESH_TASK_STEPS_IN_PROCESS, &self);
    tmesh_failure_t failure = retryable;
    failure.error = tmesh_bytes_of_text("{\"message\":\"no\"}");
    (void)fail_with(&self, &failure);
    const tmesh_result_row_t *row = &self.work->results[0];
    assert_int_equal(row->run, 1);
    assert_false(row->success);
    assert_string_equal(row->error_code, "handler_error");
    assert_string_equal(row->worker, "w1");
    assert_int_equal(row->answer, TMESH_STEP_WAITING_FOR_RETRY);
    assert_true(tmesh_bytes_equal_text(row->error, "{\"message\":\"no\"}"));
    assert_string_equal(self.step->stored_result->error_code, "handler_error");
    end(&self);
}

static void the_worker_may_say_when_but_not_later_than_the_template(void **state)
{
    static const struct {
        int64_t asked_ms;
        int64_t wait_ms;
    } cases[] = {{0, 0}, {300, 300}, {10000, 10000}, {10001, 10000}, {INT64_MAX, 10000}};
    for (size_t i = 0; i < TMESH_COUNT_OF(cases); i++) {
        failing_t self;
        begin(*state, TMESH_TASK_STEPS_IN_PROCESS, &self);
        tmesh_failure_t failure = retryable;
        failure.retry_after_ms = cases[i].asked_ms;
        (void)fail_with(&self, &failure);
        assert_waits(&self, cases[i].wait_ms);
        end(&self);
    }
}

static void neither_side_alone_can_have_it_tried_again(void **state)
{
    failing_t self;
    begin(*state, TMESH_TASK_STEPS_IN_PROCESS, &self);
    tmesh_failure_t permanent = retryable;
    permanent.retryable = false;
    assert_int_equal(fail_with(&self, &permanent), TMESH_STEP_ERROR);
    end(&self);
    begin(*state, TMESH_TASK_STEPS_IN_PROCESS, &self);
    self.step->row.retryable = false;
    assert_int_equal(fail_with(&self, &retryable), TMESH_STEP_ERROR);
    assert_no_due_time(&self);
    end(&self);
}

static void retries_of_a_blocked_task_wake_nobody(void **state)
{
    failing_t self;
    begin(*state, TMESH_TASK_BLOCKED_BY_FAILURES, &self);
    assert_int_equal(fail_with(&self, &retryable), TMESH_STEP_WAITING_FOR_RETRY);
    assert_no_due_time(&self);
    end(&self);
    begin(*state, TMESH_TASK_BLOCKED_BY_FAILURES, &self);
    assert_int_equal(tmesh_moves_lose_worker(self.bench->tools, self.work, self.step), TMESH_OK);
    assert_no_due_time(&self);
    end(&self);
    begin(*state, TMESH_TASK_BLOCKED_BY_FAILURES, &self);
    assert_int_equal(tmesh_moves_lose_node(self.work, self.step), TMESH_OK);
    assert_no_due_time(&self);
    end(&self);
}

static void silence_is_told_from_what_a_worker_said(void **state)
{
    failing_t self;
    begin(*state, TMESH_TASK_STEPS_IN_PROCESS, &self);
    uint32_t before = self.work->transition_count;
    (void)fail_with(&self, &retryable);
    assert_int_equal(self.work->transition_count - before, 2); // handed in, then judged
    assert_false(tmesh_moves_was_concluded(self.step->stored_result));
    end(&self);
    begin(*state, TMESH_TASK_STEPS_IN_PROCESS, &self);
    tmesh_failure_t silence = {
        .code = "step_timeout", .message = "", .retryable = true, .retry_after_ms = -1};
    before = self.work->transition_count;
    (void)fail_with(&self, &silence);
    assert_int_equal(self.work->transition_count - before, 1);
    const tmesh_transition_row_t *last = &self.work->transitions[self.work->transition_count - 1];
    assert_string_equal(last->metadata, "{\"code\":\"step_timeout\"}");
    assert_true(tmesh_moves_was_concluded(self.step->stored_result));
    end(&self);
}

static void lost_workers_first_free_then_counted_then_poison(void **state)
{
    failing_t self;
    begin(*state, TMESH_TASK_STEPS_IN_PROCESS, &self);
    tmesh_tools_t *tools = self.bench->tools;
    assert_int_equal(tmesh_moves_lose_worker(tools, self.work, self.step), TMESH_OK);
    assert_waits(&self, 0);
    assert_int_equal(self.step->row.attempts, 0);
    start_again(&self);
    assert_int_equal(tmesh_moves_lose_worker(tools, self.work, self.step), TMESH_OK);
    assert_waits(&self, 1000);
    assert_int_equal(self.step->row.attempts, 1);
    start_again(&self);
    assert_int_equal(tmesh_moves_lose_worker(tools, self.work, self.step), TMESH_OK);
    assert_int_equal(self.step->row.state, TMESH_STEP_ERROR);
    assert_string_equal(self.step->stored_result->error_code, "poison_step");
    assert_true(tmesh_moves_was_concluded(self.step->stored_result));
    assert_no_due_time(&self);
    end(&self);
}

static void the_first_lost_worker_costs_nothing_whatever_the_template_says(void **state)
{
    failing_t self;
    begin(*state, TMESH_TASK_STEPS_IN_PROCESS, &self);
    self.step->row.retryable = false;
    self.step->row.max_attempts = 0;
    assert_int_equal(tmesh_moves_lose_worker(self.bench->tools, self.work, self.step), TMESH_OK);
    assert_waits(&self, 0);
    end(&self);
}

static void a_lost_node_is_not_the_steps_fault(void **state)
{
    failing_t self;
    begin(*state, TMESH_TASK_STEPS_IN_PROCESS, &self);
    assert_int_equal(tmesh_moves_lose_node(self.work, self.step), TMESH_OK);
    assert_waits(&self, 0);
    assert_int_equal(self.step->row.attempts, 0);
    assert_int_equal(self.step->row.workers_lost, 0);
    assert_int_equal(self.work->result_count, 0); // whoever still has the run may say how it ended
    end(&self);
}

static int set_up(void **state)
{
    *state = tmesh_moves_bench_new();
    return 0;
}

static int tear_down(void **state)
{
    tmesh_moves_bench_t *bench = *state;
    tmesh_moves_bench_destroy(&bench);
    return 0;
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(it_waits_longer_each_time_until_its_attempts_are_used),
        CASE(the_result_of_the_run_is_recorded),
        CASE(the_worker_may_say_when_but_not_later_than_the_template),
        CASE(neither_side_alone_can_have_it_tried_again),
        CASE(retries_of_a_blocked_task_wake_nobody),
        CASE(silence_is_told_from_what_a_worker_said),
        CASE(lost_workers_first_free_then_counted_then_poison),
        CASE(the_first_lost_worker_costs_nothing_whatever_the_template_says),
        CASE(a_lost_node_is_not_the_steps_fault),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
