// What is left of tasks that went wrong, or have ended: the dead letter queue, and its end by pruning.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "runtime/base/memory.h"
#include "tests/support/store_suite.h"

// ---- The dead letter queue

static tmesh_work_dlq_t *add_entry(tmesh_store_fixture_t *self, tmesh_work_t *work,
                                   tmesh_task_id_t task_id, uint16_t step,
                                   tmesh_dlq_reason_t reason)
{
    tmesh_dlq_row_t row = {
        .id = tmesh_dlq_id_new(self->random, work->now_ms),
        .task_id = task_id,
        .step_number = step,
        .reason = reason,
        .status = TMESH_DLQ_STATUS_PENDING,
        .created_ms = work->now_ms,
        .updated_ms = work->now_ms,
        .snapshot = tmesh_bytes_of_text("{\"a\" : 1}"),
    };
    tmesh_work_dlq_t *entry = tmesh_work_add_dlq(work, &row);
    entry->is_new = true;
    entry->stored_status = TMESH_DLQ_STATUS_NONE;
    return entry;
}

// Committed; *is_left_out_p may be NULL.
static tmesh_dlq_id_t put_entry(tmesh_store_fixture_t *self, tmesh_task_id_t task_id, uint16_t step,
                                tmesh_dlq_reason_t reason, bool *is_left_out_p)
{
    tmesh_clock_advance_ms(self->clock, 1); // ids sort by time
    tmesh_work_t *work = tmesh_store_fixture_load_task(self, task_id);
    tmesh_work_dlq_t *entry = add_entry(self, work, task_id, step, reason);
    tmesh_dlq_id_t id = entry->row.id;
    assert_int_equal(tmesh_store_commit(self->store, work), TMESH_OK);
    if (is_left_out_p) *is_left_out_p = entry->is_left_out;
    tmesh_work_destroy(&work);
    return id;
}

// Whether it could be written.
static bool set_status(tmesh_store_fixture_t *self, tmesh_dlq_id_t id, tmesh_dlq_status_t status)
{
    tmesh_wants_t wants = {.dlq_ids = &id, .dlq_count = 1};
    tmesh_work_t *work = tmesh_store_fixture_begin(self, &wants);
    tmesh_work_dlq_t *entry = tmesh_work_find_dlq(work, id);
    assert_non_null(entry);
    assert_int_equal(entry->stored_status, entry->row.status);
    entry->row.status = status;
    entry->row.resolved_ms = status == TMESH_DLQ_STATUS_PENDING ? 0 : work->now_ms;
    entry->is_changed = true;
    assert_int_equal(tmesh_store_commit(self->store, work), TMESH_OK);
    bool is_written = !entry->is_left_out;
    tmesh_work_destroy(&work);
    return is_written;
}

static size_t count_entries(tmesh_store_fixture_t *self, const tmesh_dlq_filter_t *filter)
{
    tmesh_dlq_row_t *rows = NULL;
    size_t count = 0;
    assert_int_equal(tmesh_reader_dlq_entries(self->reader, filter, self->arena, &rows, &count),
                     TMESH_OK);
    return count;
}

static void keeps_one_pending_entry_of_a_kind(void **state)
{
    tmesh_store_fixture_t *self = *state;
    tmesh_task_id_t id = tmesh_store_fixture_put_task(self, 2);
    bool is_left_out = true;
    tmesh_dlq_id_t first = put_entry(self, id, 1, TMESH_DLQ_POISON_STEP, &is_left_out);
    assert_false(is_left_out);
    put_entry(self, id, 2, TMESH_DLQ_POISON_STEP, &is_left_out); // of another step,
    assert_false(is_left_out);
    put_entry(self, id, 1, TMESH_DLQ_MANUAL_DLQ, &is_left_out); // or for another reason
    assert_false(is_left_out);
    put_entry(self, id, 1, TMESH_DLQ_POISON_STEP, &is_left_out);
    assert_true(is_left_out);
    assert_int_equal(count_entries(self, &(tmesh_dlq_filter_t){.limit = 10}), 3);

    assert_true(set_status(self, first, TMESH_DLQ_STATUS_MANUALLY_RESOLVED));
    put_entry(self, id, 1, TMESH_DLQ_POISON_STEP, &is_left_out);
    assert_false(is_left_out);
    assert_false(set_status(self, first, TMESH_DLQ_STATUS_PENDING)); // beside the new one
    tmesh_dlq_row_t row;
    assert_int_equal(tmesh_reader_dlq_entry(self->reader, first, self->arena, &row), TMESH_OK);
    assert_int_equal(row.status, TMESH_DLQ_STATUS_MANUALLY_RESOLVED);
    assert_true(row.resolved_ms > 0);
    assert_true(tmesh_bytes_equal_text(row.snapshot, "{\"a\" : 1}"));
    assert_true(set_status(self, first, TMESH_DLQ_STATUS_CANCELLED));
}

