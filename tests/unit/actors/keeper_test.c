// The keeper, on one thread: what it asks the store, and what it tells the others of the answer.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "actors/keeper.h"
#include "runtime/base/memory.h"
#include "runtime/registry.h"
#include "services/wire/contract.h"

enum {
    PERIOD_MS = 1000,
    ADOPTION_MS = 5000,
    START_MS = 100000,
    TURNS = 8,
    KEEPER = 2,
    LOOK_MS = 100, // for calls
};

// What the fakes shall answer, and what they saw.
static struct {
    tmesh_err_t err;
    tmesh_beat_reply_t reply;
    uint32_t left_by_dead; // steps
    bool gateway_is_busy;
    int beats;
    size_t watched; // with the last beat
    size_t held;
    int pages;
    tmesh_clock_t *clock; // advanced by each page; NULL: pages take no time
    int64_t page_ms;
    bool is_called; // by another node, until somebody asks
    int questions;  // whether that is so
    int calls;
    int64_t adoption_due_ms;
    int pauses_loaded;
    int64_t woken_ms;
    int refills;
    int settled;
    int cancelled;
} seen;

// ---- A store that can only beat -----------------------------------------------------------------

static bool is_shared(const tmesh_store_t *store)
{
    (void)store;
    return true;
}

static tmesh_err_t take_beat(tmesh_store_t *store, const tmesh_beat_request_t *request,
                             tmesh_arena_t *arena, tmesh_beat_reply_t *reply)
{
    (void)store;
    (void)arena;
    assert_int_equal(request->period_ms, PERIOD_MS);
    seen.beats++;
    seen.watched = request->watched_count;
    seen.held = request->held_count;
    if (!seen.err) *reply = seen.reply;
    return seen.err;
}

static tmesh_err_t take_over_node(tmesh_store_t *store, tmesh_node_id_t dead, int64_t due_ms,
                                  uint32_t limit, uint32_t *count_p)
{
    (void)store;
    assert_int_equal(dead.bytes[0], 7);
    seen.pages++;
    if (seen.clock) tmesh_clock_advance_ms(seen.clock, seen.page_ms);
    seen.adoption_due_ms = due_ms;
    *count_p = seen.left_by_dead < limit ? seen.left_by_dead : limit;
    seen.left_by_dead -= *count_p;
    return TMESH_OK;
}

static tmesh_err_t load_pauses(tmesh_store_t *store, tmesh_arena_t *arena,
                               tmesh_pause_row_t **rows_p, size_t *count_p)
{
    (void)store;
    seen.pauses_loaded++;
    *rows_p = tmesh_arena_alloc(arena, sizeof **rows_p);
    **rows_p = (tmesh_pause_row_t){.namespace_name = "paused"};
    *count_p = 1;
    return TMESH_OK;
}

static tmesh_err_t call_nodes(tmesh_store_t *store)
{
    (void)store;
    seen.calls++;
    return TMESH_OK;
}

static bool is_called(tmesh_store_t *store)
{
    (void)store;
    bool was_called = seen.is_called;
    seen.is_called = false;
    seen.questions++;
    return was_called;
}

static const tmesh_store_backend_t backend = {
    .name = "fake",
    .is_shared = is_shared,
    .beat = take_beat,
    .take_over_node = take_over_node,
    .load_pauses = load_pauses,
    .call_nodes = call_nodes,
    .is_called = is_called,
};

// ---- Actors that only record --------------------------------------------------------------------

struct tmesh_step_enqueuer {
    int unused;
};
struct tmesh_gateway {
    int unused;
};

static void *create(tmesh_context_t *context, void *services)
{
    (void)context;
    (void)services;
    return tmesh_alloc(sizeof(int));
}

static void destroy(void *object)
{
    tmesh_free(object);
}

