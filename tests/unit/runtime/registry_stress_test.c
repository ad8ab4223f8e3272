// Many threads at once, while the actor that they send to dies and comes back; and what the runtime
// counts of it. Bounded by numbers, never by time.
#include <poll.h>
#include <pthread.h>
#include <sched.h>

#include "runtime/batch.h"
#include "tests/unit/runtime/toy_mesh.h"

enum { LIMIT = 300, PRODUCERS = 4, TELLS = 3000, DEATHS = 12, ASKS = 200, ASKERS_TURNS = 20 };

static int setup(void **state)
{
    *state = toy_mesh_new((tmesh_registry_config_t){
        .threads = true, .mailbox_limit = LIMIT, .clock = tmesh_clock_new_fake(1000)});
    return 0;
}

static uint64_t handled(const toy_mesh_t *self, size_t actor)
{
    const tmesh_counters_t *counters = tmesh_registry_view(self->registry, actor).counters;
    uint64_t sum = 0;
    for (size_t i = 0; i < TMESH_COUNTED_TYPES_MAX; i++) sum += counters->types[i].messages;
    return sum;
}

static uint64_t allocations(const toy_mesh_t *self)
{
    uint64_t sum = tmesh_registry_foreign_allocations(self->registry);
    for (size_t i = 0; i < TOY_ACTORS; i++) {
        sum += tmesh_registry_view(self->registry, i).allocations;
    }
    return sum;
}

static void *tell_many(void *argument)
{
    toy_mesh_t *self = argument;
    for (int i = 0; i < TELLS;) {
        tmesh_err_t err = toy_tell(self, TOY_DOUBLE);
        assert(!err || err == TMESH_ERR_FULL);
        if (err) sched_yield();
        else i++;
    }
    return NULL;
}

static tmesh_err_t call_until_taken(toy_mesh_t *self, toy_deed_t deed)
{
    tmesh_err_t err;
    while ((err = toy_call(self, 1, deed, TOY_PATIENCE_MS)) == TMESH_ERR_FULL) sched_yield();
    return err;
}

// How many it could ask: its mailbox may be full of answers to the turn before.
static int64_t forward_until_taken(toy_mesh_t *self)
{
    tmesh_err_t err;
    tmesh_toy_forward_reply_t reply = {0};
    do {
        tmesh_toy_forward_request_t request = {.number = 1, .times = ASKS};
        err = tmesh_call_toy_forward(self->foreign, &request, &reply, NULL, TOY_PATIENCE_MS);
        if (err) sched_yield();
    } while (err == TMESH_ERR_FULL);
    assert_int_equal(err, TMESH_OK);
    return reply.sent;
}

// Whoever is killed by a message is alive for the next; nothing that was accepted is lost, and the
// mailbox never holds more than its limit.
static void deaths_lose_no_message(void **state)
{
    toy_mesh_t *self = *state;
    pthread_t threads[PRODUCERS];
    for (int i = 0; i < PRODUCERS; i++) pthread_create(&threads[i], NULL, tell_many, self);
    for (int i = 0; i < DEATHS; i++) {
        assert_int_equal(call_until_taken(self, TOY_DIE), TMESH_ERR_FATAL);
        tmesh_clock_advance_ms(self->clock, 60000); // so that it may die again
    }
    for (int i = 0; i < PRODUCERS; i++) pthread_join(threads[i], NULL);
    assert_int_equal(tmesh_registry_drain(self->registry, TOY_ACTORS, TOY_PATIENCE_MS), TMESH_OK);
    assert_int_equal(handled(self, TOY_WORKER), PRODUCERS * TELLS + DEATHS);
    tmesh_actor_view_t view = tmesh_registry_view(self->registry, TOY_WORKER);
    assert_true(view.counters->restarts >= DEATHS);
    assert_true(view.depth_max <= LIMIT);
    assert_int_equal(view.depth, 0);
    assert_null(tmesh_registry_failed(self->registry));
}

// The same while answers come back to another actor: each ask has one.
static void every_ask_is_answered(void **state)
{
    toy_mesh_t *self = *state;
    pthread_t threads[PRODUCERS];
    for (int i = 0; i < PRODUCERS; i++) pthread_create(&threads[i], NULL, tell_many, self);
    int64_t sent = 0;
    for (int i = 0; i < ASKERS_TURNS; i++) {
        sent += forward_until_taken(self);
        if (i % 5 == 0) assert_int_equal(call_until_taken(self, TOY_DIE), TMESH_ERR_FATAL);
        tmesh_clock_advance_ms(self->clock, 60000);
    }
    for (int i = 0; i < PRODUCERS; i++) pthread_join(threads[i], NULL);
    assert_true(toy_wait_for(&self->ledger.answered, (int)sent));
    assert_int_equal(tmesh_registry_drain(self->registry, TOY_ACTORS, TOY_PATIENCE_MS), TMESH_OK);
    assert_int_equal(self->ledger.answers, sent);
    assert_int_equal(self->ledger.errors, 0);
}

// As many envelopes as can be under way at once, and what pools keep for themselves; however many
// messages there are.
static void memory_is_used_again(void **state)
{
    toy_mesh_t *self = *state;
    enum { POOLS = TOY_ACTORS + 8, KEPT = 2 * 64 };
    pthread_t threads[PRODUCERS];
    for (int i = 0; i < PRODUCERS; i++) pthread_create(&threads[i], NULL, tell_many, self);
    for (int i = 0; i < PRODUCERS; i++) pthread_join(threads[i], NULL);
    assert_int_equal(tmesh_registry_drain(self->registry, TOY_ACTORS, TOY_PATIENCE_MS), TMESH_OK);
    assert_true(allocations(self) <= LIMIT + TMESH_BATCH_MAX + POOLS * KEPT);
    assert_int_equal(handled(self, TOY_WORKER), PRODUCERS * TELLS);
}

static void sleeps_are_counted(void **state)
{
    toy_mesh_t *self = *state;
    const tmesh_counters_t *counters = tmesh_registry_view(self->registry, TOY_WORKER).counters;
    while (counters->wakeups == 0) {
        poll(NULL, 0, 1); // it does not wait for us awake
        assert_int_equal(toy_call(self, 1, TOY_DOUBLE, TOY_PATIENCE_MS), TMESH_OK);
    }
}

// By hand nothing is left to chance: once warm, no message needs memory from the heap.
static void warm_nothing_is_allocated(void **state)
{
    (void)state;
    toy_mesh_t *self = toy_mesh_new((tmesh_registry_config_t){.clock = tmesh_clock_new_fake(1)});
    uint64_t warm = 0;
    for (int round = 0; round < 5; round++) {
        tmesh_toy_forward_request_t request = {.number = 1, .times = 500};
        assert_int_equal(tmesh_tell_toy_forward(self->foreign, &request), TMESH_OK);
        assert_int_equal(tmesh_registry_drain(self->registry, TOY_ACTORS, 0), TMESH_OK);
        if (round == 1) warm = allocations(self);
    }
    assert_true(warm >= 500);
    assert_int_equal(allocations(self), warm);
    assert_int_equal(self->ledger.answers, 5 * 500);
    toy_mesh_destroy(&self);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(deaths_lose_no_message, setup, toy_mesh_teardown),
        cmocka_unit_test_setup_teardown(every_ask_is_answered, setup, toy_mesh_teardown),
        cmocka_unit_test_setup_teardown(memory_is_used_again, setup, toy_mesh_teardown),
        cmocka_unit_test_setup_teardown(sleeps_are_counted, setup, toy_mesh_teardown),
        cmocka_unit_test(warm_nothing_is_allocated),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