// Two of one kind in one commit: the first one counts.
static void keeps_one_of_two_in_a_work(void **state)
{
    tmesh_store_fixture_t *self = *state;
    tmesh_task_id_t id = tmesh_store_fixture_put_task(self, 1);
    tmesh_work_t *work = tmesh_store_fixture_load_task(self, id);
    tmesh_work_dlq_t *first = add_entry(self, work, id, 0, TMESH_DLQ_TASK_TIMEOUT);
    tmesh_work_dlq_t *second = add_entry(self, work, id, 0, TMESH_DLQ_TASK_TIMEOUT);
    assert_int_equal(tmesh_store_commit(self->store, work), TMESH_OK);
    assert_false(first->is_left_out);
    assert_true(second->is_left_out);
    tmesh_work_destroy(&work);
}

static void lists_entries_from_either_end(void **state)
{
    tmesh_store_fixture_t *self = *state;
    tmesh_task_id_t task = tmesh_store_fixture_put_task(self, 3);
    tmesh_task_id_t other = tmesh_store_fixture_put_task(self, 1);
    tmesh_dlq_id_t ids[4];
    for (int i = 0; i < 3; i++) {
        ids[i] = put_entry(self, task, (uint16_t)(i + 1), TMESH_DLQ_POISON_STEP, NULL);
    }
    ids[3] = put_entry(self, other, 0, TMESH_DLQ_MANUAL_DLQ, NULL);
    tmesh_dlq_row_t *rows = NULL;
    size_t count = 0;
    tmesh_dlq_filter_t page = {.limit = 3};
    assert_int_equal(tmesh_reader_dlq_entries(self->reader, &page, self->arena, &rows, &count),
                     TMESH_OK);
    assert_int_equal(count, 3);
    for (int i = 0; i < 3; i++) assert_memory_equal(&rows[i].id, &ids[3 - i], sizeof ids[0]);
    page.has_before = true;
    page.before = rows[2].id;
    assert_int_equal(tmesh_reader_dlq_entries(self->reader, &page, self->arena, &rows, &count),
                     TMESH_OK);
    assert_int_equal(count, 1);
    assert_memory_equal(&rows[0].id, &ids[0], sizeof ids[0]);
    tmesh_dlq_filter_t oldest = {.oldest_first = true, .limit = 2};
    assert_int_equal(tmesh_reader_dlq_entries(self->reader, &oldest, self->arena, &rows, &count),
                     TMESH_OK);
    assert_int_equal(count, 2);
    for (int i = 0; i < 2; i++) assert_memory_equal(&rows[i].id, &ids[i], sizeof ids[0]);

    assert_true(set_status(self, ids[1], TMESH_DLQ_STATUS_PERMANENTLY_FAILED));
    const struct {
        tmesh_dlq_filter_t filter;
        size_t count;
    } cases[] = {
        {{.has_task = true, .task_id = task, .limit = 9}, 3},
        {{.reason = TMESH_DLQ_MANUAL_DLQ, .limit = 9}, 1},
        {{.status = TMESH_DLQ_STATUS_PENDING, .limit = 9}, 3},
        {{.status = TMESH_DLQ_STATUS_PENDING, .reason = TMESH_DLQ_POISON_STEP, .limit = 9}, 2},
        {{.status = TMESH_DLQ_STATUS_CANCELLED, .limit = 9}, 0},
    };
    for (size_t i = 0; i < TMESH_COUNT_OF(cases); i++) {
        assert_int_equal(count_entries(self, &cases[i].filter), cases[i].count);
    }
    tmesh_dlq_stat_t *stats = NULL;
    assert_int_equal(tmesh_reader_dlq_stats(self->reader, self->arena, &stats, &count), TMESH_OK);
    assert_int_equal(count, 3);
    uint64_t sum = 0;
    for (size_t i = 0; i < count; i++) sum += stats[i].count;
    assert_int_equal(sum, 4);
}

