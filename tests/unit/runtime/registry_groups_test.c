// Groups of actors: who begins again when one of them breaks, in threads of their own.
#include "tests/unit/runtime/toy_mesh.h"

enum { DEATHS = 12 };

// The worker first; the asker stands behind it in the same group, or in another one.
static toy_mesh_t *mesh_of(tmesh_restart_strategy_t strategy, bool same_group)
{
    toy_mesh_t *self = tmesh_alloc(sizeof *self);
    self->clock = tmesh_clock_new_system();
    toy_bench_init(&self->bench);
    toy_ledger_init(&self->ledger);
    const tmesh_registry_config_t config = {
        .clock = self->clock,
        .threads = true,
        .restarts = {.restarts_max = DEATHS, .window_ms = 60000},
    };
    assert_int_equal(tmesh_registry_open(&self->registry, &config), TMESH_OK);
    tmesh_registry_begin_group(self->registry, strategy);
    tmesh_registry_add(self->registry, &tmesh_toy_worker_class, &self->bench);
    if (!same_group) tmesh_registry_begin_group(self->registry, strategy);
    tmesh_registry_add(self->registry, &tmesh_toy_asker_class, &self->ledger);
    tmesh_auto(tmesh_fault) fault = NULL;
    assert_int_equal(tmesh_registry_start(self->registry, &fault), TMESH_OK);
    self->foreign = tmesh_registry_context(self->registry);
    return self;
}

static int setup_rest_for_one(void **state)
{
    *state = mesh_of(TMESH_REST_FOR_ONE, true);
    return 0;
}

static int setup_one_for_one(void **state)
{
    *state = mesh_of(TMESH_ONE_FOR_ONE, true);
    return 0;
}

static int setup_two_groups(void **state)
{
    *state = mesh_of(TMESH_REST_FOR_ONE, false);
    return 0;
}

static void break_worker(toy_mesh_t *self)
{
    assert_int_equal(toy_call(self, 1, TOY_DIE, TOY_PATIENCE_MS), TMESH_ERR_FATAL);
}

static uint64_t restarts_of(const toy_mesh_t *self, size_t index)
{
    return tmesh_registry_view(self->registry, index).counters->restarts;
}

static void the_rest_begins_again_too(void **state)
{
    toy_mesh_t *self = *state;
    for (int i = 1; i <= DEATHS; i++) {
        break_worker(self);
        toy_forward(self, (tmesh_toy_forward_request_t){.number = 1, .times = 1});
        assert_true(toy_wait_for(&self->ledger.answered, 1));
        assert_int_equal(self->bench.lives, 1 + i);
        assert_int_equal(self->ledger.lives, 1 + i);
    }
    assert_int_equal(self->ledger.answers, DEATHS);
    assert_int_equal(restarts_of(self, TOY_ASKER), DEATHS);
    assert_null(tmesh_registry_failed(self->registry));
}

// One fresh life answers any number of calls, and asks nothing twice.
static void many_deaths_before_it_looks_are_one_life(void **state)
{
    toy_mesh_t *self = *state;
    tmesh_toy_forward_request_t wait = {.waits_first = true};
    assert_int_equal(tmesh_tell_toy_forward(self->foreign, &wait), TMESH_OK);
    assert_true(toy_wait_for(&self->ledger.arrived, 1));
    for (int i = 0; i < 5; i++) break_worker(self);
    sem_post(&self->ledger.gate);
    toy_forward(self, (tmesh_toy_forward_request_t){.number = 1, .times = 3});
    assert_true(toy_wait_for(&self->ledger.answered, 3));
    assert_int_equal(self->ledger.lives, 2);
    assert_int_equal(self->bench.doubled, 3);
}

// The answers were asked for by the life that ended with the worker's.
static void answers_to_the_ended_life_are_dropped(void **state)
{
    toy_mesh_t *self = *state;
    assert_int_equal(toy_tell(self, TOY_WAIT), TMESH_OK);
    assert_true(toy_wait_for(&self->bench.arrived, 1));
    toy_forward(self, (tmesh_toy_forward_request_t){.number = 1, .times = 1, .deed = TOY_DIE});
    sem_post(&self->bench.gate);
    assert_int_equal(tmesh_registry_drain(self->registry, TOY_ACTORS, TOY_PATIENCE_MS), TMESH_OK);
    assert_int_equal(self->bench.lives, 2);
    assert_int_equal(self->ledger.lives, 2);
    assert_int_equal(self->ledger.answers, 0);
}

static void those_before_it_live_on(void **state)
{
    toy_mesh_t *self = *state;
    tmesh_toy_forward_request_t request = {.then_die = true};
    tmesh_toy_forward_reply_t reply = {0};
    tmesh_err_t err = tmesh_call_toy_forward(self->foreign, &request, &reply, NULL, TOY_PATIENCE_MS);
    assert_int_equal(err, TMESH_ERR_FATAL);
    assert_int_equal(toy_call(self, 2, TOY_DOUBLE, TOY_PATIENCE_MS), TMESH_OK);
    assert_int_equal(self->ledger.lives, 2);
    assert_int_equal(self->bench.lives, 1);
}

static void others_live_on(void **state)
{
    toy_mesh_t *self = *state;
    break_worker(self);
    toy_forward(self, (tmesh_toy_forward_request_t){.number = 1, .times = 1});
    assert_true(toy_wait_for(&self->ledger.answered, 1));
    assert_int_equal(self->bench.lives, 2);
    assert_int_equal(self->ledger.lives, 1);
    assert_int_equal(restarts_of(self, TOY_ASKER), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_rest_begins_again_too, setup_rest_for_one,
                                        toy_mesh_teardown),
        cmocka_unit_test_setup_teardown(many_deaths_before_it_looks_are_one_life,
                                        setup_rest_for_one, toy_mesh_teardown),
        cmocka_unit_test_setup_teardown(answers_to_the_ended_life_are_dropped, setup_rest_for_one,
                                        toy_mesh_teardown),
        cmocka_unit_test_setup_teardown(those_before_it_live_on, setup_rest_for_one,
                                        toy_mesh_teardown),
        cmocka_unit_test_setup_teardown(others_live_on, setup_one_for_one, toy_mesh_teardown),
        cmocka_unit_test_setup_teardown(others_live_on, setup_two_groups, toy_mesh_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