static tmesh_err_t wake(tmesh_step_enqueuer_t *self, tmesh_wake_at_batch_t *batch)
{
    (void)self;
    seen.woken_ms = tmesh_wake_at_request(batch, batch->any.count - 1)->due_at_ms;
    return TMESH_OK;
}

static tmesh_err_t refill(tmesh_step_enqueuer_t *self, tmesh_credit_changed_batch_t *batch)
{
    (void)self;
    seen.refills += (int)batch->any.count;
    return TMESH_OK;
}

static tmesh_err_t note_settled(tmesh_gateway_t *self, tmesh_task_settled_batch_t *batch)
{
    (void)self;
    seen.settled += (int)batch->any.count;
    return TMESH_OK;
}

static tmesh_err_t cancel(tmesh_gateway_t *self, tmesh_cancel_runs_batch_t *batch)
{
    (void)self;
    const tmesh_cancel_runs_request_t *request = tmesh_cancel_runs_request(batch, 0);
    assert_int_equal(request->runs[0].run, 3);
    assert_string_equal(request->runs[0].reason, "stale_run");
    seen.cancelled += (int)request->count;
    return TMESH_OK;
}

static tmesh_err_t list_held(tmesh_gateway_t *self, tmesh_list_held_batch_t *batch)
{
    (void)self;
    for (size_t i = 0; i < batch->any.count; i++) {
        tmesh_list_held_reply_t *reply = tmesh_list_held_reply(batch, i);
        reply->arena = tmesh_arena_new();
        reply->watched_count = 1;
        reply->watched = tmesh_arena_alloc(reply->arena, sizeof *reply->watched);
        reply->run_count = 2;
        reply->runs = tmesh_arena_alloc(reply->arena, 2 * sizeof *reply->runs);
    }
    return TMESH_OK;
}

const tmesh_actor_class_t tmesh_step_enqueuer_class = {
    .name = "step_enqueuer", .create = create, .destroy = destroy};
const tmesh_actor_class_t tmesh_gateway_class = {
    .name = "gateway", .create = create, .destroy = destroy};
TMESH_ANSWER(step_enqueuer, wake_at, wake)
TMESH_ANSWER(step_enqueuer, credit_changed, refill)
TMESH_ANSWER(gateway, task_settled, note_settled)
TMESH_ANSWER(gateway, cancel_runs, cancel)
TMESH_ANSWER(gateway, list_held, list_held)

// ---- The bench ----------------------------------------------------------------------------------

typedef struct {
    tmesh_clock_t *clock; // fake
    tmesh_credit_t *credit;
    int offer; // of everything in "shop", for two
    tmesh_store_t store;
    tmesh_keeper_services_t services;
    tmesh_registry_t *registry;
} bench_t;

static int setup(void **state)
{
    memset(&seen, 0, sizeof seen);
    seen.reply = (tmesh_beat_reply_t){
        .now_ms = START_MS, .due_ms = TMESH_DUE_NONE, .generation = 1};
    bench_t *self = tmesh_alloc(sizeof *self);
    self->clock = tmesh_clock_new_fake(START_MS);
    self->credit = tmesh_credit_new();
    self->offer = tmesh_credit_offer(self->credit, (const char *const[]){"shop"}, 1, NULL, 0);
    tmesh_credit_note_workers(self->credit, self->offer, 2);
    tmesh_credit_add(self->credit, self->offer, 2);
    self->store.backend = &backend;
    self->services = (tmesh_keeper_services_t){.store = &self->store,
                                               .credit = self->credit,
                                               .period_ms = PERIOD_MS,
                                               .adoption_ms = ADOPTION_MS};
    tmesh_registry_config_t config = {.clock = self->clock};
    assert_int_equal(tmesh_registry_open(&self->registry, &config), TMESH_OK);
    tmesh_registry_add(self->registry, &tmesh_step_enqueuer_class, NULL);
    tmesh_registry_add(self->registry, &tmesh_gateway_class, NULL);
    tmesh_registry_add(self->registry, &tmesh_keeper_class, &self->services);
    tmesh_auto(tmesh_fault) fault = NULL;
    assert_int_equal(tmesh_registry_start(self->registry, &fault), TMESH_OK);
    *state = self;
    return 0;
}

