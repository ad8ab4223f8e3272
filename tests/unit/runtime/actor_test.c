// An actor driven by hand: no threads, a clock that stands still, one turn at a time.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "runtime/context_private.h"
#include "tests/unit/runtime/toy_actors.h"

typedef struct {
    tmesh_clock_t *clock;
    tmesh_directory_t directory;
    _Atomic unsigned lose_percent;
    tmesh_counters_t counters[2];
    tmesh_context_t *contexts[2];
    tmesh_actor_t *worker;
    tmesh_actor_t *asker;
    tmesh_context_t *foreign;
    toy_bench_t bench;
    toy_ledger_t ledger;
} fixture_t;

static tmesh_actor_t *make(fixture_t *self, size_t i, const tmesh_actor_class_t *class,
                           void *services)
{
    tmesh_context_config_t config = {
        .directory = &self->directory, .mailbox = self->directory.entries[i].mailbox,
        .clock = self->clock,          .counters = &self->counters[i],
        .random_seed = i + 1,          .lose_percent = &self->lose_percent,
    };
    self->contexts[i] = tmesh_context_new(&config);
    tmesh_actor_t *actor =
        tmesh_actor_new(class, services, self->contexts[i], &tmesh_restart_policy_default);
    tmesh_auto(tmesh_fault) fault = NULL;
    assert_int_equal(tmesh_actor_start(actor, &fault), TMESH_OK);
    return actor;
}

static int setup(void **state)
{
    fixture_t *self = *state = tmesh_alloc(sizeof *self);
    self->clock = tmesh_clock_new_fake(1000);
    toy_bench_init(&self->bench);
    toy_ledger_init(&self->ledger);
    const tmesh_actor_class_t *classes[] = {&tmesh_toy_worker_class, &tmesh_toy_asker_class};
    for (size_t i = 0; i < 2; i++) {
        self->directory.entries[i].class = classes[i];
        assert_int_equal(
            tmesh_mailbox_open(&self->directory.entries[i].mailbox, classes[i]->name, 1000, NULL),
            TMESH_OK);
    }
    self->directory.count = 2;
    self->worker = make(self, 0, classes[0], &self->bench);
    self->asker = make(self, 1, classes[1], &self->ledger);
    tmesh_context_config_t foreign = {.directory = &self->directory,
                                      .clock = self->clock,
                                      .random_seed = 3,
                                      .lose_percent = &self->lose_percent};
    self->foreign = tmesh_context_new(&foreign);
    return 0;
}

static int teardown(void **state)
{
    fixture_t *self = *state;
    tmesh_err_t ignored = tmesh_actor_stop(self->asker);
    ignored = tmesh_actor_stop(self->worker);
    (void)ignored; // some of these tests make it fail
    assert_int_equal(self->bench.living, 0);
    tmesh_actor_destroy(&self->worker);
    tmesh_actor_destroy(&self->asker);
    tmesh_context_destroy(&self->foreign);
    for (size_t i = 0; i < 2; i++) {
        tmesh_context_destroy(&self->contexts[i]);
        tmesh_mailbox_destroy(&self->directory.entries[i].mailbox);
    }
    tmesh_clock_destroy(&self->clock);
    tmesh_free(self);
    return 0;
}

static size_t turn(tmesh_actor_t *actor)
{
    size_t taken = 0;
    assert_int_equal(tmesh_actor_turn(actor, &taken), TMESH_OK);
    return taken;
}

static void tell_double(fixture_t *self, toy_deed_t deed)
{
    tmesh_toy_double_request_t request = {.number = 1, .deed = deed};
    assert_int_equal(tmesh_tell_toy_double(self->foreign, &request), TMESH_OK);
}

static void tell_note(fixture_t *self)
{
    tmesh_toy_note_request_t request = {0};
    assert_int_equal(tmesh_tell_toy_note(self->foreign, &request), TMESH_OK);
}

static void forward(fixture_t *self, tmesh_toy_forward_request_t request)
{
    assert_int_equal(tmesh_tell_toy_forward(self->foreign, &request), TMESH_OK);
    assert_int_equal(turn(self->asker), 1);
}

