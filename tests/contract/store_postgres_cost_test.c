// What a batch costs: counted, not timed.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "runtime/base/memory.h"
#include "tests/support/store_postgres_place.h"
#include "tests/support/store_suite.h"

static tmesh_store_stats_t since(tmesh_store_fixture_t *self, tmesh_store_stats_t before)
{
    tmesh_store_stats_t now = tmesh_store_stats(self->store);
    return (tmesh_store_stats_t){
        .commits = now.commits - before.commits,
        .statements = now.statements - before.statements,
        .round_trips = now.round_trips - before.round_trips,
    };
}

static void a_task_of_four_steps_costs_ten_round_trips(void **state)
{
    tmesh_store_fixture_t *self = *state;
    tmesh_store_stats_t before = tmesh_store_stats(self->store);
    tmesh_work_t *work = tmesh_store_fixture_begin(self, &(tmesh_wants_t){0});
    tmesh_task_id_t id = tmesh_store_fixture_add_task(self, work, 4, NULL)->row.id;
    tmesh_store_fixture_enqueue(work, work->steps[0], 0);
    tmesh_store_fixture_claim(self, work, work->steps[0]);
    tmesh_store_fixture_commit(self, &work);
    for (uint16_t number = 1; number <= 4; number++) {
        work = tmesh_store_fixture_load_step(self, tmesh_step_id_of(id, number));
        tmesh_store_fixture_succeed(work, work->steps[0], "{}");
        if (number < 4) {
            tmesh_work_step_t *child = work->steps[work->steps[0]->children[0]];
            tmesh_store_fixture_enqueue(work, child, 0);
            tmesh_store_fixture_claim(self, work, child);
        }
        tmesh_store_fixture_commit(self, &work);
    }
    tmesh_store_stats_t cost = since(self, before);
    assert_int_equal(cost.commits, 5); // 6 are allowed
    assert_int_equal(cost.round_trips, 10); // 12 are allowed
}

// So many tasks of two steps, the first claimed; then all their results in one batch.
static tmesh_store_stats_t cost_of_results(tmesh_store_fixture_t *self, size_t count)
{
    tmesh_auto_free tmesh_step_id_t *ids = tmesh_alloc_array(count, sizeof *ids);
    tmesh_work_t *work = tmesh_store_fixture_begin(self, &(tmesh_wants_t){0});
    for (size_t i = 0; i < count; i++) {
        tmesh_work_task_t *task = tmesh_store_fixture_add_task(self, work, 2, NULL);
        tmesh_work_step_t *step = tmesh_store_fixture_step_of(work, task, 1);
        ids[i] = step->row.id;
        tmesh_store_fixture_enqueue(work, step, 0);
        tmesh_store_fixture_claim(self, work, step);
    }
    tmesh_store_fixture_commit(self, &work);

    tmesh_store_stats_t before = tmesh_store_stats(self->store);
    tmesh_wants_t wants = {.step_ids = ids, .step_count = count, .with_children = true};
    work = tmesh_store_fixture_begin(self, &wants);
    for (size_t i = 0; i < count; i++) {
        tmesh_work_step_t *step = tmesh_work_find_step(work, ids[i]);
        tmesh_work_step_t *child = work->steps[step->children[0]];
        tmesh_store_fixture_succeed(work, step, "{\"n\":1}");
        tmesh_store_fixture_enqueue(work, child, 0);
        tmesh_store_fixture_claim(self, work, child);
    }
    assert_int_equal(tmesh_store_commit(self->store, work), TMESH_OK);
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(work->claims[i].input_count, 1);
        assert_true(tmesh_bytes_equal_text(work->claims[i].inputs[0].result, "{\"n\":1}"));
        assert_non_null(work->claims[i].context.data);
    }
    tmesh_work_destroy(&work);
    return since(self, before);
}

static void a_batch_costs_what_one_result_costs(void **state)
{
    tmesh_store_fixture_t *self = *state;
    tmesh_store_stats_t of_one = cost_of_results(self, 1);
    tmesh_store_stats_t of_many = cost_of_results(self, 256);
    assert_int_equal(of_many.commits, 1);
    assert_int_equal(of_many.round_trips, 2);
    assert_int_equal(of_many.statements, of_one.statements);
}

int main(void)
{
    const tmesh_store_factory_t *database = &tmesh_store_postgres_database;
    const struct CMUnitTest tests[] = {
        STORE_TEST(a_task_of_four_steps_costs_ten_round_trips, database),
        STORE_TEST(a_batch_costs_what_one_result_costs, database),
    };
    return cmocka_run_group_tests_name("postgres cost", tests, NULL, NULL);
}