static int teardown(void **state)
{
    bench_t *self = *state;
    tmesh_registry_stop(self->registry, 0);
    tmesh_registry_destroy(&self->registry);
    tmesh_credit_destroy(&self->credit);
    tmesh_clock_destroy(&self->clock);
    tmesh_free(self);
    return 0;
}

// Enough turns for a question, its answer and what follows; a gateway that is busy has none.
static tmesh_err_t settle(bench_t *self)
{
    for (int turn = 0; turn < TURNS; turn++) {
        for (size_t i = 0; i <= KEEPER; i++) {
            if (i == 1 && seen.gateway_is_busy) continue;
            size_t count = 0;
            tmesh_err_t err = tmesh_registry_turn_one(self->registry, i, &count);
            if (err) return err;
        }
    }
    return TMESH_OK;
}

static void pass(bench_t *self, int64_t by_ms)
{
    tmesh_clock_advance_ms(self->clock, by_ms);
    assert_int_equal(settle(self), TMESH_OK);
}

// ---- Tests --------------------------------------------------------------------------------------

static void beats_once_at_its_start_and_once_a_period(void **state)
{
    bench_t *self = *state;
    assert_int_equal(seen.beats, 1);
    pass(self, PERIOD_MS - 1);
    assert_int_equal(seen.beats, 1);
    pass(self, 1);
    assert_int_equal(seen.beats, 2);
    assert_int_equal(seen.watched, 1);
    assert_int_equal(seen.held, 2);
    pass(self, PERIOD_MS);
    assert_int_equal(seen.beats, 3);
}

static void beats_without_a_gateway_that_is_busy(void **state)
{
    bench_t *self = *state;
    seen.gateway_is_busy = true;
    pass(self, PERIOD_MS);
    assert_int_equal(seen.beats, 1);
    pass(self, PERIOD_MS / 2);
    assert_int_equal(seen.beats, 2);
    assert_int_equal(seen.watched + seen.held, 0);
    seen.gateway_is_busy = false; // its answer is too late for that one
    pass(self, 0);
    assert_int_equal(seen.beats, 2);
}

static void is_trusted_for_two_periods_after_a_beat(void **state)
{
    bench_t *self = *state;
    int64_t from_ms = tmesh_clock_monotonic_ms(self->clock);
    assert_true(tmesh_credit_is_trusted(self->credit, from_ms + 2 * PERIOD_MS - 1));
    assert_false(tmesh_credit_is_trusted(self->credit, from_ms + 2 * PERIOD_MS));
    seen.err = TMESH_ERR_CONNECTION;
    pass(self, PERIOD_MS);
    assert_false(tmesh_credit_is_trusted(self->credit, from_ms + 2 * PERIOD_MS));
    seen.err = TMESH_OK;
    pass(self, PERIOD_MS);
    assert_true(tmesh_credit_is_trusted(self->credit, from_ms + 4 * PERIOD_MS - 1));
}

static void tells_what_others_did(void **state)
{
    bench_t *self = *state;
    pass(self, PERIOD_MS);
    assert_int_equal(seen.settled + seen.cancelled, 0);
    seen.reply.due_ms = START_MS + 77;
    seen.reply.settled = &(tmesh_watched_task_t){.state = TMESH_TASK_COMPLETE};
    seen.reply.settled_count = 1;
    seen.reply.gone = &(tmesh_held_run_t){.run = 3};
    seen.reply.gone_count = 1;
    pass(self, PERIOD_MS);
    assert_int_equal(seen.woken_ms, START_MS + 77);
    assert_int_equal(seen.settled, 1);
    assert_int_equal(seen.cancelled, 1);
}

