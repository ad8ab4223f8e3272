// Several nodes at one database: who lives, whose a run is, what is taken over. Time is handed in.
#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "runtime/base/memory.h"
#include "tests/support/store_postgres_place.h"
#include "tests/support/store_suite.h"

enum { PERIOD_MS = 1000, ADOPTION_MS = 5000, DUE_LIMIT = 10 };

typedef struct {
    tmesh_store_fixture_t *fixture; // its own store is no node's
    tmesh_store_t *a;
    tmesh_store_t *b;
    tmesh_node_id_t id_of_a;
    tmesh_beat_reply_t reply; // of the last beat
} nodes_t;

static tmesh_store_t *join(nodes_t *self, const char *name, tmesh_node_id_t *id)
{
    tmesh_store_fixture_t *fixture = self->fixture;
    *id = tmesh_node_id_new(fixture->random, tmesh_clock_now_ms(fixture->clock));
    tmesh_store_postgres_config_t config = {
        .url = fixture->place, .clock = fixture->clock, .node = name, .node_id = id,
        .idle_ms = 600000}; // what is locked for too long is let go by other nodes, or not at all
    tmesh_store_t *store = NULL;
    tmesh_auto(tmesh_fault) fault = NULL;
    assert_int_equal(tmesh_store_postgres_open(&store, &config, &fault), TMESH_OK);
    assert_true(tmesh_store_is_shared(store));
    return store;
}

static int set_up(void **state)
{
    nodes_t *self = tmesh_alloc(sizeof *self);
    self->fixture = tmesh_store_fixture_new(&tmesh_store_postgres_database);
    self->a = join(self, "a", &self->id_of_a);
    self->b = join(self, "b", &(tmesh_node_id_t){0});
    *state = self;
    return 0;
}

static int tear_down(void **state)
{
    nodes_t *self = *state;
    tmesh_store_destroy(&self->a);
    tmesh_store_destroy(&self->b);
    tmesh_store_fixture_destroy(&self->fixture);
    tmesh_free(self);
    return 0;
}

static tmesh_err_t beat_with(nodes_t *self, tmesh_store_t *store, tmesh_beat_request_t request)
{
    request.period_ms = PERIOD_MS;
    return tmesh_store_beat(store, &request, self->fixture->arena, &self->reply);
}

static void beat(nodes_t *self, tmesh_store_t *store)
{
    assert_int_equal(beat_with(self, store, (tmesh_beat_request_t){0}), TMESH_OK);
}

static void pass_periods(nodes_t *self, int periods)
{
    tmesh_clock_advance_ms(self->fixture->clock, (int64_t)periods * PERIOD_MS);
}

// One task, its first step claimed at this node; sent there as well, if that is wanted.
static tmesh_step_id_t claim_at(nodes_t *self, tmesh_store_t *store, bool is_sent)
{
    tmesh_auto(tmesh_work) work = NULL;
    assert_int_equal(tmesh_store_begin(store, &(tmesh_wants_t){0}, &work), TMESH_OK);
    tmesh_work_task_t *task = tmesh_store_fixture_add_task(self->fixture, work, 1, NULL);
    tmesh_work_step_t *step = tmesh_store_fixture_step_of(work, task, 1);
    tmesh_store_fixture_enqueue(work, step, 0);
    tmesh_store_fixture_claim(self->fixture, work, step);
    step->row.due_ms = work->now_ms + PERIOD_MS;
    step->row.due_for = TMESH_STEP_DUE_HAND_OFF;
    if (is_sent) {
        assert_int_equal(tmesh_work_move_step(work, step, TMESH_STEP_EV_START, 0, NULL), TMESH_OK);
        step->row.claimed = false;
        step->row.due_for = TMESH_STEP_DUE_TIMEOUT;
    }
    tmesh_step_id_t id = step->row.id;
    assert_int_equal(tmesh_store_commit(store, work), TMESH_OK);
    return id;
}

