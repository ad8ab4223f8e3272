// What people see: tasks, steps, passages, definitions.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "runtime/base/memory.h"
#include "tests/support/store_suite.h"

static size_t list(tmesh_store_fixture_t *self, tmesh_task_filter_t filter,
                   tmesh_task_view_t **views_p)
{
    size_t count = 0;
    assert_int_equal(tmesh_reader_tasks(self->reader, &filter, self->arena, views_p, &count),
                     TMESH_OK);
    return count;
}

static void shows_a_task_with_its_request(void **state)
{
    tmesh_store_fixture_t *self = *state;
    tmesh_request_row_t request = {
        .context = tmesh_bytes_of_text("{\"a\":0.1}"),
        .initiator = "ann",
        .source_system = "till",
        .reason = "because",
        .tags = tmesh_bytes_of_text("[\"x\"]"),
        .options = tmesh_bytes_of_text("{\"o\":1}"),
        .correlation_id = "c",
        .parent_correlation_id = "p",
        .idempotency_key = "k",
        .has_identity = true,
        .identity = {{1, 2, 3}},
    };
    tmesh_work_t *work = tmesh_store_fixture_begin(self, &(tmesh_wants_t){0});
    tmesh_task_id_t id = tmesh_store_fixture_add_task(self, work, 2, &request)->row.id;
    tmesh_store_fixture_commit(self, &work);

    tmesh_task_view_t view = {0};
    assert_int_equal(tmesh_reader_task(self->reader, id, false, self->arena, &view), TMESH_OK);
    assert_null(view.request.context.data);
    assert_int_equal(tmesh_reader_task(self->reader, id, true, self->arena, &view), TMESH_OK);
    assert_true(tmesh_bytes_equal(view.request.context, request.context));
    assert_int_equal(tmesh_task_id_compare(view.request.task_id, id), 0);
    assert_int_equal(view.row.steps_total, 2);
    assert_string_equal(view.request.initiator, "ann");
    assert_string_equal(view.request.source_system, "till");
    assert_string_equal(view.request.reason, "because");
    assert_string_equal(view.request.correlation_id, "c");
    assert_string_equal(view.request.parent_correlation_id, "p");
    assert_string_equal(view.request.idempotency_key, "k");
    assert_null(view.request.auto_idempotency_key);
    assert_true(tmesh_bytes_equal(view.request.tags, request.tags));
    assert_true(tmesh_bytes_equal(view.request.options, request.options));
    assert_true(view.request.has_identity && view.request.identity.bytes[2] == 3);
    assert_string_equal(view.namespace_name, "shop");
    assert_string_equal(view.name, "order");
    assert_string_equal(view.version, "1");
    tmesh_task_filter_t of_this = {.limit = 9, .correlation_id = "c"};
    tmesh_task_view_t *views = NULL;
    assert_int_equal(list(self, of_this, &views), 1);
    assert_int_equal(tmesh_task_id_compare(views[0].row.id, id), 0);
    tmesh_task_id_t unknown = tmesh_task_id_new(self->random, 1);
    assert_int_equal(tmesh_reader_task(self->reader, unknown, false, self->arena, &view),
                     TMESH_ERR_NOT_FOUND);
}