static void looks_for_steps_that_its_workers_may_run(void **state)
{
    bench_t *self = *state;
    pass(self, 0);
    int before = seen.refills;
    tmesh_queue_row_t queue = {.namespace_name = "elsewhere", .callable = "a"};
    seen.reply.queues = &queue;
    seen.reply.queue_count = 1;
    pass(self, PERIOD_MS);
    assert_int_equal(seen.refills, before);
    queue.namespace_name = "shop";
    pass(self, PERIOD_MS);
    assert_int_equal(seen.refills, before + 1);
    tmesh_credit_add(self->credit, self->offer, -2); // all are busy
    pass(self, PERIOD_MS);
    assert_int_equal(seen.refills, before + 1);
}

static void learns_pauses_when_the_generation_is_another(void **state)
{
    bench_t *self = *state;
    assert_int_equal(seen.pauses_loaded, 1);
    pass(self, PERIOD_MS);
    assert_int_equal(seen.pauses_loaded, 1);
    tmesh_pauses_t *pauses = tmesh_credit_pauses(self->credit);
    tmesh_pauses_add(pauses, "not any more", NULL);
    seen.reply.generation = 2;
    pass(self, PERIOD_MS);
    assert_int_equal(seen.pauses_loaded, 2);
    assert_int_equal(tmesh_credit_generation(self->credit), 2);
    assert_true(tmesh_pauses_has(pauses, "paused", "a"));
    assert_false(tmesh_pauses_has(pauses, "not any more", "a"));
}

static void takes_over_page_by_page_and_beat_by_beat(void **state)
{
    bench_t *self = *state;
    seen.reply.dead = &(tmesh_node_id_t){.bytes = {7}};
    seen.reply.dead_count = 1;
    seen.left_by_dead = 5000;
    pass(self, PERIOD_MS);
    assert_int_equal(seen.pages, 16); // the next beat must not wait for all of it
    assert_int_equal(seen.adoption_due_ms, START_MS + ADOPTION_MS);
    assert_int_equal(seen.woken_ms, START_MS + ADOPTION_MS);
    pass(self, PERIOD_MS);
    assert_int_equal(seen.left_by_dead, 0);
}

static void a_long_take_over_costs_no_beat(void **state)
{
    bench_t *self = *state;
    seen.reply.dead = &(tmesh_node_id_t){.bytes = {7}};
    seen.reply.dead_count = 1;
    seen.left_by_dead = 5000;
    seen.clock = self->clock;
    seen.page_ms = PERIOD_MS / 2;
    seen.gateway_is_busy = true; // or it would beat again behind it, within these turns
    pass(self, PERIOD_MS);
    pass(self, PERIOD_MS / 2);
    assert_int_equal(seen.beats, 2);
    assert_int_equal(seen.pages, 2);
}

static void ends_when_it_can_never_beat(void **state)
{
    bench_t *self = *state;
    seen.err = TMESH_ERR_IO; // a full disk may have room again
    pass(self, PERIOD_MS);
    pass(self, PERIOD_MS);
    assert_int_equal(seen.beats, 3);
    seen.err = TMESH_ERR_CORRUPT;
    tmesh_clock_advance_ms(self->clock, PERIOD_MS);
    assert_int_equal(settle(self), TMESH_ERR_FATAL);
}

static void ends_when_it_is_dead(void **state)
{
    bench_t *self = *state;
    seen.err = TMESH_ERR_NOT_FOUND;
    tmesh_clock_advance_ms(self->clock, PERIOD_MS);
    assert_int_equal(settle(self), TMESH_ERR_FATAL); // not even a fresh life begins
    assert_int_equal(seen.beats, 3);
}

// ---- Calls

static void learn_of_another_node(bench_t *self)
{
    seen.reply.others = 1;
    pass(self, PERIOD_MS);
    assert_int_equal(seen.beats, 2);
}

