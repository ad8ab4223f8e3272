// Refilling free credit: nothing that waits may be forgotten, whatever others do with the credit
// board in the middle of it.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "runtime/base/memory.h"
#include "services/step_enqueuing/batch_processor.h"
#include "services/task_initialization/template_finder.h"
#include "tests/support/store_sqlite_place.h"

enum { STEPS = 12, UNCLAIMED_WARNING_MS = 600000 };

// A store during whose begin workers finish: they give credit back after the steps were chosen.
typedef struct {
    tmesh_store_t base; // first
    tmesh_store_t *inner;
    tmesh_credit_t *credit;
    int64_t gives_back; // with each begin
} busy_store_t;

static tmesh_err_t busy_begin(tmesh_store_t *store, const tmesh_wants_t *wants,
                              tmesh_work_t **work_p)
{
    busy_store_t *self = (busy_store_t *)store;
    tmesh_err_t err = tmesh_store_begin(self->inner, wants, work_p);
    tmesh_credit_add(self->credit, 0, self->gives_back);
    return err;
}

static tmesh_err_t busy_commit(tmesh_store_t *store, tmesh_work_t *work)
{
    return tmesh_store_commit(((busy_store_t *)store)->inner, work);
}

static void busy_abandon(tmesh_store_t *store)
{
    ((busy_store_t *)store)->inner->backend->abandon(((busy_store_t *)store)->inner);
}

static tmesh_err_t busy_load_definition(tmesh_store_t *store, int64_t id, tmesh_arena_t *arena,
                                        tmesh_definition_row_t *row)
{
    return tmesh_store_load_definition(((busy_store_t *)store)->inner, id, arena, row);
}

static const tmesh_store_backend_t busy_backend = {
    .name = "busy",
    .begin = busy_begin,
    .commit = busy_commit,
    .abandon = busy_abandon,
    .load_definition = busy_load_definition,
};

typedef struct {
    tmesh_store_fixture_t *fixture;
    busy_store_t store;
    tmesh_credit_t *credit;
    tmesh_settings_t settings;
    tmesh_tools_t *tools;
    int64_t unreadable; // a definition that nobody can read
} bench_t;

static void put_template(bench_t *self)
{
    tmesh_auto(tmesh_tools) tools =
        tmesh_tools_new(self->fixture->store, self->fixture->clock, self->fixture->random,
                        self->credit, &self->settings);
    tmesh_template_finder_t *finder = tmesh_template_finder_new(tools);
    tmesh_put_template_request_t request = {
        .file = "test",
        .text = tmesh_bytes_of_text("{\"namespace_name\": \"shop\", \"name\": \"one\","
                                    " \"version\": \"1.0.0\", \"steps\":"
                                    " [{\"name\": \"s\", \"handler\": {\"callable\": \"a\"}}]}"),
    };
    tmesh_put_template_reply_t reply = {0};
    tmesh_fault_t *fault = NULL;
    assert_int_equal(tmesh_template_finder_put(finder, &request, &reply, &fault), TMESH_OK);
    tmesh_arena_destroy(&reply.arena);
    const tmesh_definition_t *definition = NULL;
    assert_int_equal(tmesh_template_finder_find(finder, "shop", "one", NULL,
                                                &self->fixture->definition_id, &definition,
                                                &fault),
                     TMESH_OK);
    tmesh_template_finder_destroy(&finder);
}

// STEPS enqueued steps that nobody has claimed, each due to be reported as such at due_ms.
static void put_unclaimed(bench_t *self, int64_t due_ms)
{
    tmesh_work_t *work = tmesh_store_fixture_begin(self->fixture, &(tmesh_wants_t){0});
    for (int i = 0; i < STEPS; i++) {
        tmesh_work_task_t *task = tmesh_store_fixture_add_task(self->fixture, work, 1, NULL);
        tmesh_work_step_t *step = tmesh_store_fixture_step_of(work, task, 1);
        tmesh_store_fixture_enqueue(work, step, i);
        step->row.due_ms = due_ms;
        step->row.due_for = TMESH_STEP_DUE_UNCLAIMED;
    }
    tmesh_store_fixture_commit(self->fixture, &work);
}

static int set_up(void **state)
{
    static const char *const namespaces[] = {"shop"};
    bench_t *self = tmesh_alloc(sizeof *self);
    self->fixture = tmesh_store_fixture_new(&tmesh_store_sqlite_memory);
    self->credit = tmesh_credit_new();
    assert_int_equal(tmesh_credit_offer(self->credit, namespaces, 1, NULL, 0), 0);
    tmesh_credit_note_workers(self->credit, 0, STEPS);
    self->settings = (tmesh_settings_t){
        .hand_off_ms = 5000,
        .unclaimed_warning_ms = UNCLAIMED_WARNING_MS,
    };
    self->unreadable = self->fixture->definition_id;
    put_template(self);
    self->store = (busy_store_t){
        .base.backend = &busy_backend, .inner = self->fixture->store, .credit = self->credit};
    self->tools = tmesh_tools_new(&self->store.base, self->fixture->clock, self->fixture->random,
                                  self->credit, &self->settings);
    *state = self;
    return 0;
}

