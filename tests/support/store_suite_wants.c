// What can be asked for: what is due, what can be claimed; what is held or taken over.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "runtime/base/memory.h"
#include "tests/support/store_suite.h"

static void ignores_unknown_and_repeated_ids(void **state)
{
    tmesh_store_fixture_t *self = *state;
    tmesh_task_id_t id = tmesh_store_fixture_put_task(self, 3);
    tmesh_task_id_t unknown = tmesh_task_id_new(self->random, 1);
    tmesh_task_id_t task_ids[] = {id, unknown, id};
    tmesh_step_id_t first = tmesh_step_id_of(id, 1);
    tmesh_step_id_t step_ids[] = {first, tmesh_step_id_of(unknown, 1), first,
                                  tmesh_step_id_of(id, 9)};
    tmesh_wants_t wants = {
        .task_ids = task_ids, .task_count = 3,
        .step_ids = step_ids, .step_count = 4, .with_children = true,
    };
    tmesh_work_t *work = tmesh_store_fixture_begin(self, &wants);
    assert_int_equal(work->task_count, 1);
    assert_int_equal(work->step_count, 2);
    const tmesh_work_step_t *step = tmesh_work_find_step(work, first);
    assert_int_equal(step->child_count, 1);
    assert_int_equal(tmesh_step_number(work->steps[step->children[0]]->row.id), 2);
    assert_int_equal(work->steps[step->children[0]]->child_count, 0); // was not asked for
    tmesh_store_abandon(self->store, &work);
}

static void finds_what_is_due_by_time(void **state)
{
    tmesh_store_fixture_t *self = *state;
    int64_t due_ms = 0;
    assert_int_equal(tmesh_store_next_due(self->store, &due_ms), TMESH_OK);
    assert_true(due_ms == TMESH_DUE_NONE);
    const int64_t times[] = {300, 100, 200};
    tmesh_task_id_t ids[3];
    for (int i = 0; i < 3; i++) {
        ids[i] = tmesh_store_fixture_put_task(self, 1);
        tmesh_work_t *work = tmesh_store_fixture_load_task(self, ids[i]);
        work->tasks[0]->row.due_ms = times[i];
        work->tasks[0]->is_changed = true;
        work->steps[0]->row.due_ms = times[i] + 5;
        work->steps[0]->row.due_for = TMESH_STEP_DUE_ENQUEUE;
        work->steps[0]->is_changed = true;
        tmesh_store_fixture_commit(self, &work);
    }
    assert_int_equal(tmesh_store_next_due(self->store, &due_ms), TMESH_OK);
    assert_int_equal(due_ms, 100);

    tmesh_wants_t wants = {.due_until_ms = 204, .due_limit = 10};
    tmesh_work_t *work = tmesh_store_fixture_begin(self, &wants);
    assert_int_equal(work->task_count, 2);
    assert_int_equal(work->tasks[0]->row.due_ms, 100);
    assert_int_equal(work->tasks[1]->row.due_ms, 200);
    assert_int_equal(work->step_count, 1); // 105; 205 is to come
    assert_int_equal(work->steps[0]->row.due_ms, 105);
    assert_ptr_equal(work->steps[0]->task, work->tasks[0]);
    tmesh_store_abandon(self->store, &work);

    wants = (tmesh_wants_t){.due_until_ms = 1000, .due_limit = 2};
    work = tmesh_store_fixture_begin(self, &wants);
    assert_int_equal(work->step_count, 2);
    assert_int_equal(work->steps[1]->row.due_ms, 205);
    for (uint32_t i = 0; i < work->task_count; i++) {
        work->tasks[i]->row.due_ms = TMESH_DUE_NONE;
        work->tasks[i]->is_changed = true;
    }
    tmesh_store_fixture_commit(self, &work);
    assert_int_equal(tmesh_store_next_due(self->store, &due_ms), TMESH_OK);
    assert_int_equal(due_ms, 105); // the steps still are
}

typedef struct {
    uint32_t room_a;
    uint32_t room_b;
    int asked;
} rooms_t;

static uint32_t room_in(void *self, const char *namespace_name, const char *callable)
{
    rooms_t *rooms = self;
    assert_string_equal(namespace_name, "shop");
    rooms->asked++;
    return strcmp(callable, "a") == 0 ? rooms->room_a : rooms->room_b;
}