static void lists_tasks_newest_first_page_by_page(void **state)
{
    tmesh_store_fixture_t *self = *state;
    tmesh_task_id_t ids[5];
    for (int i = 0; i < 5; i++) {
        tmesh_clock_advance_ms(self->clock, 1);
        ids[i] = tmesh_store_fixture_put_task(self, 1);
    }
    tmesh_work_t *work = tmesh_store_fixture_load_task(self, ids[1]);
    assert_int_equal(tmesh_work_move_task(work, work->tasks[0], TMESH_TASK_EV_CANCEL, NULL),
                     TMESH_OK);
    tmesh_store_fixture_commit(self, &work);

    tmesh_task_view_t *views = NULL;
    assert_int_equal(list(self, (tmesh_task_filter_t){.limit = 3}, &views), 3);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(tmesh_task_id_compare(views[i].row.id, ids[4 - i]), 0);
    }
    tmesh_task_filter_t next = {.limit = 3, .has_before = true, .before = views[2].row.id};
    assert_int_equal(list(self, next, &views), 2);
    assert_int_equal(tmesh_task_id_compare(views[1].row.id, ids[0]), 0);
    tmesh_task_filter_t by_state = {.limit = 9, .state = TMESH_TASK_CANCELLED};
    assert_int_equal(list(self, by_state, &views), 1);
    assert_int_equal(tmesh_task_id_compare(views[0].row.id, ids[1]), 0);
    tmesh_task_filter_t by_name = {.limit = 9, .namespace_name = "shop", .name = "order"};
    assert_int_equal(list(self, by_name, &views), 5);
    by_name.name = "refund";
    assert_int_equal(list(self, by_name, &views), 0);
    by_name = (tmesh_task_filter_t){.limit = 9, .namespace_name = "elsewhere"};
    assert_int_equal(list(self, by_name, &views), 0);
    tmesh_task_filter_t by_version = {.limit = 9, .version = "1"};
    assert_int_equal(list(self, by_version, &views), 5);
    by_version.version = "2";
    assert_int_equal(list(self, by_version, &views), 0);
    tmesh_task_filter_t by_correlation = {.limit = 9, .correlation_id = "no such"};
    assert_int_equal(list(self, by_correlation, &views), 0);
    assert_int_equal(list(self, (tmesh_task_filter_t){.limit = 1}, &views), 1);
    int64_t newest_ms = views[0].row.created_ms;
    tmesh_task_filter_t by_time = {
        .limit = 9, .created_after_ms = newest_ms - 2, .created_before_ms = newest_ms};
    assert_int_equal(list(self, by_time, &views), 2);
    assert_int_equal(tmesh_task_id_compare(views[0].row.id, ids[3]), 0);
    assert_int_equal(tmesh_task_id_compare(views[1].row.id, ids[2]), 0);
}

static void fail_run(tmesh_work_t *work, tmesh_work_step_t *step)
{
    tmesh_work_add_result(work, &(tmesh_result_row_t){
        .step_id = step->row.id,
        .run = step->row.run,
        .received_ms = work->now_ms,
        .error_code = "broken",
        .error_message = "it broke",
        .error = tmesh_bytes_of_text("{\"message\":\"it broke\"}"),
        .metadata = tmesh_bytes_of_text("{\"m\":1}"),
        .retryable = true,
        .answer = TMESH_STEP_WAITING_FOR_RETRY,
    });
}