static tmesh_work_t *load(tmesh_store_t *store, tmesh_step_id_t id)
{
    tmesh_wants_t wants = {.step_ids = &id, .step_count = 1};
    tmesh_work_t *work = NULL;
    assert_int_equal(tmesh_store_begin(store, &wants, &work), TMESH_OK);
    return work;
}

static uint32_t count_due(nodes_t *self, tmesh_store_t *store)
{
    tmesh_wants_t wants = {.due_until_ms = tmesh_clock_now_ms(self->fixture->clock),
                           .due_limit = DUE_LIMIT};
    tmesh_work_t *work = NULL;
    assert_int_equal(tmesh_store_begin(store, &wants, &work), TMESH_OK);
    uint32_t count = work->step_count;
    tmesh_store_abandon(store, &work);
    return count;
}

static char *query(const nodes_t *self, const char *sql)
{
    return tmesh_store_postgres_place_query(self->fixture->place, sql);
}

// ---- Who lives ----------------------------------------------------------------------------------

static void who_is_silent_for_three_beats_is_dead_for_ever(void **state)
{
    nodes_t *self = *state;
    for (int i = 0; i < TMESH_BEATS_UNTIL_DEAD; i++) {
        pass_periods(self, 1);
        beat(self, self->b);
    }
    beat(self, self->a); // late, but nobody has said so yet
    for (int i = 0; i <= TMESH_BEATS_UNTIL_DEAD; i++) {
        pass_periods(self, 1);
        beat(self, self->b);
    }
    assert_int_equal(beat_with(self, self->a, (tmesh_beat_request_t){0}), TMESH_ERR_NOT_FOUND);
    assert_int_equal(beat_with(self, self->a, (tmesh_beat_request_t){0}), TMESH_ERR_NOT_FOUND);
}

static void who_was_away_himself_judges_nobody(void **state)
{
    nodes_t *self = *state;
    pass_periods(self, 60); // the database was not there, say
    for (int i = 0; i < TMESH_BEATS_UNTIL_DEAD; i++) {
        beat(self, self->b);
        pass_periods(self, 1);
    }
    beat(self, self->a);
    beat(self, self->b);
    beat(self, self->a);
}

static void a_node_takes_the_place_of_its_former_life(void **state)
{
    nodes_t *self = *state;
    tmesh_node_id_t id = {0};
    tmesh_store_t *again = join(self, "a", &id);
    assert_int_equal(beat_with(self, self->a, (tmesh_beat_request_t){0}), TMESH_ERR_NOT_FOUND);
    beat(self, again);
    beat(self, self->b);
    tmesh_store_destroy(&again);
}

static void one_that_nobody_remembers_is_dead(void **state)
{
    nodes_t *self = *state;
    tmesh_store_postgres_place_run(self->fixture->place, "DELETE FROM taskmesh.nodes");
    assert_int_equal(beat_with(self, self->a, (tmesh_beat_request_t){0}), TMESH_ERR_NOT_FOUND);
}

static void a_beat_is_one_statement_in_one_round_trip(void **state)
{
    nodes_t *self = *state;
    beat(self, self->a);
    tmesh_store_stats_t before = tmesh_store_stats(self->a);
    beat(self, self->a);
    tmesh_store_stats_t after = tmesh_store_stats(self->a);
    assert_int_equal(after.statements - before.statements, 1);
    assert_int_equal(after.round_trips - before.round_trips, 1);
}

// ---- Calls --------------------------------------------------------------------------------------

static bool hears_within(tmesh_store_t *store, int looks)
{
    enum { PAUSE_MS = 10 };
    for (int i = 0; i < looks; i++) {
        if (tmesh_store_is_called(store)) return true;
        poll(NULL, 0, PAUSE_MS);
    }
    return false;
}