static void loads_claimable_steps_by_order_within_the_room(void **state)
{
    tmesh_store_fixture_t *self = *state;
    const int64_t order_keys[] = {30, -10, 20, 5};
    tmesh_work_t *work = tmesh_store_fixture_begin(self, &(tmesh_wants_t){0});
    for (int i = 0; i < 4; i++) {
        tmesh_work_task_t *task = tmesh_store_fixture_add_task(self, work, 3, NULL);
        for (uint16_t number = 1; number <= 2; number++) {
            tmesh_work_step_t *step = tmesh_store_fixture_step_of(work, task, number);
            if (number == 2) step->row.queue_id = self->queue_b;
            tmesh_store_fixture_enqueue(work, step, order_keys[i]);
            if (i == 3 && number == 1) step->row.held = true;
            if (i == 3 && number == 2) tmesh_store_fixture_claim(self, work, step);
        }
    }
    tmesh_store_fixture_commit(self, &work);

    rooms_t rooms = {.room_a = 2, .room_b = 0};
    tmesh_wants_t wants = {.claim_room = room_in, .claim_room_self = &rooms};
    work = tmesh_store_fixture_begin(self, &wants);
    assert_int_equal(rooms.asked, 2);
    assert_int_equal(work->step_count, 2);
    assert_int_equal(work->task_count, 2);
    assert_int_equal(work->steps[0]->row.order_key, -10);
    assert_int_equal(work->steps[1]->row.order_key, 20);
    assert_true(work->steps[0]->row.queue_id == self->queue_a);
    tmesh_store_abandon(self->store, &work);

    rooms = (rooms_t){.room_a = 100, .room_b = 1};
    work = tmesh_store_fixture_begin(self, &wants);
    assert_int_equal(work->step_count, 4); // three of a, not the held one; one of b
    for (uint32_t i = 0; i < work->step_count; i++) {
        tmesh_store_fixture_claim(self, work, work->steps[i]);
    }
    tmesh_store_fixture_commit(self, &work);
    rooms = (rooms_t){.room_a = 100, .room_b = 100};
    work = tmesh_store_fixture_begin(self, &wants);
    assert_int_equal(rooms.asked, 1); // nothing is left of a
    assert_int_equal(work->step_count, 2);
    tmesh_store_abandon(self->store, &work);
}

static void gives_claims_what_their_workers_need(void **state)
{
    tmesh_store_fixture_t *self = *state;
    tmesh_request_row_t request = {
        .context = tmesh_bytes_of_text(HARD_JSON),
        .correlation_id = "order-1",
    };
    tmesh_work_t *work = tmesh_store_fixture_begin(self, &(tmesh_wants_t){0});
    tmesh_work_task_t *task = tmesh_store_fixture_add_task(self, work, 3, &request);
    tmesh_task_id_t id = task->row.id;
    for (uint16_t number = 1; number <= 2; number++) { // 3 joins both
        tmesh_work_step_t *step = tmesh_store_fixture_step_of(work, task, number);
        tmesh_store_fixture_enqueue(work, step, 0);
        tmesh_store_fixture_claim(self, work, step);
    }
    tmesh_work_add_edge(work, tmesh_step_id_of(id, 1), tmesh_step_id_of(id, 3));
    assert_int_equal(tmesh_store_commit(self->store, work), TMESH_OK);
    assert_int_equal(work->claim_count, 2);
    assert_true(tmesh_bytes_equal_text(work->claims[1].context, HARD_JSON));
    assert_string_equal(work->claims[1].correlation_id, "order-1");
    assert_int_equal(work->claims[0].input_count, 0);
    tmesh_work_destroy(&work);

    // The results of the parents are written by the same work.
    work = tmesh_store_fixture_load_task(self, id);
    tmesh_store_fixture_succeed(work, work->steps[0], HARD_JSON);
    tmesh_store_fixture_succeed(work, work->steps[1], NULL); // no result was given
    tmesh_store_fixture_enqueue(work, work->steps[2], 0);
    tmesh_store_fixture_claim(self, work, work->steps[2]);
    assert_int_equal(tmesh_store_commit(self->store, work), TMESH_OK);
    const tmesh_claim_t *claim = &work->claims[0];
    assert_true(tmesh_bytes_equal_text(claim->context, HARD_JSON));
    assert_string_equal(claim->correlation_id, "order-1");
    assert_int_equal(claim->input_count, 2);
    assert_int_equal(claim->inputs[0].template_index, 0);
    assert_true(tmesh_bytes_equal_text(claim->inputs[0].result, HARD_JSON));
    assert_int_equal(claim->inputs[1].template_index, 1);
    assert_null(claim->inputs[1].result.data);
    tmesh_work_destroy(&work);
}

