// What a work writes is there afterwards; what fails or is abandoned is not.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "runtime/base/memory.h"
#include "tests/support/store_suite.h"

static void creates_a_task_with_steps(void **state)
{
    tmesh_store_fixture_t *self = *state;
    tmesh_task_id_t id = tmesh_store_fixture_put_task(self, 3);
    tmesh_work_t *work = tmesh_store_fixture_load_task(self, id);
    assert_int_equal(work->task_count, 1);
    assert_int_equal(work->step_count, 3);
    const tmesh_task_row_t *task = &work->tasks[0]->row;
    assert_int_equal(task->state, TMESH_TASK_PENDING);
    assert_int_equal(task->steps_total, 3);
    assert_int_equal(task->last_number, 4);
    assert_true(task->due_ms == TMESH_DUE_NONE);
    assert_int_equal(task->created_ms, FIXTURE_START_MS);
    for (uint16_t i = 0; i < 3; i++) {
        assert_int_equal(tmesh_step_number(work->steps[i]->row.id), i + 1);
        assert_int_equal(work->steps[i]->row.state, TMESH_STEP_PENDING);
        assert_true(work->steps[i]->row.queue_id == self->queue_a);
    }
    tmesh_work_check(work);
    tmesh_store_abandon(self->store, &work);
    assert_null(work);
}

static void keeps_every_column(void **state)
{
    tmesh_store_fixture_t *self = *state;
    tmesh_task_id_t id = tmesh_store_fixture_put_task(self, 1);
    tmesh_work_t *work = tmesh_store_fixture_load_task(self, id);
    tmesh_task_row_t task = work->tasks[0]->row;
    task.state = TMESH_TASK_RESOLVED_MANUALLY;
    task.priority = INT32_MIN;
    task.steps_total = UINT32_MAX;
    task.steps_done = 1;
    task.steps_failed = 2;
    task.steps_in_flight = 3;
    task.steps_waiting = 4;
    task.steps_cancelled = 5;
    task.last_number = UINT32_MAX;
    task.due_ms = 77;
    task.updated_ms = 88;
    task.completed_ms = 99;
    work->tasks[0]->row = task;
    work->tasks[0]->is_changed = true;
    tmesh_step_row_t step = work->steps[0]->row;
    step.state = TMESH_STEP_RESOLVED_MANUALLY;
    step.attempts = UINT32_MAX;
    step.max_attempts = 9;
    step.retryable = false;
    step.parents_open = 11;
    step.run = UINT32_MAX;
    memset(step.token.bytes, 0xa5, sizeof step.token.bytes);
    step.claimed = true;
    step.held = true;
    step.order_key = INT64_MIN;
    step.enqueued_ms = 1;
    step.sent_ms = 2;
    step.completed_ms = 3;
    step.due_ms = 0;
    step.due_for = TMESH_STEP_DUE_UNCLAIMED;
    step.workers_lost = 12;
    step.worker = "ünknown worker";
    work->steps[0]->row = step;
    work->steps[0]->is_changed = true;
    assert_int_equal(tmesh_store_commit(self->store, work), TMESH_OK);
    tmesh_work_destroy(&work);

    work = tmesh_store_fixture_load_task(self, id);
    assert_memory_equal(&work->tasks[0]->row, &task, sizeof task);
    tmesh_step_row_t loaded = work->steps[0]->row;
    assert_string_equal(loaded.worker, step.worker);
    loaded.worker = step.worker = NULL;
    assert_int_equal(loaded.template_index, step.template_index);
    assert_int_equal(loaded.state, step.state);
    assert_true(loaded.attempts == step.attempts && loaded.max_attempts == step.max_attempts);
    assert_true(loaded.retryable == step.retryable && loaded.parents_open == step.parents_open);
    assert_true(loaded.run == step.run && tmesh_run_token_equal(loaded.token, step.token));
    assert_true(loaded.claimed && loaded.held && loaded.order_key == step.order_key);
    assert_true(loaded.enqueued_ms == 1 && loaded.sent_ms == 2 && loaded.completed_ms == 3);
    assert_true(loaded.due_ms == 0 && loaded.due_for == TMESH_STEP_DUE_UNCLAIMED);
    assert_int_equal(loaded.workers_lost, 12);
    tmesh_store_abandon(self->store, &work);
}

// Enqueues, claims and commits: the second half of a test begins with a run that is out.
static tmesh_step_id_t put_claimed_step(tmesh_store_fixture_t *self, uint16_t steps)
{
    tmesh_task_id_t id = tmesh_store_fixture_put_task(self, steps);
    tmesh_work_t *work = tmesh_store_fixture_load_task(self, id);
    tmesh_store_fixture_enqueue(work, work->steps[0], 0);
    tmesh_store_fixture_claim(self, work, work->steps[0]);
    tmesh_store_fixture_commit(self, &work);
    return tmesh_step_id_of(id, 1);
}