static void shows_steps_with_parents_and_results(void **state)
{
    tmesh_store_fixture_t *self = *state;
    tmesh_task_id_t id = tmesh_store_fixture_put_task(self, 3);
    tmesh_work_t *work = tmesh_store_fixture_load_task(self, id);
    tmesh_work_add_edge(work, tmesh_step_id_of(id, 1), tmesh_step_id_of(id, 3));
    tmesh_store_fixture_enqueue(work, work->steps[0], 0);
    tmesh_store_fixture_claim(self, work, work->steps[0]);
    fail_run(work, work->steps[0]);
    tmesh_store_fixture_commit(self, &work);
    tmesh_clock_advance_ms(self->clock, 50);
    work = tmesh_store_fixture_load_task(self, id);
    tmesh_store_fixture_claim(self, work, work->steps[0]);
    tmesh_store_fixture_succeed(work, work->steps[0], "[1]");
    tmesh_store_fixture_commit(self, &work);

    tmesh_step_view_t *views = NULL;
    size_t count = 0;
    assert_int_equal(tmesh_reader_steps(self->reader, id, self->arena, &views, &count), TMESH_OK);
    assert_int_equal(count, 3);
    assert_int_equal(views[0].parent_count, 0);
    assert_int_equal(views[1].parent_count, 1);
    assert_int_equal(views[1].parents[0], 1);
    assert_int_equal(views[2].parent_count, 2);
    assert_int_equal(views[2].parents[0], 1);
    assert_int_equal(views[2].parents[1], 2);
    assert_int_equal(views[0].row.state, TMESH_STEP_COMPLETE);
    assert_int_equal(views[0].started_ms, FIXTURE_START_MS + 50);
    assert_int_equal(views[1].started_ms, 0);
    assert_int_equal(views[0].success->run, 2);
    assert_true(tmesh_bytes_equal_text(views[0].success->body, "[1]"));
    const tmesh_result_row_t *failure = views[0].failure;
    assert_int_equal(failure->run, 1);
    assert_false(failure->success);
    assert_string_equal(failure->error_code, "broken");
    assert_string_equal(failure->error_message, "it broke");
    assert_true(tmesh_bytes_equal_text(failure->error, "{\"message\":\"it broke\"}"));
    assert_true(tmesh_bytes_equal_text(failure->metadata, "{\"m\":1}"));
    assert_true(failure->retryable);
    assert_int_equal(failure->answer, TMESH_STEP_WAITING_FOR_RETRY);
    assert_null(views[1].success);
    assert_null(views[1].failure);

    tmesh_result_row_t *results = NULL;
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(tmesh_reader_results(self->reader, views[i].row.id, self->arena, &results,
                                              &count), TMESH_OK);
        assert_int_equal(count, i == 0 ? 2 : 0);
        for (size_t k = 0; k < count; k++) assert_int_equal(results[k].run, k + 1);
    }

    tmesh_step_row_t *rows = NULL;
    size_t row_count = 0;
    assert_int_equal(tmesh_reader_step_rows(self->reader, id, self->arena, &rows, &row_count),
                     TMESH_OK);
    assert_int_equal(row_count, 3);
    for (size_t i = 0; i < row_count; i++) {
        assert_int_equal(tmesh_step_id_compare(rows[i].id, views[i].row.id), 0);
        assert_int_equal(rows[i].template_index, views[i].row.template_index);
        assert_int_equal(rows[i].run, views[i].row.run);
    }

    tmesh_task_id_t unknown = tmesh_task_id_new(self->random, 1);
    assert_int_equal(tmesh_reader_steps(self->reader, unknown, self->arena, &views, &count),
                     TMESH_OK);
    assert_int_equal(count, 0);
}

static void shows_passages_in_order(void **state)
{
    tmesh_store_fixture_t *self = *state;
    tmesh_task_id_t id = tmesh_store_fixture_put_task(self, 2);
    tmesh_work_t *work = tmesh_store_fixture_load_task(self, id);
    assert_int_equal(tmesh_work_move_task(work, work->tasks[0], TMESH_TASK_EV_START, "{\"m\":1}"),
                     TMESH_OK);
    tmesh_store_fixture_commit(self, &work);
    tmesh_transition_row_t *rows = NULL;
    size_t count = 0;
    assert_int_equal(tmesh_reader_transitions(self->reader, id, 0, 100, self->arena, &rows,
                                              &count), TMESH_OK);
    assert_int_equal(count, 4);
    for (uint32_t i = 0; i < 4; i++) assert_int_equal(rows[i].number, i + 1);
    assert_int_equal(rows[0].step_number, 0);
    assert_int_equal(rows[2].step_number, 2);
    assert_string_equal(rows[3].from, "pending");
    assert_string_equal(rows[3].to, "initializing");
    assert_string_equal(rows[3].event, "Start");
    assert_string_equal(rows[3].metadata, "{\"m\":1}");
    assert_int_equal(rows[3].at_ms, FIXTURE_START_MS);
    assert_null(rows[3].worker);
    assert_int_equal(tmesh_reader_transitions(self->reader, id, 1, 2, self->arena, &rows, &count),
                     TMESH_OK);
    assert_int_equal(count, 2);
    assert_int_equal(rows[0].number, 2);
}

static void shows_definitions(void **state)
{
    tmesh_store_fixture_t *self = *state;
    tmesh_definition_row_t *rows = NULL;
    size_t count = 0;
    assert_int_equal(tmesh_reader_definitions(self->reader, NULL, NULL, self->arena, &rows,
                                              &count), TMESH_OK);
    assert_int_equal(count, 1);
    assert_true(rows[0].id == self->definition_id);
    assert_null(rows[0].json.data);
    assert_int_equal(tmesh_reader_definitions(self->reader, "shop", "other", self->arena, &rows,
                                              &count), TMESH_OK);
    assert_int_equal(count, 0);
    tmesh_definition_row_t row = {0};
    assert_int_equal(tmesh_reader_definition(self->reader, self->definition_id, self->arena, &row),
                     TMESH_OK);
    assert_true(tmesh_bytes_equal_text(row.json, "{}"));
    assert_int_equal(tmesh_reader_definition(self->reader, 999, self->arena, &row),
                     TMESH_ERR_NOT_FOUND);
}