// Until it listens: what came before is not heard.
static void wait_until_it_hears(tmesh_store_t *store, tmesh_store_t *other)
{
    enum { CALLS_MAX = 500, LOOKS = 5 };
    int calls = 0;
    do {
        assert_int_equal(tmesh_store_call_nodes(other), TMESH_OK);
    } while (!hears_within(store, LOOKS) && ++calls < CALLS_MAX);
    assert_int_not_equal(calls, CALLS_MAX);
    while (hears_within(store, LOOKS)) continue; // calls that came later
}

static void a_call_is_heard_by_others_alone(void **state)
{
    enum { LOOKS_MAX = 1000, LOOKS = 20 };
    nodes_t *self = *state;
    beat(self, self->a);
    assert_int_equal(self->reply.others, 1);
    wait_until_it_hears(self->b, self->a);
    wait_until_it_hears(self->a, self->b);
    tmesh_store_stats_t before = tmesh_store_stats(self->a);
    assert_int_equal(tmesh_store_call_nodes(self->a), TMESH_OK);
    tmesh_store_stats_t after = tmesh_store_stats(self->a);
    assert_int_equal(after.calls, before.calls + 1);
    assert_int_equal(after.statements, before.statements + 1);
    assert_int_equal(after.commits, before.commits);
    assert_true(hears_within(self->b, LOOKS_MAX));
    assert_false(hears_within(self->b, LOOKS)); // once
    assert_false(hears_within(self->a, LOOKS)); // its own
}

static void a_bell_that_is_lost_is_replaced(void **state)
{
    nodes_t *self = *state;
    wait_until_it_hears(self->b, self->a);
    tmesh_store_postgres_place_run(
        self->fixture->place, "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity "
                              "WHERE datname = current_database() "
                              "AND application_name LIKE 'taskmesh bell%'");
    wait_until_it_hears(self->b, self->a);
}

static void nobody_listens_who_never_asks(void **state)
{
    nodes_t *self = *state;
    tmesh_auto_free char *bells =
        query(self, "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() "
                    "AND application_name LIKE 'taskmesh bell%'");
    assert_string_equal(bells, "0");
}

// ---- Whose a run is -----------------------------------------------------------------------------

static void due_times_of_others_are_theirs(void **state)
{
    nodes_t *self = *state;
    claim_at(self, self->a, false);
    int64_t due_ms = 0;
    assert_int_equal(tmesh_store_next_due(self->b, &due_ms), TMESH_OK);
    assert_true(due_ms == TMESH_DUE_NONE);
    assert_int_equal(tmesh_store_next_due(self->a, &due_ms), TMESH_OK);
    assert_int_equal(due_ms, FIXTURE_START_MS + PERIOD_MS);
    beat(self, self->b);
    assert_true(self->reply.due_ms == TMESH_DUE_NONE);
    beat(self, self->a);
    assert_int_equal(self->reply.due_ms, FIXTURE_START_MS + PERIOD_MS);
    pass_periods(self, 1);
    assert_int_equal(count_due(self, self->b), 0);
    assert_int_equal(count_due(self, self->a), 1);
}

static void what_another_node_has_locked_is_left_to_it(void **state)
{
    nodes_t *self = *state;
    tmesh_step_id_t id = claim_at(self, self->fixture->store, false); // nobody's
    pass_periods(self, 1);
    tmesh_work_t *work = load(self->a, id);
    assert_int_equal(count_due(self, self->b), 0); // and it does not wait
    tmesh_store_abandon(self->a, &work);
    assert_int_equal(count_due(self, self->b), 1);
}