static void finds_the_result_of_the_current_run_only(void **state)
{
    tmesh_store_fixture_t *self = *state;
    tmesh_step_id_t id = put_claimed_step(self, 1);
    tmesh_work_t *work = tmesh_store_fixture_load_step(self, id);
    assert_null(work->steps[0]->stored_result);
    tmesh_store_fixture_succeed(work, work->steps[0], "{\"n\":1}");
    tmesh_store_fixture_commit(self, &work);

    work = tmesh_store_fixture_load_step(self, id);
    const tmesh_result_row_t *stored = work->steps[0]->stored_result;
    assert_non_null(stored);
    assert_int_equal(stored->run, 1);
    assert_true(stored->success);
    assert_int_equal(stored->answer, TMESH_STEP_COMPLETE);
    assert_true(tmesh_bytes_equal_text(stored->body, "{\"n\":1}"));
    assert_null(stored->error_code);
    assert_null(stored->error.data);
    work->steps[0]->row.run = 2; // claimed again, after a reset
    work->steps[0]->is_changed = true;
    tmesh_store_fixture_commit(self, &work);

    work = tmesh_store_fixture_load_step(self, id);
    assert_null(work->steps[0]->stored_result);
    tmesh_store_abandon(self->store, &work);
}

static void refuses_a_second_result_of_a_run_and_writes_nothing(void **state)
{
    tmesh_store_fixture_t *self = *state;
    tmesh_step_id_t id = put_claimed_step(self, 1);
    tmesh_work_t *work = tmesh_store_fixture_load_step(self, id);
    tmesh_store_fixture_succeed(work, work->steps[0], "1");
    tmesh_work_add_result(work, &work->results[0]);
    tmesh_store_stats_t before = tmesh_store_stats(self->store);
    assert_int_equal(tmesh_store_commit(self->store, work), TMESH_ERR_CONFLICT);
    tmesh_work_destroy(&work);
    tmesh_store_stats_t after = tmesh_store_stats(self->store);
    assert_int_equal(after.commits, before.commits);
    assert_int_equal(after.rollbacks, before.rollbacks + 1);

    work = tmesh_store_fixture_load_step(self, id);
    assert_int_equal(work->steps[0]->row.state, TMESH_STEP_ENQUEUED);
    assert_null(work->steps[0]->stored_result);
    assert_int_equal(work->tasks[0]->row.last_number, 3);
    tmesh_store_fixture_succeed(work, work->steps[0], "1"); // and it goes on
    tmesh_store_fixture_commit(self, &work);
}

static void writes_nothing_when_abandoned(void **state)
{
    tmesh_store_fixture_t *self = *state;
    tmesh_task_id_t id = tmesh_store_fixture_put_task(self, 1);
    tmesh_work_t *work = tmesh_store_fixture_load_task(self, id);
    tmesh_store_fixture_enqueue(work, work->steps[0], 0);
    tmesh_store_fixture_add_task(self, work, 1, NULL);
    tmesh_store_abandon(self->store, &work);
    tmesh_store_abandon(self->store, &work); // nothing: it is NULL
    work = tmesh_store_fixture_load_task(self, id);
    assert_int_equal(work->steps[0]->row.state, TMESH_STEP_PENDING);
    tmesh_store_abandon(self->store, &work);
}

static void counts_no_commit_without_a_change(void **state)
{
    tmesh_store_fixture_t *self = *state;
    tmesh_task_id_t id = tmesh_store_fixture_put_task(self, 1);
    tmesh_store_stats_t before = tmesh_store_stats(self->store);
    tmesh_work_t *work = tmesh_store_fixture_load_task(self, id);
    tmesh_store_fixture_commit(self, &work);
    assert_int_equal(tmesh_store_ping(self->store), TMESH_OK);
    tmesh_store_stats_t after = tmesh_store_stats(self->store);
    assert_int_equal(after.commits, before.commits);
    assert_int_equal(after.rollbacks, before.rollbacks);
    assert_true(after.statements > before.statements);
}