static void who_is_alone_neither_calls_nor_listens(void **state)
{
    bench_t *self = *state;
    seen.is_called = true;
    for (int look = 0; look < 9; look++) {
        tmesh_credit_note_news(self->credit);
        pass(self, LOOK_MS);
    }
    assert_int_equal(seen.calls, 0);
    assert_int_equal(seen.questions, 0);
    assert_int_equal(seen.beats, 1);
}

static void calls_others_once_for_all_news_of_a_while(void **state)
{
    bench_t *self = *state;
    learn_of_another_node(self);
    for (int i = 0; i < 1000; i++) tmesh_credit_note_news(self->credit);
    pass(self, LOOK_MS);
    assert_int_equal(seen.calls, 1);
    pass(self, LOOK_MS); // nothing new
    assert_int_equal(seen.calls, 1);
    for (int ms = 0; ms < 3 * LOOK_MS; ms++) {
        tmesh_credit_note_news(self->credit);
        pass(self, 1);
    }
    assert_in_range(seen.calls, 3, 4);
    assert_int_equal(seen.beats, 2); // its own news are no news to it
}

static void beats_when_it_is_called(void **state)
{
    bench_t *self = *state;
    learn_of_another_node(self);
    seen.is_called = true;
    pass(self, LOOK_MS);
    assert_int_equal(seen.beats, 3);
    assert_int_equal(seen.watched, 1); // as with any beat
    pass(self, PERIOD_MS - 1);
    assert_int_equal(seen.beats, 3); // the next one comes a period later
    pass(self, 1);
    assert_int_equal(seen.beats, 4);
    for (int ms = 0; ms < 3 * LOOK_MS; ms++) { // called all the time
        seen.is_called = true;
        pass(self, 1);
    }
    assert_in_range(seen.beats, 6, 7);
}

static void does_not_call_while_the_store_is_away(void **state)
{
    bench_t *self = *state;
    learn_of_another_node(self);
    seen.err = TMESH_ERR_CONNECTION;
    pass(self, PERIOD_MS);
    int questions = seen.questions;
    tmesh_credit_note_news(self->credit);
    pass(self, LOOK_MS);
    assert_int_equal(seen.calls, 0);
    assert_int_equal(seen.questions, questions);
    seen.err = TMESH_OK;
    pass(self, PERIOD_MS);
    pass(self, LOOK_MS);
    assert_int_equal(seen.calls, 1); // the news were kept
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(beats_once_at_its_start_and_once_a_period, setup, teardown),
        cmocka_unit_test_setup_teardown(beats_without_a_gateway_that_is_busy, setup, teardown),
        cmocka_unit_test_setup_teardown(is_trusted_for_two_periods_after_a_beat, setup, teardown),
        cmocka_unit_test_setup_teardown(tells_what_others_did, setup, teardown),
        cmocka_unit_test_setup_teardown(looks_for_steps_that_its_workers_may_run, setup, teardown),
        cmocka_unit_test_setup_teardown(learns_pauses_when_the_generation_is_another, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(takes_over_page_by_page_and_beat_by_beat, setup, teardown),
        cmocka_unit_test_setup_teardown(a_long_take_over_costs_no_beat, setup, teardown),
        cmocka_unit_test_setup_teardown(ends_when_it_can_never_beat, setup, teardown),
        cmocka_unit_test_setup_teardown(ends_when_it_is_dead, setup, teardown),
        cmocka_unit_test_setup_teardown(who_is_alone_neither_calls_nor_listens, setup, teardown),
        cmocka_unit_test_setup_teardown(calls_others_once_for_all_news_of_a_while, setup, teardown),
        cmocka_unit_test_setup_teardown(beats_when_it_is_called, setup, teardown),
        cmocka_unit_test_setup_teardown(does_not_call_while_the_store_is_away, setup, teardown),
    };
    return cmocka_run_group_tests_name("keeper", tests, NULL, NULL);
}