static void a_run_belongs_to_who_speaks_for_its_worker(void **state)
{
    nodes_t *self = *state;
    tmesh_step_id_t id = claim_at(self, self->a, false);
    tmesh_auto(tmesh_work) work = load(self->b, id);
    assert_int_equal(tmesh_work_move_step(work, work->steps[0], TMESH_STEP_EV_START, 0, NULL),
                     TMESH_OK);
    work->steps[0]->row.claimed = false;
    work->steps[0]->is_changed = true;
    assert_int_equal(tmesh_store_commit(self->b, work), TMESH_OK);
    tmesh_held_run_t held = {id, work->steps[0]->row.run};
    tmesh_beat_request_t request = {.held = &held, .held_count = 1};
    assert_int_equal(beat_with(self, self->b, request), TMESH_OK);
    assert_int_equal(self->reply.gone_count, 0);
    assert_int_equal(beat_with(self, self->a, request), TMESH_OK);
    assert_int_equal(self->reply.gone_count, 1);
    assert_int_equal(tmesh_step_id_compare(self->reply.gone[0].step_id, id), 0);
    assert_int_equal(self->reply.gone[0].run, held.run);
}

static void a_run_that_has_ended_is_nobodys(void **state)
{
    nodes_t *self = *state;
    tmesh_step_id_t id = claim_at(self, self->a, false);
    tmesh_task_id_t task_id = tmesh_task_id_of_step(id);
    tmesh_held_run_t held = {id, 1};
    tmesh_beat_request_t request = {
        .held = &held, .held_count = 1, .watched = &task_id, .watched_count = 1};
    assert_int_equal(beat_with(self, self->a, request), TMESH_OK);
    assert_int_equal(self->reply.gone_count + self->reply.settled_count, 0);

    tmesh_auto(tmesh_work) work = load(self->b, id);
    tmesh_store_fixture_succeed(work, work->steps[0], "{}");
    static const tmesh_task_event_t way[] = {
        TMESH_TASK_EV_START, TMESH_TASK_EV_READY_STEPS_FOUND, TMESH_TASK_EV_STEPS_ENQUEUED,
        TMESH_TASK_EV_ALL_STEPS_COMPLETED, TMESH_TASK_EV_ALL_STEPS_SUCCESSFUL};
    for (size_t i = 0; i < TMESH_COUNT_OF(way); i++) {
        assert_int_equal(tmesh_work_move_task(work, work->tasks[0], way[i], NULL), TMESH_OK);
    }
    assert_int_equal(tmesh_store_commit(self->b, work), TMESH_OK);

    assert_int_equal(beat_with(self, self->a, request), TMESH_OK);
    assert_int_equal(self->reply.gone_count, 1);
    assert_int_equal(self->reply.settled_count, 1);
    assert_int_equal(self->reply.settled[0].state, TMESH_TASK_COMPLETE);
    tmesh_auto_free char *owner = query(self, "SELECT coalesce(node_id::text, 'nobody') "
                                              "FROM taskmesh.steps");
    assert_string_equal(owner, "nobody");
}

// ---- What is taken over -------------------------------------------------------------------------

static void a_dead_nodes_runs_are_taken_page_by_page(void **state)
{
    nodes_t *self = *state;
    for (int i = 0; i < 5; i++) claim_at(self, self->a, i % 2);
    beat(self, self->b);
    assert_int_equal(self->reply.dead_count, 0);
    tmesh_store_destroy(&self->a); // it leaves, which is said at once
    beat(self, self->b);
    assert_int_equal(self->reply.dead_count, 1);
    assert_true(tmesh_node_id_equal(self->reply.dead[0], self->id_of_a));

    int64_t due_ms = tmesh_clock_now_ms(self->fixture->clock) + ADOPTION_MS;
    static const uint32_t pages[] = {2, 2, 1, 0};
    for (size_t i = 0; i < TMESH_COUNT_OF(pages); i++) {
        uint32_t count = 99;
        assert_int_equal(
            tmesh_store_take_over_node(self->b, self->id_of_a, due_ms, 2, &count), TMESH_OK);
        assert_int_equal(count, pages[i]);
    }
    beat(self, self->b);
    assert_int_equal(self->reply.dead_count, 0);
    assert_int_equal(self->reply.due_ms, due_ms);
    tmesh_auto_free char *adopted = query(
        self, "SELECT count(*) FROM taskmesh.steps WHERE due_for = 4 AND run = 1");
    assert_string_equal(adopted, "5");
}