// One result, one dependent that becomes ready and is claimed: load and save, begin and commit.
static void costs_few_statements_per_result(void **state)
{
    tmesh_store_fixture_t *self = *state;
    tmesh_step_id_t id = put_claimed_step(self, 3);
    tmesh_store_stats_t before = tmesh_store_stats(self->store);
    tmesh_work_t *work = tmesh_store_fixture_load_step(self, id);
    assert_int_equal(work->steps[0]->child_count, 1);
    tmesh_work_step_t *child = work->steps[work->steps[0]->children[0]];
    tmesh_store_fixture_succeed(work, work->steps[0], "{}");
    tmesh_store_fixture_enqueue(work, child, 0);
    tmesh_store_fixture_claim(self, work, child);
    tmesh_store_fixture_commit(self, &work);
    tmesh_store_stats_t after = tmesh_store_stats(self->store);
    assert_int_equal(after.commits, before.commits + 1);
    assert_int_equal(after.statements - before.statements,
                     self->factory->statements_per_result);
}

static void gives_an_identity_to_one_task(void **state)
{
    tmesh_store_fixture_t *self = *state;
    tmesh_request_row_t request = {
        .context = tmesh_bytes_of_text("{}"),
        .auto_idempotency_key = "auto",
        .has_identity = true,
        .identity = {{7}},
    };
    tmesh_wants_t wants = {.identities = &request.identity, .identity_count = 1};
    tmesh_work_t *work = tmesh_store_fixture_begin(self, &wants);
    assert_null(tmesh_work_find_identity(work, &request.identity));
    tmesh_task_id_t first = tmesh_store_fixture_add_task(self, work, 1, &request)->row.id;
    tmesh_store_fixture_commit(self, &work);

    // Who did not look for it collides.
    work = tmesh_store_fixture_begin(self, &(tmesh_wants_t){0});
    tmesh_store_fixture_add_task(self, work, 1, &request);
    assert_int_equal(tmesh_store_commit(self->store, work), TMESH_ERR_CONFLICT);
    tmesh_work_destroy(&work);

    // Who did, and goes on, takes it over.
    work = tmesh_store_fixture_begin(self, &wants);
    const tmesh_work_identity_t *found = tmesh_work_find_identity(work, &request.identity);
    assert_non_null(found);
    assert_int_equal(tmesh_task_id_compare(found->task_id, first), 0);
    assert_int_equal(found->state, TMESH_TASK_PENDING);
    assert_string_equal(found->auto_idempotency_key, "auto");
    tmesh_task_id_t second = tmesh_store_fixture_add_task(self, work, 1, &request)->row.id;
    tmesh_store_fixture_commit(self, &work);

    // The first has it no more, so it can not free it; the second can.
    tmesh_task_id_t holders[] = {first, second};
    for (int i = 0; i < 2; i++) {
        work = tmesh_store_fixture_load_task(self, holders[i]);
        work->tasks[0]->free_identity = true;
        tmesh_store_fixture_commit(self, &work);
        work = tmesh_store_fixture_begin(self, &wants);
        found = tmesh_work_find_identity(work, &request.identity);
        assert_int_equal(found != NULL, i == 0);
        if (found) assert_int_equal(tmesh_task_id_compare(found->task_id, second), 0);
        tmesh_store_abandon(self->store, &work);
    }
}

static void shows_everything_after_reopening(void **state)
{
    tmesh_store_fixture_t *self = *state;
    if (!self->factory->is_durable) skip();
    tmesh_step_id_t id = put_claimed_step(self, 2);
    tmesh_work_t *work = tmesh_store_fixture_load_step(self, id);
    tmesh_store_fixture_succeed(work, work->steps[0], "\"kept\"");
    tmesh_store_fixture_commit(self, &work);
    tmesh_store_fixture_reopen(self);
    work = tmesh_store_fixture_load_step(self, id);
    assert_int_equal(work->step_count, 2);
    assert_int_equal(work->steps[0]->row.state, TMESH_STEP_COMPLETE);
    assert_true(tmesh_bytes_equal_text(work->steps[0]->stored_result->body, "\"kept\""));
    tmesh_store_abandon(self->store, &work);
}

int tmesh_store_suite_run_works(const tmesh_store_factory_t *factory)
{
    const struct CMUnitTest tests[] = {
        STORE_TEST(creates_a_task_with_steps, factory),
        STORE_TEST(keeps_every_column, factory),
        STORE_TEST(finds_the_result_of_the_current_run_only, factory),
        STORE_TEST(refuses_a_second_result_of_a_run_and_writes_nothing, factory),
        STORE_TEST(writes_nothing_when_abandoned, factory),
        STORE_TEST(counts_no_commit_without_a_change, factory),
        STORE_TEST(costs_few_statements_per_result, factory),
        STORE_TEST(gives_an_identity_to_one_task, factory),
        STORE_TEST(shows_everything_after_reopening, factory),
    };
    return cmocka_run_group_tests_name(factory->name, tests, NULL, NULL);
}
