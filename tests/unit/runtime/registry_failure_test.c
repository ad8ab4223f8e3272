// Actors that break, in threads of their own: restarted, given up, stuck, stopped under load.
#include <poll.h>
#include <pthread.h>
#include <string.h>

#include "tests/unit/runtime/toy_mesh.h"

enum { CALLERS = 4 };

static int setup(void **state)
{
    *state = toy_mesh_new((tmesh_registry_config_t){.threads = true});
    return 0;
}

static int setup_fake_clock(void **state)
{
    *state = toy_mesh_new((tmesh_registry_config_t){
        .threads = true, .clock = tmesh_clock_new_fake(1000), .stuck_after_ms = 200});
    return 0;
}

static bool failure_is_told(toy_mesh_t *self, int timeout_ms)
{
    struct pollfd item = {.fd = tmesh_registry_failure_fd(self->registry), .events = POLLIN};
    return poll(&item, 1, timeout_ms) == 1;
}

static void restarted_it_answers_the_next_message(void **state)
{
    toy_mesh_t *self = *state;
    assert_int_equal(toy_call(self, 1, TOY_DIE, TOY_PATIENCE_MS), TMESH_ERR_FATAL);
    assert_int_equal(toy_call(self, 2, TOY_DOUBLE, TOY_PATIENCE_MS), TMESH_OK);
    assert_int_equal(self->bench.lives, 2);
    assert_int_equal(tmesh_registry_view(self->registry, TOY_WORKER).counters->restarts, 1);
    assert_false(failure_is_told(self, 0));
    assert_null(tmesh_registry_failed(self->registry));
}

static void the_fourth_failure_is_told(void **state)
{
    toy_mesh_t *self = *state;
    for (int i = 0; i < 4; i++) {
        assert_int_equal(toy_call(self, 1, TOY_DIE, TOY_PATIENCE_MS), TMESH_ERR_FATAL);
    }
    assert_true(failure_is_told(self, TOY_PATIENCE_MS));
    assert_string_equal(tmesh_registry_failed(self->registry), tmesh_toy_worker_class.name);
    assert_int_equal(self->bench.lives, 4);
    assert_int_equal(toy_call(self, 1, TOY_DOUBLE, TOY_PATIENCE_MS), TMESH_ERR_CLOSED);
    // The others live, and draining does not wait for the dead.
    tmesh_toy_forward_reply_t reply =
        toy_forward(self, (tmesh_toy_forward_request_t){.times = 3});
    assert_int_equal(reply.refused, 3);
    assert_int_equal(reply.error, TMESH_ERR_CLOSED);
    assert_int_equal(tmesh_registry_drain(self->registry, TOY_ACTORS, TOY_PATIENCE_MS), TMESH_OK);
}

static void the_dead_leave_nobody_waiting(void **state)
{
    toy_mesh_t *self = *state;
    assert_int_equal(toy_tell(self, TOY_WAIT), TMESH_OK);
    assert_true(toy_wait_for(&self->bench.arrived, 1));
    // The batch and three of its items die; what comes behind the fourth failure is not handled.
    toy_forward(self, (tmesh_toy_forward_request_t){.number = 1, .times = 600, .deed = TOY_DIE});
    sem_post(&self->bench.gate);
    assert_true(toy_wait_for(&self->ledger.answered, 600));
    assert_int_equal(self->ledger.errors, 600);
    assert_int_equal(self->ledger.last_error, TMESH_ERR_CLOSED);
    assert_true(failure_is_told(self, TOY_PATIENCE_MS));
    assert_int_equal(tmesh_registry_drain(self->registry, TOY_ACTORS, TOY_PATIENCE_MS), TMESH_OK);
}

static void time_forgives_failures(void **state)
{
    toy_mesh_t *self = *state;
    for (int i = 0; i < 10; i++) {
        assert_int_equal(toy_call(self, 1, TOY_DIE, TOY_PATIENCE_MS), TMESH_ERR_FATAL);
        tmesh_clock_advance_ms(self->clock, 30000);
    }
    assert_false(failure_is_told(self, 0));
    assert_int_equal(self->bench.lives, 11);
}

static void an_asker_that_dies_gets_no_answers(void **state)
{
    toy_mesh_t *self = *state;
    tmesh_toy_forward_request_t request = {.number = 1, .times = 5, .then_die = true};
    tmesh_toy_forward_reply_t reply = {0};
    assert_int_equal(
        tmesh_call_toy_forward(self->foreign, &request, &reply, NULL, TOY_PATIENCE_MS),
        TMESH_ERR_FATAL);
    assert_int_equal(tmesh_registry_drain(self->registry, TOY_ACTORS, TOY_PATIENCE_MS), TMESH_OK);
    assert_int_equal(self->bench.doubled, 5);
    assert_int_equal(self->ledger.answers, 0);
}