static void counts_open_tasks_and_the_backlog(void **state)
{
    tmesh_store_fixture_t *self = *state;
    uint64_t open = 99;
    tmesh_backlog_t *rows = NULL;
    size_t count = 99;
    assert_int_equal(tmesh_reader_open_tasks(self->reader, &open), TMESH_OK);
    assert_int_equal(open, 0);
    assert_int_equal(tmesh_reader_backlog(self->reader, 10, self->arena, &rows, &count),
                     TMESH_OK);
    assert_int_equal(count, 0);

    tmesh_task_id_t first = tmesh_store_fixture_put_task(self, 3);
    tmesh_task_id_t second = tmesh_store_fixture_put_task(self, 1);
    tmesh_work_t *work = tmesh_store_fixture_load_task(self, first);
    tmesh_work_task_t *task = work->tasks[0];
    for (uint16_t number = 1; number <= 3; number++) {
        tmesh_store_fixture_enqueue(work, tmesh_store_fixture_step_of(work, task, number), 0);
    }
    tmesh_store_fixture_claim(self, work, tmesh_store_fixture_step_of(work, task, 3));
    tmesh_store_fixture_commit(self, &work);
    assert_int_equal(tmesh_reader_open_tasks(self->reader, &open), TMESH_OK);
    assert_int_equal(open, 2);
    assert_int_equal(tmesh_reader_backlog(self->reader, 10, self->arena, &rows, &count),
                     TMESH_OK);
    assert_int_equal(count, 1);
    assert_string_equal(rows[0].namespace_name, "shop");
    assert_int_equal(rows[0].steps, 2);
    assert_int_equal(tmesh_reader_backlog(self->reader, 1, self->arena, &rows, &count), TMESH_OK);
    assert_int_equal(rows[0].steps, 1); // no more of a queue than was asked for

    work = tmesh_store_fixture_load_task(self, second);
    assert_int_equal(tmesh_work_move_task(work, work->tasks[0], TMESH_TASK_EV_CANCEL, NULL),
                     TMESH_OK);
    tmesh_store_fixture_commit(self, &work);
    assert_int_equal(tmesh_reader_open_tasks(self->reader, &open), TMESH_OK);
    assert_int_equal(open, 1);
}

static void reads_what_is_committed_while_a_work_is_open(void **state)
{
    tmesh_store_fixture_t *self = *state;
    if (!self->factory->reads_beside) skip();
    tmesh_task_id_t id = tmesh_store_fixture_put_task(self, 1);
    tmesh_work_t *work = tmesh_store_fixture_load_task(self, id);
    tmesh_store_fixture_enqueue(work, work->steps[0], 0);
    tmesh_task_view_t view = {0};
    assert_int_equal(tmesh_reader_task(self->reader, id, true, self->arena, &view), TMESH_OK);
    assert_int_equal(view.row.steps_in_flight, 0);
    tmesh_store_fixture_commit(self, &work);
    assert_int_equal(tmesh_reader_task(self->reader, id, true, self->arena, &view), TMESH_OK);
    assert_int_equal(view.row.steps_in_flight, 1);
}

int tmesh_store_suite_run_reading(const tmesh_store_factory_t *factory)
{
    const struct CMUnitTest tests[] = {
        STORE_TEST(shows_a_task_with_its_request, factory),
        STORE_TEST(lists_tasks_newest_first_page_by_page, factory),
        STORE_TEST(shows_steps_with_parents_and_results, factory),
        STORE_TEST(shows_passages_in_order, factory),
        STORE_TEST(shows_definitions, factory),
        STORE_TEST(counts_open_tasks_and_the_backlog, factory),
        STORE_TEST(reads_what_is_committed_while_a_work_is_open, factory),
    };
    return cmocka_run_group_tests_name(factory->name, tests, NULL, NULL);
}