static void batches_come_by_type_in_order_of_arrival(void **state)
{
    fixture_t *self = *state;
    tell_note(self);
    tell_double(self, TOY_DOUBLE);
    tell_note(self);
    tell_double(self, TOY_DOUBLE);
    tell_double(self, TOY_DOUBLE);
    assert_int_equal(turn(self->worker), 5);
    assert_string_equal(self->bench.order, "nd");
    assert_int_equal(self->bench.doubled, 3);
    assert_int_equal(self->counters[0].types[0].batch_size_max, 2);
    assert_int_equal(self->counters[0].types[1].batch_size_max, 3);
    assert_int_equal(turn(self->worker), 0);
}

static void a_batch_has_a_limit(void **state)
{
    fixture_t *self = *state;
    for (int i = 0; i < 300; i++) tell_double(self, TOY_DOUBLE);
    assert_int_equal(turn(self->worker), 256);
    assert_int_equal(turn(self->worker), 44);
    assert_string_equal(self->bench.order, "dd");
}

static void an_answer_comes_to_the_asker(void **state)
{
    fixture_t *self = *state;
    forward(self, (tmesh_toy_forward_request_t){.number = 10, .times = 3});
    assert_int_equal(self->ledger.answers, 0);
    assert_int_equal(turn(self->worker), 3);
    assert_int_equal(turn(self->asker), 3);
    assert_int_equal(self->ledger.answers, 3);
    assert_int_equal(self->ledger.sum, 66);
    assert_int_equal(self->ledger.tags, 0 + 1 + 2);
    assert_int_equal(self->ledger.errors, 0);
}

static void a_refusal_comes_with_its_fault(void **state)
{
    fixture_t *self = *state;
    forward(self, (tmesh_toy_forward_request_t){.times = 2, .deed = TOY_REFUSE});
    turn(self->worker);
    turn(self->asker);
    assert_int_equal(self->ledger.errors, 2);
    assert_int_equal(self->ledger.last_error, TMESH_ERR_CONFLICT);
    assert_int_equal(self->ledger.faults, 2);
    assert_int_equal(self->ledger.sum, 0); // the reply of an error is zeroed
    assert_int_equal(self->counters[0].types[0].errors, 2);
}

static void a_former_lifes_answers_are_dropped(void **state)
{
    fixture_t *self = *state;
    // Run twice, in the batch and then alone, it asks twice and dies twice.
    forward(self, (tmesh_toy_forward_request_t){.number = 5, .times = 1, .then_die = true});
    assert_int_equal(self->ledger.lives, 2);
    forward(self, (tmesh_toy_forward_request_t){.number = 7, .times = 1});
    turn(self->worker);
    assert_int_equal(turn(self->asker), 2);
    assert_int_equal(self->ledger.answers, 1);
    assert_int_equal(self->ledger.sum, 14);
    assert_true(tmesh_mailbox_is_idle(self->directory.entries[1].mailbox));
}

static void a_fatal_error_begins_a_fresh_life(void **state)
{
    fixture_t *self = *state;
    void *before = tmesh_actor_object(self->worker);
    assert_non_null(before);
    tell_double(self, TOY_DIE);
    tell_double(self, TOY_DOUBLE);
    assert_int_equal(turn(self->worker), 2);
    assert_int_equal(self->bench.lives, 3); // once in the batch, once alone
    assert_int_equal(self->bench.living, 1);
    assert_int_equal(self->bench.doubled, 1);
    assert_int_equal(self->counters[0].restarts, 2);
}

static void failing_too_often_it_refuses_everybody(void **state)
{
    fixture_t *self = *state;
    for (int i = 0; i < 3; i++) {
        tell_double(self, TOY_DIE);
        assert_int_equal(turn(self->worker), 1);
    }
    forward(self, (tmesh_toy_forward_request_t){.times = 1, .deed = TOY_DIE});
    forward(self, (tmesh_toy_forward_request_t){.times = 300});
    size_t taken = 0;
    assert_int_equal(tmesh_actor_turn(self->worker, &taken), TMESH_ERR_FATAL);
    assert_int_equal(self->bench.living, 0);
    tmesh_toy_double_request_t late = {0};
    assert_int_equal(tmesh_tell_toy_double(self->foreign, &late), TMESH_ERR_CLOSED);
    assert_int_equal(turn(self->asker), 256); // everybody has an answer
    assert_int_equal(turn(self->asker), 45);
    assert_int_equal(self->ledger.errors, 301);
}