static void tasks_that_are_locked_are_taken_later(void **state)
{
    nodes_t *self = *state;
    tmesh_step_id_t id = claim_at(self, self->a, true);
    tmesh_work_t *work = load(self->fixture->store, id);
    tmesh_store_destroy(&self->a);
    uint32_t count = 99;
    assert_int_equal(tmesh_store_take_over_node(self->b, self->id_of_a, 1, 10, &count), TMESH_OK);
    assert_int_equal(count, 0);
    tmesh_store_abandon(self->fixture->store, &work);
    assert_int_equal(tmesh_store_take_over_node(self->b, self->id_of_a, 1, 10, &count), TMESH_OK);
    assert_int_equal(count, 1);
}

// It sleeps, or its machine does, and what it has begun holds locks.
static void what_a_dead_node_has_locked_is_let_go(void **state)
{
    nodes_t *self = *state;
    tmesh_step_id_t id = claim_at(self, self->a, false);
    tmesh_work_t *work = load(self->a, id);
    for (int i = 0; i <= TMESH_BEATS_UNTIL_DEAD; i++) {
        pass_periods(self, 1);
        beat(self, self->b);
    }
    pass_periods(self, 1);
    beat(self, self->b); // now it is known to be dead
    tmesh_work_t *of_b = load(self->b, id); // waits for nobody
    tmesh_store_abandon(self->b, &of_b);
    tmesh_store_fixture_succeed(work, work->steps[0], "{}");
    assert_int_equal(tmesh_store_commit(self->a, work), TMESH_ERR_CONNECTION);
    tmesh_work_destroy(&work);
}

static void what_a_dead_node_still_claims_is_found(void **state)
{
    nodes_t *self = *state;
    tmesh_store_postgres_place_run(self->fixture->place, "DELETE FROM taskmesh.nodes "
                                                         "WHERE name = 'a'");
    claim_at(self, self->a, false); // it has not heard of it yet
    beat(self, self->b);
    assert_int_equal(self->reply.dead_count, 1);
}

static void at_its_start_a_node_takes_what_is_nobodys_only(void **state)
{
    nodes_t *self = *state;
    claim_at(self, self->a, true);
    claim_at(self, self->fixture->store, true); // before there were nodes
    uint32_t count = 99;
    assert_int_equal(tmesh_store_take_over(self->b, 1, &count), TMESH_OK);
    assert_int_equal(count, 1);
    assert_int_equal(tmesh_store_take_over(self->b, 1, &count), TMESH_OK);
    assert_int_equal(count, 0);
}

// ---- What others did ----------------------------------------------------------------------------

static void *complete_slowly(void *place)
{
    tmesh_store_postgres_place_run(place, "BEGIN; UPDATE taskmesh.steps SET claimed = false, state = 7; "
                                          "SELECT pg_sleep(1); COMMIT");
    return NULL;
}

// Somebody is about to end a run that was found to be nobody's.
static void what_ends_meanwhile_is_not_taken(void **state)
{
    enum { PAUSE_MS = 10, PAUSES_MAX = 1000 };
    nodes_t *self = *state;
    claim_at(self, self->fixture->store, false);
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, complete_slowly, self->fixture->place), 0);
    bool is_asleep = false;
    for (int i = 0; i < PAUSES_MAX && !is_asleep; i++) {
        tmesh_auto_free char *count = query(self, "SELECT count(*) FROM pg_stat_activity "
                                                  "WHERE datname = current_database() "
                                                  "AND wait_event = 'PgSleep'");
        is_asleep = strcmp(count, "1") == 0;
        poll(NULL, 0, PAUSE_MS);
    }
    assert_true(is_asleep);
    uint32_t count = 99;
    assert_int_equal(tmesh_store_take_over(self->b, 1, &count), TMESH_OK);
    pthread_join(thread, NULL);
    assert_int_equal(count, 0);
    tmesh_auto_free char *node = query(self, "SELECT coalesce(node_id::text, 'nobody') FROM taskmesh.steps");
    assert_string_equal(node, "nobody");
}