// ---- Pruning

static tmesh_task_id_t put_ended(tmesh_store_fixture_t *self, int64_t completed_ms,
                                 tmesh_request_row_t *request)
{
    tmesh_work_t *work = tmesh_store_fixture_begin(self, &(tmesh_wants_t){0});
    tmesh_work_task_t *task = tmesh_store_fixture_add_task(self, work, 2, request);
    tmesh_work_step_t *step = tmesh_store_fixture_step_of(work, task, 1);
    step->inputs = tmesh_bytes_of_text("{}");
    tmesh_task_id_t id = task->row.id;
    tmesh_store_fixture_commit(self, &work);
    work = tmesh_store_fixture_load_task(self, id);
    tmesh_store_fixture_enqueue(work, work->steps[0], 0);
    tmesh_store_fixture_claim(self, work, work->steps[0]);
    tmesh_store_fixture_commit(self, &work);
    work = tmesh_store_fixture_load_task(self, id);
    tmesh_work_add_checkpoint(work, &(tmesh_checkpoint_row_t){
        .step_id = work->steps[0]->row.id, .run = 1, .cursor = tmesh_bytes_of_text("1")});
    tmesh_store_fixture_succeed(work, work->steps[0], "1");
    assert_int_equal(tmesh_work_move_task(work, work->tasks[0], TMESH_TASK_EV_CANCEL, NULL),
                     TMESH_OK);
    work->tasks[0]->row.completed_ms = completed_ms;
    tmesh_store_fixture_commit(self, &work);
    return id;
}

static bool is_there(tmesh_store_fixture_t *self, tmesh_task_id_t id)
{
    tmesh_task_view_t view;
    tmesh_err_t err = tmesh_reader_task(self->reader, id, true, self->arena, &view);
    assert_true(err == TMESH_OK || err == TMESH_ERR_NOT_FOUND);
    return !err;
}

static uint32_t prune(tmesh_store_fixture_t *self, int64_t until_ms, uint32_t limit)
{
    uint32_t count = 77;
    assert_int_equal(tmesh_store_prune(self->store, until_ms, limit, &count), TMESH_OK);
    return count;
}

static int64_t next_prunable(tmesh_store_fixture_t *self)
{
    int64_t completed_ms = 0;
    assert_int_equal(tmesh_store_next_prunable(self->store, &completed_ms), TMESH_OK);
    return completed_ms;
}

static void prunes_what_has_ended_oldest_first(void **state)
{
    tmesh_store_fixture_t *self = *state;
    assert_true(next_prunable(self) == TMESH_DUE_NONE);
    tmesh_task_id_t open = tmesh_store_fixture_put_task(self, 2);
    tmesh_task_id_t ids[4];
    const int64_t times[] = {300, 100, 400, 200};
    for (int i = 0; i < 4; i++) ids[i] = put_ended(self, times[i], NULL);
    assert_int_equal(next_prunable(self), 100);
    assert_int_equal(prune(self, 99, 10), 0);
    assert_int_equal(prune(self, 300, 2), 2);
    assert_false(is_there(self, ids[1]));
    assert_false(is_there(self, ids[3]));
    assert_int_equal(next_prunable(self), 300);
    assert_int_equal(prune(self, 300, 2), 1);
    assert_int_equal(prune(self, 300, 2), 0);
    assert_true(is_there(self, ids[2]));
    assert_true(is_there(self, open));
    assert_int_equal(next_prunable(self), 400);
}