static void finishing_handles_what_waits(void **state)
{
    fixture_t *self = *state;
    for (int i = 0; i < 300; i++) tell_double(self, TOY_DOUBLE);
    assert_int_equal(tmesh_actor_finish(self->worker), TMESH_OK);
    assert_int_equal(self->bench.doubled, 300);
    tmesh_toy_double_request_t late = {0};
    assert_int_equal(tmesh_tell_toy_double(self->foreign, &late), TMESH_ERR_CLOSED);
}

static void stopped_it_answers_that_it_is_closed(void **state)
{
    fixture_t *self = *state;
    forward(self, (tmesh_toy_forward_request_t){.times = 4});
    self->bench.stopped_says = TMESH_ERR_IO;
    assert_int_equal(tmesh_actor_stop(self->worker), TMESH_ERR_IO);
    assert_int_equal(self->bench.living, 0);
    assert_int_equal(turn(self->asker), 4);
    assert_int_equal(self->ledger.last_error, TMESH_ERR_CLOSED);
    assert_int_equal(self->bench.doubled, 0);
}

static void its_own_mailbox_full_it_can_not_ask(void **state)
{
    fixture_t *self = *state;
    forward(self, (tmesh_toy_forward_request_t){.times = 1001}); // both mailboxes hold 1,000
    assert_int_equal(tmesh_mailbox_depth(self->directory.entries[0].mailbox), 1000);
    assert_int_equal(tmesh_mailbox_depth(self->directory.entries[1].mailbox), 1000);
    for (int i = 0; i < 4; i++) turn(self->worker);
    for (int i = 0; i < 4; i++) turn(self->asker);
    assert_int_equal(self->ledger.answers, 1000);
    assert_true(tmesh_directory_is_quiet(&self->directory, 2));
}

static void tells_are_lost_when_a_test_wants_it(void **state)
{
    fixture_t *self = *state;
    tmesh_context_lose_tells(self->foreign, 100);
    forward(self, (tmesh_toy_forward_request_t){.times = 10, .only_tell = true});
    assert_int_equal(self->counters[1].lost_tells, 10);
    forward(self, (tmesh_toy_forward_request_t){.times = 3}); // asking is not telling
    assert_int_equal(turn(self->worker), 3);
    assert_int_equal(turn(self->asker), 3);
    tmesh_context_lose_tells(self->foreign, 50);
    forward(self, (tmesh_toy_forward_request_t){.times = 200, .only_tell = true});
    size_t came = turn(self->worker);
    assert_true(came > 50 && came < 150);
    assert_int_equal(self->counters[1].lost_tells, 10 + 200 - came);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(batches_come_by_type_in_order_of_arrival, setup, teardown),
        cmocka_unit_test_setup_teardown(a_batch_has_a_limit, setup, teardown),
        cmocka_unit_test_setup_teardown(an_answer_comes_to_the_asker, setup, teardown),
        cmocka_unit_test_setup_teardown(a_refusal_comes_with_its_fault, setup, teardown),
        cmocka_unit_test_setup_teardown(a_former_lifes_answers_are_dropped, setup, teardown),
        cmocka_unit_test_setup_teardown(a_fatal_error_begins_a_fresh_life, setup, teardown),
        cmocka_unit_test_setup_teardown(failing_too_often_it_refuses_everybody, setup, teardown),
        cmocka_unit_test_setup_teardown(finishing_handles_what_waits, setup, teardown),
        cmocka_unit_test_setup_teardown(stopped_it_answers_that_it_is_closed, setup, teardown),
        cmocka_unit_test_setup_teardown(its_own_mailbox_full_it_can_not_ask, setup, teardown),
        cmocka_unit_test_setup_teardown(tells_are_lost_when_a_test_wants_it, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