static int tear_down(void **state)
{
    bench_t *self = *state;
    tmesh_tools_destroy(&self->tools);
    tmesh_credit_destroy(&self->credit);
    tmesh_store_fixture_destroy(&self->fixture);
    tmesh_free(self);
    return 0;
}

static uint32_t run(bench_t *self)
{
    tmesh_auto(tmesh_outcome) outcome = tmesh_outcome_new();
    tmesh_process_batch_reply_t counts = {0};
    bool more = false;
    assert_int_equal(tmesh_batch_processor_run(self->tools, &counts, &more, outcome), TMESH_OK);
    assert_int_equal(outcome->parcel_count, counts.steps_claimed);
    if (outcome->left_unclaimed) tmesh_credit_note_backlog(self->credit); // as its actor does
    return counts.steps_claimed;
}

static void claims_what_there_is_room_for_and_knows_that_others_wait(void **state)
{
    bench_t *self = *state;
    put_unclaimed(self, FIXTURE_START_MS + UNCLAIMED_WARNING_MS);
    tmesh_credit_add(self->credit, 0, 3);
    assert_int_equal(run(self), 3);
    assert_true(tmesh_credit_has_backlog(self->credit));
    tmesh_credit_add(self->credit, 0, STEPS);
    assert_int_equal(run(self), STEPS - 3);
    assert_false(tmesh_credit_has_backlog(self->credit));
}

static void forgets_nobody_when_credit_comes_back_meanwhile(void **state)
{
    bench_t *self = *state;
    put_unclaimed(self, FIXTURE_START_MS + UNCLAIMED_WARNING_MS);
    tmesh_credit_add(self->credit, 0, 1);
    self->store.gives_back = 5;
    uint32_t claimed = run(self);
    assert_in_range(claimed, 1, STEPS - 1);
    assert_true(tmesh_credit_has_backlog(self->credit)); // the others still wait
    for (int i = 0; i < STEPS && tmesh_credit_has_backlog(self->credit); i++) claimed += run(self);
    assert_int_equal(claimed, STEPS);
}

static void forgets_nobody_who_was_to_be_reported_just_now(void **state)
{
    bench_t *self = *state;
    put_unclaimed(self, FIXTURE_START_MS - 1);
    tmesh_credit_add(self->credit, 0, 2 * STEPS);
    (void)tmesh_credit_note_due(self->credit, FIXTURE_START_MS - 1);
    uint32_t claimed = run(self);
    for (int i = 0; i < STEPS && tmesh_credit_has_backlog(self->credit); i++) claimed += run(self);
    assert_int_equal(claimed, STEPS);
}

// Before all others: they are due first, and stand first in the queue.
static void put_unreadable(bench_t *self, int64_t due_ms)
{
    int64_t readable = self->fixture->definition_id;
    self->fixture->definition_id = self->unreadable;
    put_unclaimed(self, due_ms);
    self->fixture->definition_id = readable;
}

static void what_nobody_can_read_does_not_keep_others_from_being_claimed(void **state)
{
    bench_t *self = *state;
    put_unreadable(self, FIXTURE_START_MS + UNCLAIMED_WARNING_MS);
    put_unclaimed(self, FIXTURE_START_MS + UNCLAIMED_WARNING_MS);
    tmesh_credit_add(self->credit, 0, 2 * STEPS);
    assert_int_equal(run(self), STEPS);
    assert_true(tmesh_credit_has_backlog(self->credit));
}

static void what_nobody_can_read_is_put_off(void **state)
{
    bench_t *self = *state;
    put_unreadable(self, FIXTURE_START_MS - 2);
    put_unclaimed(self, FIXTURE_START_MS - 1);
    (void)tmesh_credit_note_due(self->credit, FIXTURE_START_MS - 2);
    (void)run(self);
    int64_t due_ms = 0;
    assert_int_equal(tmesh_store_next_due(self->fixture->store, &due_ms), TMESH_OK);
    assert_true(due_ms > FIXTURE_START_MS);
    assert_true(due_ms < FIXTURE_START_MS + UNCLAIMED_WARNING_MS); // looked at again before that
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(claims_what_there_is_room_for_and_knows_that_others_wait,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(forgets_nobody_when_credit_comes_back_meanwhile, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(forgets_nobody_who_was_to_be_reported_just_now, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(
            what_nobody_can_read_does_not_keep_others_from_being_claimed, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_nobody_can_read_is_put_off, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
