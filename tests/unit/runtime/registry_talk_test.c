// Telling, asking and calling across actors, each in a thread of its own.
#include <pthread.h>

#include "tests/unit/runtime/toy_mesh.h"

enum { LIMIT = 100, CALLERS = 4, CALLS = 500 };

static int setup(void **state)
{
    *state = toy_mesh_new((tmesh_registry_config_t){.threads = true, .mailbox_limit = LIMIT});
    return 0;
}

// The worker is inside its handler, in a batch of one, until the gate is opened.
static void occupy_worker(toy_mesh_t *self)
{
    assert_int_equal(toy_tell(self, TOY_WAIT), TMESH_OK);
    assert_true(toy_wait_for(&self->bench.arrived, 1));
}

static void a_call_brings_the_reply(void **state)
{
    toy_mesh_t *self = *state;
    for (int i = 0; i < 100; i++) {
        assert_int_equal(toy_call(self, i, TOY_DOUBLE, TOY_PATIENCE_MS), TMESH_OK);
    }
    assert_int_equal(self->bench.doubled, 100);
}

static void a_call_brings_the_fault(void **state)
{
    toy_mesh_t *self = *state;
    tmesh_toy_double_request_t request = {.number = 13, .deed = TOY_REFUSE};
    tmesh_toy_double_reply_t reply = {.doubled = 1};
    tmesh_auto(tmesh_fault) fault = NULL;
    assert_int_equal(
        tmesh_call_toy_double(self->foreign, &request, &reply, &fault, TOY_PATIENCE_MS),
        TMESH_ERR_CONFLICT);
    assert_string_equal(fault->code, "refused");
    assert_string_equal(fault->message, "13 is refused");
    assert_int_equal(reply.doubled, 0);
    assert_null(reply.arena);
    assert_int_equal(toy_call(self, 1, TOY_REFUSE, TOY_PATIENCE_MS), TMESH_ERR_CONFLICT);
}

static void an_ask_is_answered_in_the_askers_mailbox(void **state)
{
    toy_mesh_t *self = *state;
    tmesh_toy_forward_reply_t reply =
        toy_forward(self, (tmesh_toy_forward_request_t){.number = 1, .times = 50});
    assert_int_equal(reply.sent, 50);
    assert_true(toy_wait_for(&self->ledger.answered, 50));
    assert_int_equal(self->ledger.sum, 50 * 51);
    assert_int_equal(self->ledger.tags, 49 * 50 / 2);
    assert_int_equal(self->ledger.errors, 0);
}

static void full_is_an_error_and_nothing_is_taken(void **state)
{
    toy_mesh_t *self = *state;
    occupy_worker(self);
    for (int i = 0; i < LIMIT; i++) assert_int_equal(toy_tell(self, TOY_DOUBLE), TMESH_OK);
    assert_int_equal(toy_tell(self, TOY_DOUBLE), TMESH_ERR_FULL);
    assert_int_equal(toy_call(self, 1, TOY_DOUBLE, TOY_PATIENCE_MS), TMESH_ERR_FULL);
    tmesh_toy_forward_reply_t reply =
        toy_forward(self, (tmesh_toy_forward_request_t){.number = 1, .times = 2});
    assert_int_equal(reply.refused, 2);
    assert_int_equal(reply.error, TMESH_ERR_FULL);
    tmesh_actor_view_t view = tmesh_registry_view(self->registry, TOY_WORKER);
    assert_int_equal(view.depth, LIMIT);
    assert_int_equal(view.depth_max, LIMIT);
    sem_post(&self->bench.gate);
    assert_int_equal(tmesh_registry_drain(self->registry, TOY_ACTORS, TOY_PATIENCE_MS), TMESH_OK);
    assert_int_equal(self->bench.doubled, LIMIT + 1);
    assert_int_equal(toy_call(self, 1, TOY_DOUBLE, TOY_PATIENCE_MS), TMESH_OK);
}

