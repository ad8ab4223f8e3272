#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "runtime/base/memory.h"
#include "services/moves/enqueue.h"
#include "services/moves/failure.h"
#include "services/moves/outcome.h"
#include "tests/support/moves_bench.h"

typedef struct {
    tmesh_moves_bench_t *bench;
    tmesh_audience_t *audience;
    tmesh_work_t *work;
    tmesh_work_step_t *step; // b, claimed as run 1
    tmesh_outcome_t *outcome;
} speaking_t;

static int set_up(void **state)
{
    speaking_t *self = tmesh_alloc(sizeof *self);
    self->bench = tmesh_moves_bench_new();
    self->audience = tmesh_audience_new();
    tmesh_audience_set(self->audience, 1);
    self->bench->tools->audience = self->audience;
    self->bench->tools->node_id = (tmesh_node_id_t){{1, 2, 3}};
    tmesh_work_task_t *task = NULL;
    self->work = tmesh_moves_bench_begin(self->bench, TMESH_TASK_STEPS_IN_PROCESS, &task);
    self->step = tmesh_moves_bench_step(self->work, 2);
    tmesh_moves_bench_claim(self->bench, self->work, self->step);
    self->outcome = tmesh_outcome_new();
    *state = self;
    return 0;
}

static int tear_down(void **state)
{
    speaking_t *self = *state;
    tmesh_outcome_destroy(&self->outcome);
    tmesh_audience_destroy(&self->audience);
    tmesh_moves_bench_destroy(&self->bench);
    tmesh_free(self);
    return 0;
}

static void commit(speaking_t *self)
{
    assert_int_equal(tmesh_outcome_commit(self->outcome, self->bench->tools, &self->work),
                     TMESH_OK);
}

static void start(speaking_t *self)
{
    assert_int_equal(tmesh_moves_start(self->bench->tools, self->work, self->step, 0, "w1"),
                     TMESH_OK);
}

static void hand_in_failure(speaking_t *self, bool retryable)
{
    start(self);
    tmesh_failure_t failure = {.code = "c", .message = "m", .retryable = retryable,
                               .retry_after_ms = -1, .from_worker = true};
    assert_int_equal(
        tmesh_moves_fail(self->bench->tools, self->work, self->step, &failure), TMESH_OK);
}

static void assert_announced(const speaking_t *self, const char *names)
{
    char text[256] = "";
    for (size_t i = 0; i < self->outcome->announcement_count; i++) {
        snprintf(text + strlen(text), sizeof text - strlen(text), "%s%s", i ? " " : "",
                 self->outcome->announcements[i].event_name);
    }
    assert_string_equal(text, names);
}

static void a_success(void **state)
{
    speaking_t *self = *state;
    tmesh_store_fixture_succeed(self->work, self->step, "[0.10]");
    commit(self);
    assert_announced(self, "b.done b.tried");
    const tmesh_announcement_t *event = &self->outcome->announcements[0];
    assert_true(tmesh_bytes_equal_text(event->result->body, "[0.10]"));
    assert_string_equal(event->passage->row->to, "complete");
    assert_string_equal(event->passage->step_name, "b");
    assert_int_equal(event->step->attempts, 1);
    assert_ptr_equal(self->outcome->announcements[1].result, event->result);
}

static void a_failure_that_is_tried_again(void **state)
{
    speaking_t *self = *state;
    hand_in_failure(self, true);
    commit(self);
    assert_announced(self, "b.failed b.again b.tried");
    assert_string_equal(self->outcome->announcements[0].fired_by, "w1");
    assert_string_equal(self->outcome->announcements[0].passage->row->to, "waiting_for_retry");
}

static void a_failure_for_good(void **state)
{
    speaking_t *self = *state;
    hand_in_failure(self, false);
    commit(self);
    assert_announced(self, "b.failed b.dead b.tried");
}

// What its worker believes does not count.
static void a_retryable_failure_without_attempts_is_for_good(void **state)
{
    speaking_t *self = *state;
    self->step->row.attempts = self->step->row.max_attempts - 1;
    hand_in_failure(self, true);
    commit(self);
    assert_announced(self, "b.failed b.dead b.tried");
}

static void what_the_node_concludes_it_says_itself(void **state)
{
    speaking_t *self = *state;
    start(self);
    assert_int_equal(tmesh_moves_lose_worker(self->bench->tools, self->work, self->step),
                     TMESH_OK);
    commit(self);
    assert_announced(self, "b.failed b.again b.tried");
    const tmesh_announcement_t *event = &self->outcome->announcements[0];
    assert_string_equal(event->result->error_code, "worker_lost");
    assert_string_equal(event->fired_by, "01020300-0000-0000-0000-000000000000");
}

// The passage of its result is announced, not where it stands after the commit.
static void a_step_that_goes_on_in_the_same_commit(void **state)
{
    speaking_t *self = *state;
    start(self);
    assert_int_equal(tmesh_moves_lose_worker(self->bench->tools, self->work, self->step),
                     TMESH_OK);
    self->step->row.due_ms = TMESH_DUE_NONE;
    self->step->row.due_for = TMESH_STEP_DUE_NOTHING;
    assert_int_equal(tmesh_work_move_step(self->work, self->step, TMESH_STEP_EV_RETRY, 0, NULL),
                     TMESH_OK);
    tmesh_moves_bench_claim(self->bench, self->work, self->step);
    assert_int_equal(self->step->row.run, 2);
    commit(self);
    assert_announced(self, "b.failed b.again b.tried");
    const tmesh_announcement_t *event = &self->outcome->announcements[0];
    assert_int_equal(event->result->run, 1);
    assert_int_equal(event->passage->row->run, 1);
    assert_string_equal(event->passage->row->to, "waiting_for_retry");
}

static void a_step_without_declarations_says_nothing(void **state)
{
    speaking_t *self = *state;
    tmesh_work_step_t *other = tmesh_moves_bench_step(self->work, 1);
    tmesh_moves_bench_claim(self->bench, self->work, other);
    tmesh_store_fixture_succeed(self->work, other, "1");
    tmesh_store_fixture_succeed(self->work, self->step, "2");
    commit(self);
    assert_announced(self, "b.done b.tried");
    assert_true(tmesh_bytes_equal_text(self->outcome->announcements[0].result->body, "2"));
}

static void nobody_listens(void **state)
{
    speaking_t *self = *state;
    tmesh_audience_set(self->audience, 0);
    tmesh_store_fixture_succeed(self->work, self->step, "1");
    commit(self);
    assert_announced(self, "");
    assert_null(self->outcome->announcements);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_success, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_failure_that_is_tried_again, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_failure_for_good, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_retryable_failure_without_attempts_is_for_good, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(what_the_node_concludes_it_says_itself, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_step_that_goes_on_in_the_same_commit, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_step_without_declarations_says_nothing, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(nobody_listens, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