// Nothing that reads by the task's or its steps' ids finds anything.
static void prunes_all_that_a_task_has(void **state)
{
    tmesh_store_fixture_t *self = *state;
    tmesh_request_row_t request = {
        .context = tmesh_bytes_of_text("{}"), .has_identity = true, .identity = {{7}}};
    tmesh_task_id_t id = put_ended(self, 100, &request);
    tmesh_task_id_t kept = put_ended(self, 200, NULL);
    tmesh_dlq_id_t entry = put_entry(self, id, 1, TMESH_DLQ_POISON_STEP, NULL);
    assert_true(set_status(self, entry, TMESH_DLQ_STATUS_MANUALLY_RESOLVED));
    assert_int_equal(prune(self, 100, 10), 1);

    tmesh_step_id_t step = tmesh_step_id_of(id, 1);
    tmesh_step_view_t *steps = NULL;
    tmesh_result_row_t *results = NULL;
    tmesh_checkpoint_row_t *checkpoints = NULL;
    tmesh_transition_row_t *transitions = NULL;
    tmesh_dlq_row_t row;
    size_t count = 1;
    assert_int_equal(tmesh_reader_steps(self->reader, id, self->arena, &steps, &count), TMESH_OK);
    assert_int_equal(count, 0);
    assert_int_equal(tmesh_reader_results(self->reader, step, self->arena, &results, &count),
                     TMESH_OK);
    assert_int_equal(count, 0);
    assert_int_equal(
        tmesh_reader_checkpoints(self->reader, step, self->arena, &checkpoints, &count), TMESH_OK);
    assert_int_equal(count, 0);
    assert_int_equal(
        tmesh_reader_transitions(self->reader, id, 0, 10, self->arena, &transitions, &count),
        TMESH_OK);
    assert_int_equal(count, 0);
    assert_int_equal(tmesh_reader_dlq_entry(self->reader, entry, self->arena, &row),
                     TMESH_ERR_NOT_FOUND);
    tmesh_wants_t wants = {.identities = &request.identity, .identity_count = 1};
    tmesh_work_t *work = tmesh_store_fixture_begin(self, &wants);
    assert_null(tmesh_work_find_identity(work, &request.identity));
    tmesh_store_abandon(self->store, &work);

    assert_true(is_there(self, kept)); // and what it has
    assert_int_equal(tmesh_reader_results(self->reader, tmesh_step_id_of(kept, 1), self->arena,
                                          &results, &count), TMESH_OK);
    assert_int_equal(count, 1);
}

// The identity of a pruned task may belong to a later one by now.
static void prunes_no_identity_of_another_task(void **state)
{
    tmesh_store_fixture_t *self = *state;
    tmesh_request_row_t request = {
        .context = tmesh_bytes_of_text("{}"), .has_identity = true, .identity = {{7}}};
    tmesh_task_id_t id = put_ended(self, 100, &request);
    tmesh_wants_t wants = {.identities = &request.identity, .identity_count = 1};
    tmesh_work_t *work = tmesh_store_fixture_begin(self, &wants);
    tmesh_task_id_t later = tmesh_store_fixture_add_task(self, work, 1, &request)->row.id;
    tmesh_store_fixture_commit(self, &work); // takes it over
    assert_int_equal(prune(self, 100, 10), 1);
    assert_false(is_there(self, id));
    work = tmesh_store_fixture_begin(self, &wants);
    const tmesh_work_identity_t *found = tmesh_work_find_identity(work, &request.identity);
    assert_non_null(found);
    assert_memory_equal(&found->task_id, &later, sizeof later);
    tmesh_store_abandon(self->store, &work);
}

static void keeps_what_somebody_has_to_look_into(void **state)
{
    tmesh_store_fixture_t *self = *state;
    tmesh_task_id_t id = put_ended(self, 100, NULL);
    tmesh_dlq_id_t entry = put_entry(self, id, 1, TMESH_DLQ_POISON_STEP, NULL);
    assert_true(next_prunable(self) == TMESH_DUE_NONE);
    tmesh_task_id_t other = put_ended(self, 200, NULL);
    assert_int_equal(next_prunable(self), 200);
    assert_int_equal(prune(self, 1000, 1), 1); // it takes no place in the batch
    assert_false(is_there(self, other));
    assert_true(is_there(self, id));
    assert_true(set_status(self, entry, TMESH_DLQ_STATUS_CANCELLED));
    assert_int_equal(next_prunable(self), 100);
    assert_int_equal(prune(self, 1000, 1), 1);
    assert_false(is_there(self, id));
}

int tmesh_store_suite_run_ended(const tmesh_store_factory_t *factory)
{
    const struct CMUnitTest tests[] = {
        STORE_TEST(keeps_one_pending_entry_of_a_kind, factory),
        STORE_TEST(keeps_one_of_two_in_a_work, factory),
        STORE_TEST(lists_entries_from_either_end, factory),
        STORE_TEST(prunes_what_has_ended_oldest_first, factory),
        STORE_TEST(prunes_all_that_a_task_has, factory),
        STORE_TEST(prunes_no_identity_of_another_task, factory),
        STORE_TEST(keeps_what_somebody_has_to_look_into, factory),
    };
    return cmocka_run_group_tests_name(factory->name, tests, NULL, NULL);
}