static void a_call_does_not_wait_for_ever(void **state)
{
    toy_mesh_t *self = *state;
    occupy_worker(self);
    for (int i = 0; i < 10; i++) {
        assert_int_equal(toy_call(self, 5, TOY_DOUBLE, i == 0 ? 20 : 0), TMESH_ERR_TIMEOUT);
    }
    sem_post(&self->bench.gate); // now come the late answers, which nobody awaits
    assert_int_equal(tmesh_registry_drain(self->registry, TOY_ACTORS, TOY_PATIENCE_MS), TMESH_OK);
    assert_int_equal(self->bench.doubled, 11);
    assert_int_equal(toy_call(self, 5, TOY_DOUBLE, TOY_PATIENCE_MS), TMESH_OK);
}

static void *call_many(void *argument)
{
    toy_mesh_t *self = argument;
    for (int i = 0; i < CALLS; i++) {
        // A few give up at once: their answers and their leaving meet.
        tmesh_err_t err = toy_call(self, i, TOY_DOUBLE, i % 10 == 0 ? 0 : TOY_PATIENCE_MS);
        assert(err == TMESH_OK || err == TMESH_ERR_TIMEOUT);
    }
    return NULL;
}

static void any_thread_may_call(void **state)
{
    toy_mesh_t *self = *state;
    pthread_t threads[CALLERS];
    for (int i = 0; i < CALLERS; i++) pthread_create(&threads[i], NULL, call_many, self);
    for (int i = 0; i < CALLERS; i++) pthread_join(threads[i], NULL);
    assert_int_equal(tmesh_registry_drain(self->registry, TOY_ACTORS, TOY_PATIENCE_MS), TMESH_OK);
    assert_int_equal(self->bench.doubled, CALLERS * CALLS);
}

static void draining_waits_for_what_is_in_hand(void **state)
{
    toy_mesh_t *self = *state;
    occupy_worker(self);
    assert_int_equal(tmesh_registry_drain(self->registry, TOY_ACTORS, 5), TMESH_ERR_TIMEOUT);
    toy_forward(self, (tmesh_toy_forward_request_t){.number = 1, .times = 20});
    assert_int_equal(tmesh_registry_drain(self->registry, TOY_ACTORS, 5), TMESH_ERR_TIMEOUT);
    sem_post(&self->bench.gate);
    assert_int_equal(tmesh_registry_drain(self->registry, TOY_ACTORS, TOY_PATIENCE_MS), TMESH_OK);
    assert_int_equal(self->ledger.answers, 20); // all of them, when it returns
}

static void tells_of_actors_are_lost_by_the_switch(void **state)
{
    toy_mesh_t *self = *state;
    tmesh_context_lose_tells(self->foreign, 100);
    tmesh_toy_forward_reply_t reply = toy_forward(
        self, (tmesh_toy_forward_request_t){.number = 1, .times = 30, .only_tell = true});
    assert_int_equal(reply.sent, 30); // lost, not refused
    assert_int_equal(tmesh_registry_drain(self->registry, TOY_ACTORS, TOY_PATIENCE_MS), TMESH_OK);
    assert_int_equal(self->bench.doubled, 0);
    assert_int_equal(tmesh_registry_view(self->registry, TOY_ASKER).counters->lost_tells, 30);
    tmesh_context_lose_tells(self->foreign, 0);
    toy_forward(self, (tmesh_toy_forward_request_t){.number = 1, .times = 30, .only_tell = true});
    assert_int_equal(tmesh_registry_drain(self->registry, TOY_ACTORS, TOY_PATIENCE_MS), TMESH_OK);
    assert_int_equal(self->bench.doubled, 30);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_call_brings_the_reply, setup, toy_mesh_teardown),
        cmocka_unit_test_setup_teardown(a_call_brings_the_fault, setup, toy_mesh_teardown),
        cmocka_unit_test_setup_teardown(an_ask_is_answered_in_the_askers_mailbox, setup,
                                        toy_mesh_teardown),
        cmocka_unit_test_setup_teardown(full_is_an_error_and_nothing_is_taken, setup,
                                        toy_mesh_teardown),
        cmocka_unit_test_setup_teardown(a_call_does_not_wait_for_ever, setup, toy_mesh_teardown),
        cmocka_unit_test_setup_teardown(any_thread_may_call, setup, toy_mesh_teardown),
        cmocka_unit_test_setup_teardown(draining_waits_for_what_is_in_hand, setup,
                                        toy_mesh_teardown),
        cmocka_unit_test_setup_teardown(tells_of_actors_are_lost_by_the_switch, setup,
                                        toy_mesh_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