static void holds_what_is_not_yet_sent(void **state)
{
    tmesh_store_fixture_t *self = *state;
    tmesh_task_id_t id = tmesh_store_fixture_put_task(self, 5);
    tmesh_task_id_t other = tmesh_store_fixture_put_task(self, 1);
    tmesh_work_t *work = tmesh_store_fixture_load_task(self, id);
    tmesh_store_fixture_enqueue(work, work->steps[0], 0); // waits
    tmesh_store_fixture_enqueue(work, work->steps[1], 0); // claimed
    tmesh_store_fixture_claim(self, work, work->steps[1]);
    tmesh_store_fixture_enqueue(work, work->steps[2], 0); // sent
    tmesh_store_fixture_claim(self, work, work->steps[2]);
    work->steps[2]->row.sent_ms = 5;
    work->steps[3]->row.state = TMESH_STEP_WAITING_FOR_RETRY;
    work->steps[3]->row.due_ms = 50;
    work->steps[3]->row.due_for = TMESH_STEP_DUE_ENQUEUE;
    work->steps[3]->is_changed = true;
    tmesh_store_fixture_commit(self, &work);
    work = tmesh_store_fixture_load_task(self, other);
    tmesh_store_fixture_enqueue(work, work->steps[0], 0);
    tmesh_store_fixture_commit(self, &work);

    // Loads one of the steps only, and enqueues it.
    tmesh_step_id_t last = tmesh_step_id_of(id, 5);
    work = tmesh_store_fixture_load_step(self, last);
    tmesh_store_fixture_enqueue(work, work->steps[0], 0);
    work->tasks[0]->hold_steps = true;
    assert_int_equal(tmesh_store_commit(self->store, work), TMESH_OK);
    assert_true(work->steps[0]->row.held); // the row is true afterwards
    tmesh_work_destroy(&work);

    work = tmesh_store_fixture_load_task(self, id);
    const bool held[] = {true, true, false, false, true};
    for (int i = 0; i < 5; i++) {
        assert_int_equal(work->steps[i]->row.held, held[i]);
        assert_int_equal(work->steps[i]->row.claimed, i == 2);
        assert_int_equal(work->steps[i]->row.due_ms != TMESH_DUE_NONE, i == 2);
    }
    tmesh_store_abandon(self->store, &work);
    work = tmesh_store_fixture_load_task(self, other);
    assert_false(work->steps[0]->row.held);
    tmesh_store_abandon(self->store, &work);
}

// One result of a batch claims a step, another one of the same batch blocks the task.
static void withdraws_a_claim_of_the_same_work(void **state)
{
    tmesh_store_fixture_t *self = *state;
    tmesh_task_id_t id = tmesh_store_fixture_put_task(self, 2);
    tmesh_work_t *work = tmesh_store_fixture_load_task(self, id);
    tmesh_store_fixture_enqueue(work, work->steps[0], 0);
    tmesh_store_fixture_claim(self, work, work->steps[0]);
    work->tasks[0]->hold_steps = true;
    assert_int_equal(tmesh_store_commit(self->store, work), TMESH_OK);
    assert_true(work->claims[0].step->row.held);
    assert_false(work->claims[0].step->row.claimed);
    assert_non_null(work->claims[0].context.data);
    tmesh_work_destroy(&work);
    work = tmesh_store_fixture_load_task(self, id);
    assert_true(work->steps[0]->row.held);
    assert_false(work->steps[0]->row.claimed);
    assert_int_equal(work->steps[0]->row.run, 1); // it never falls
    tmesh_store_abandon(self->store, &work);
}

static void takes_over_what_was_out(void **state)
{
    tmesh_store_fixture_t *self = *state;
    tmesh_task_id_t id = tmesh_store_fixture_put_task(self, 4);
    tmesh_work_t *work = tmesh_store_fixture_load_task(self, id);
    for (int i = 0; i < 3; i++) tmesh_store_fixture_enqueue(work, work->steps[i], 0);
    tmesh_store_fixture_claim(self, work, work->steps[0]);
    tmesh_store_fixture_claim(self, work, work->steps[1]);
    assert_int_equal(tmesh_work_move_step(work, work->steps[1], TMESH_STEP_EV_START, 0, NULL),
                     TMESH_OK);
    work->steps[1]->row.claimed = false; // sent, and recorded as such
    work->steps[1]->row.due_ms = TMESH_DUE_NONE;
    work->steps[1]->row.due_for = TMESH_STEP_DUE_NOTHING;
    tmesh_store_fixture_commit(self, &work);

    uint32_t count = 0;
    assert_int_equal(tmesh_store_take_over(self->store, 4242, &count), TMESH_OK);
    assert_int_equal(count, 2);
    work = tmesh_store_fixture_load_task(self, id);
    for (int i = 0; i < 4; i++) {
        const tmesh_step_row_t *row = &work->steps[i]->row;
        assert_true(row->due_ms == (i < 2 ? 4242 : TMESH_DUE_NONE));
        assert_int_equal(row->due_for, i < 2 ? TMESH_STEP_DUE_ADOPTION : TMESH_STEP_DUE_NOTHING);
        assert_int_equal(row->claimed, i == 0);
    }
    tmesh_store_abandon(self->store, &work);
}

int tmesh_store_suite_run_wants(const tmesh_store_factory_t *factory)
{
    const struct CMUnitTest tests[] = {
        STORE_TEST(ignores_unknown_and_repeated_ids, factory),
        STORE_TEST(finds_what_is_due_by_time, factory),
        STORE_TEST(loads_claimable_steps_by_order_within_the_room, factory),
        STORE_TEST(gives_claims_what_their_workers_need, factory),
        STORE_TEST(holds_what_is_not_yet_sent, factory),
        STORE_TEST(withdraws_a_claim_of_the_same_work, factory),
        STORE_TEST(takes_over_what_was_out, factory),
    };
    return cmocka_run_group_tests_name(factory->name, tests, NULL, NULL);
}