static void unclaimed_steps_are_seen_by_all(void **state)
{
    nodes_t *self = *state;
    beat(self, self->b);
    assert_int_equal(self->reply.queue_count, 0);
    tmesh_auto(tmesh_work) work = NULL;
    assert_int_equal(tmesh_store_begin(self->a, &(tmesh_wants_t){0}, &work), TMESH_OK);
    tmesh_work_task_t *task = tmesh_store_fixture_add_task(self->fixture, work, 1, NULL);
    tmesh_store_fixture_enqueue(work, tmesh_store_fixture_step_of(work, task, 1), 0);
    assert_int_equal(tmesh_store_commit(self->a, work), TMESH_OK);
    beat(self, self->b);
    assert_int_equal(self->reply.queue_count, 1);
    assert_string_equal(self->reply.queues[0].namespace_name, "shop");
    assert_string_equal(self->reply.queues[0].callable, "a");
}

static void pauses_and_templates_raise_the_generation(void **state)
{
    nodes_t *self = *state;
    beat(self, self->b);
    int64_t generation = self->reply.generation;
    bool changed = false;
    tmesh_pause_row_t row = {.namespace_name = "shop", .since_ms = 1};
    assert_int_equal(tmesh_store_put_pause(self->a, &row, &changed), TMESH_OK);
    beat(self, self->b);
    assert_true(self->reply.generation > generation);
    generation = self->reply.generation;
    assert_int_equal(tmesh_store_remove_pause(self->a, "shop", NULL, &changed), TMESH_OK);
    beat(self, self->b);
    assert_true(self->reply.generation > generation);
    generation = self->reply.generation;
    tmesh_definition_row_t definition = {
        .namespace_name = "shop", .name = "order", .version = "2", .hash = {1},
        .json = tmesh_bytes_of_text("{}")};
    assert_int_equal(tmesh_store_put_definition(self->a, &definition, NULL, 0, &changed), TMESH_OK);
    beat(self, self->b);
    assert_true(self->reply.generation > generation);
    generation = self->reply.generation;
    beat(self, self->b);
    assert_int_equal(self->reply.generation, generation);
}

#define NODES_TEST(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        NODES_TEST(who_is_silent_for_three_beats_is_dead_for_ever),
        NODES_TEST(who_was_away_himself_judges_nobody),
        NODES_TEST(a_node_takes_the_place_of_its_former_life),
        NODES_TEST(one_that_nobody_remembers_is_dead),
        NODES_TEST(a_beat_is_one_statement_in_one_round_trip),
        NODES_TEST(a_call_is_heard_by_others_alone),
        NODES_TEST(a_bell_that_is_lost_is_replaced),
        NODES_TEST(nobody_listens_who_never_asks),
        NODES_TEST(due_times_of_others_are_theirs),
        NODES_TEST(what_another_node_has_locked_is_left_to_it),
        NODES_TEST(a_run_belongs_to_who_speaks_for_its_worker),
        NODES_TEST(a_run_that_has_ended_is_nobodys),
        NODES_TEST(a_dead_nodes_runs_are_taken_page_by_page),
        NODES_TEST(tasks_that_are_locked_are_taken_later),
        NODES_TEST(what_a_dead_node_has_locked_is_let_go),
        NODES_TEST(what_a_dead_node_still_claims_is_found),
        NODES_TEST(at_its_start_a_node_takes_what_is_nobodys_only),
        NODES_TEST(what_ends_meanwhile_is_not_taken),
        NODES_TEST(unclaimed_steps_are_seen_by_all),
        NODES_TEST(pauses_and_templates_raise_the_generation),
    };
    return cmocka_run_group_tests_name("postgres nodes", tests, NULL, NULL);
}