static void a_stuck_actor_is_named(void **state)
{
    toy_mesh_t *self = *state;
    assert_int_equal(toy_tell(self, TOY_WAIT), TMESH_OK);
    assert_true(toy_wait_for(&self->bench.arrived, 1));
    assert_false(tmesh_registry_view(self->registry, TOY_WORKER).stuck);
    tmesh_clock_advance_ms(self->clock, 201);
    tmesh_actor_view_t view = tmesh_registry_view(self->registry, TOY_WORKER);
    assert_true(view.stuck);
    assert_string_equal(view.name, tmesh_toy_worker_class.name);
    assert_string_equal(view.stuck_in, "toy_double");
    view = tmesh_registry_view(self->registry, TOY_ASKER); // it only waits for messages
    assert_false(view.stuck);
    assert_null(view.stuck_in);
    sem_post(&self->bench.gate);
    assert_int_equal(tmesh_registry_drain(self->registry, TOY_ACTORS, TOY_PATIENCE_MS), TMESH_OK);
    assert_false(tmesh_registry_view(self->registry, TOY_WORKER).stuck);
}

static void stopping_handles_what_waits(void **state)
{
    toy_mesh_t *self = *state;
    assert_int_equal(toy_tell(self, TOY_WAIT), TMESH_OK);
    assert_true(toy_wait_for(&self->bench.arrived, 1));
    for (int i = 0; i < 1000; i++) assert_int_equal(toy_tell(self, TOY_DOUBLE), TMESH_OK);
    sem_post(&self->bench.gate);
    tmesh_registry_stop(self->registry, 0);
    assert_int_equal(self->bench.doubled, 1001);
    assert_int_equal(toy_tell(self, TOY_DOUBLE), TMESH_ERR_CLOSED);
}

// The asker stops first; its answers come to a mailbox that nobody opens any more.
static void answers_to_the_stopped_are_freed(void **state)
{
    toy_mesh_t *self = *state;
    assert_int_equal(toy_tell(self, TOY_WAIT), TMESH_OK);
    assert_true(toy_wait_for(&self->bench.arrived, 1));
    toy_forward(self, (tmesh_toy_forward_request_t){.number = 1, .times = 100});
    tmesh_registry_stop(self->registry, TOY_ASKER);
    sem_post(&self->bench.gate);
    tmesh_registry_stop(self->registry, TOY_WORKER);
    assert_int_equal(self->bench.doubled, 101);
    assert_int_equal(self->ledger.answers, 0);
}

static void *call_until_closed(void *argument)
{
    toy_mesh_t *self = argument;
    tmesh_err_t err;
    do {
        err = toy_call(self, 1, TOY_DOUBLE, TOY_PATIENCE_MS);
        assert(err == TMESH_OK || err == TMESH_ERR_CLOSED); // a time-out: somebody was forgotten
    } while (!err);
    return NULL;
}

static void stopping_under_load_forgets_no_caller(void **state)
{
    toy_mesh_t *self = *state;
    pthread_t threads[CALLERS];
    for (int i = 0; i < CALLERS; i++) pthread_create(&threads[i], NULL, call_until_closed, self);
    while (self->bench.doubled < 200) sched_yield();
    tmesh_registry_stop(self->registry, 0);
    for (int i = 0; i < CALLERS; i++) pthread_join(threads[i], NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(restarted_it_answers_the_next_message, setup,
                                        toy_mesh_teardown),
        cmocka_unit_test_setup_teardown(the_fourth_failure_is_told, setup, toy_mesh_teardown),
        cmocka_unit_test_setup_teardown(the_dead_leave_nobody_waiting, setup, toy_mesh_teardown),
        cmocka_unit_test_setup_teardown(time_forgives_failures, setup_fake_clock,
                                        toy_mesh_teardown),
        cmocka_unit_test_setup_teardown(an_asker_that_dies_gets_no_answers, setup,
                                        toy_mesh_teardown),
        cmocka_unit_test_setup_teardown(a_stuck_actor_is_named, setup_fake_clock,
                                        toy_mesh_teardown),
        cmocka_unit_test_setup_teardown(stopping_handles_what_waits, setup, toy_mesh_teardown),
        cmocka_unit_test_setup_teardown(answers_to_the_stopped_are_freed, setup,
                                        toy_mesh_teardown),
        cmocka_unit_test_setup_teardown(stopping_under_load_forgets_no_caller, setup,
                                        toy_mesh_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
