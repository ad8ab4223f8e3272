// Connections that are lost, at the moments that matter: what was written is known, and work goes on.
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <libpq-fe.h>

#include "runtime/base/memory.h"
#include "tests/support/postgres_cluster.h"
#include "tests/support/store_postgres_wire.h"
#include "tests/support/store_suite.h"

static void hang_up_on_all(tmesh_store_fixture_t *self)
{
    const tmesh_store_postgres_wire_t *wire = self->place;
    tmesh_store_postgres_place_run(
        wire->url, "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity "
                   "WHERE datname = current_database() AND pid <> pg_backend_pid()");
}

static tmesh_postgres_proxy_t *wire_of(tmesh_store_fixture_t *self)
{
    const tmesh_store_postgres_wire_t *wire = self->place;
    return wire->proxy;
}

static void begins_again_when_idle_connections_were_lost(void **state)
{
    tmesh_store_fixture_t *self = *state;
    tmesh_task_id_t id = tmesh_store_fixture_put_task(self, 1);
    hang_up_on_all(self);
    tmesh_work_t *work = tmesh_store_fixture_load_task(self, id); // must succeed
    tmesh_store_abandon(self->store, &work);
    hang_up_on_all(self);
    int64_t due_ms = 0;
    assert_int_equal(tmesh_store_next_due(self->store, &due_ms), TMESH_OK);
    tmesh_task_view_t view = {0};
    assert_int_equal(tmesh_reader_task(self->reader, id, true, self->arena, &view), TMESH_OK);
}

static void writes_nothing_when_the_connection_is_lost_within_a_work(void **state)
{
    tmesh_store_fixture_t *self = *state;
    tmesh_task_id_t id = tmesh_store_fixture_put_task(self, 1);
    tmesh_work_t *work = tmesh_store_fixture_load_task(self, id);
    tmesh_store_fixture_enqueue(work, work->steps[0], 0);
    hang_up_on_all(self);
    assert_int_equal(tmesh_store_commit(self->store, work), TMESH_ERR_CONNECTION);
    tmesh_work_destroy(&work);
    work = tmesh_store_fixture_load_task(self, id);
    assert_int_equal(work->steps[0]->row.state, TMESH_STEP_PENDING);
    tmesh_store_fixture_enqueue(work, work->steps[0], 0); // and it goes on
    tmesh_store_fixture_commit(self, &work);
}

// The server has committed, and the connection ends before it can say so.
static void knows_that_it_has_committed(void **state)
{
    tmesh_store_fixture_t *self = *state;
    tmesh_store_stats_t before = tmesh_store_stats(self->store);
    tmesh_request_row_t request = {.context = tmesh_bytes_of_text("{\"a\":0.1}")};
    tmesh_work_t *work = tmesh_store_fixture_begin(self, &(tmesh_wants_t){0});
    tmesh_work_task_t *task = tmesh_store_fixture_add_task(self, work, 1, &request);
    tmesh_task_id_t id = task->row.id;
    tmesh_store_fixture_enqueue(work, work->steps[0], 0);
    tmesh_store_fixture_claim(self, work, work->steps[0]);
    tmesh_postgres_proxy_lose_commit(wire_of(self));
    assert_int_equal(tmesh_store_commit(self->store, work), TMESH_OK);
    assert_int_equal(work->claim_count, 1); // with what its worker needs
    assert_true(tmesh_bytes_equal_text(work->claims[0].context, "{\"a\":0.1}"));
    tmesh_work_destroy(&work);
    tmesh_store_stats_t after = tmesh_store_stats(self->store);
    assert_int_equal(after.commits, before.commits + 1);
    assert_int_equal(after.rollbacks, before.rollbacks);
    work = tmesh_store_fixture_load_task(self, id);
    assert_int_equal(work->steps[0]->row.run, 1);
    tmesh_store_abandon(self->store, &work);
}

// The server has heard nothing of the commit and waits, holding its locks.
static void ends_a_transaction_that_still_waits(void **state)
{
    tmesh_store_fixture_t *self = *state;
    tmesh_task_id_t id = tmesh_store_fixture_put_task(self, 1);
    tmesh_work_t *work = tmesh_store_fixture_load_task(self, id);
    tmesh_store_fixture_enqueue(work, work->steps[0], 0);
    tmesh_postgres_proxy_cut(wire_of(self), 1, POSTGRES_PROXY_NOTHING);
    assert_int_equal(tmesh_store_commit(self->store, work), TMESH_ERR_CONNECTION);
    tmesh_work_destroy(&work);
    work = tmesh_store_fixture_load_task(self, id); // no lock is left
    assert_int_equal(work->steps[0]->row.state, TMESH_STEP_PENDING);
    tmesh_store_abandon(self->store, &work);
}

static void knows_when_a_definition_was_put(void **state)
{
    tmesh_store_fixture_t *self = *state;
    tmesh_definition_row_t row = {
        .namespace_name = "shop", .name = "refund", .version = "1", .step_count = 1,
        .json = tmesh_bytes_of_text("{}"), .created_ms = 5,
    };
    bool is_created = false;
    tmesh_postgres_proxy_lose_commit(wire_of(self));
    assert_int_equal(tmesh_store_put_definition(self->store, &row, NULL, 0, &is_created),
                     TMESH_OK);
    assert_true(is_created);
}

static void comes_back_after_a_crash_of_the_server(void **state)
{
    tmesh_store_fixture_t *self = *state;
    tmesh_task_id_t id = tmesh_store_fixture_put_task(self, 1);
    tmesh_work_t *work = tmesh_store_fixture_load_task(self, id);
    tmesh_store_fixture_enqueue(work, work->steps[0], 0);
    tmesh_postgres_cluster_crash();
    assert_int_equal(tmesh_store_commit(self->store, work), TMESH_ERR_CONNECTION);
    tmesh_work_destroy(&work);
    work = tmesh_store_fixture_load_task(self, id);
    assert_int_equal(work->steps[0]->row.state, TMESH_STEP_PENDING);
    tmesh_store_abandon(self->store, &work);
}

static void wait_for_the_server(const tmesh_store_postgres_wire_t *wire)
{
    enum { PAUSE_MS = 20, PAUSES_MAX = 1500 };
    int pauses = 0;
    while (PQping(wire->url) != PQPING_OK && pauses++ < PAUSES_MAX) poll(NULL, 0, PAUSE_MS);
    assert_in_range(pauses, 0, PAUSES_MAX - 1);
}

// What a crash took with it gives its number free: others draw it again, and commit.
static void knows_its_commit_from_that_of_another(void **state)
{
    enum { NUMBERS_DRAWN_ANEW = 50 };
    tmesh_store_fixture_t *self = *state;
    const tmesh_store_postgres_wire_t *wire = self->place;
    tmesh_task_id_t id = tmesh_store_fixture_put_task(self, 1);
    tmesh_work_t *work = tmesh_store_fixture_load_task(self, id);
    tmesh_store_fixture_enqueue(work, work->steps[0], 0);
    tmesh_postgres_cluster_crash();
    wait_for_the_server(wire);
    tmesh_store_postgres_place_run(wire->url, "CREATE TABLE public.others (number integer)");
    for (int i = 0; i < NUMBERS_DRAWN_ANEW; i++) {
        tmesh_store_postgres_place_run(wire->url, "INSERT INTO public.others VALUES (1)");
    }
    assert_int_equal(tmesh_store_commit(self->store, work), TMESH_ERR_CONNECTION);
    tmesh_work_destroy(&work);
    work = tmesh_store_fixture_load_task(self, id);
    assert_int_equal(work->steps[0]->row.state, TMESH_STEP_PENDING);
    tmesh_store_fixture_enqueue(work, work->steps[0], 0); // and it goes on
    tmesh_store_fixture_commit(self, &work);
}

// Its last words were on their way when it was given up, and arrive late.
static void commits_nothing_over_a_connection_that_others_have_closed(void **state)
{
    tmesh_store_fixture_t *self = *state;
    const tmesh_store_postgres_wire_t *wire = self->place;
    tmesh_task_id_t id = tmesh_store_fixture_put_task(self, 1);
    tmesh_work_t *work = tmesh_store_fixture_load_task(self, id);
    tmesh_store_fixture_enqueue(work, work->steps[0], 0);
    tmesh_store_postgres_place_run(wire->url, "UPDATE taskmesh.connections SET is_closed = true");
    assert_int_not_equal(tmesh_store_commit(self->store, work), TMESH_OK);
    tmesh_work_destroy(&work);
    work = tmesh_store_fixture_load_task(self, id);
    assert_int_equal(work->steps[0]->row.state, TMESH_STEP_PENDING);
    tmesh_store_abandon(self->store, &work);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORE_TEST(begins_again_when_idle_connections_were_lost, &tmesh_store_postgres_wires),
        STORE_TEST(writes_nothing_when_the_connection_is_lost_within_a_work, &tmesh_store_postgres_wires),
        STORE_TEST(knows_that_it_has_committed, &tmesh_store_postgres_wires),
        STORE_TEST(ends_a_transaction_that_still_waits, &tmesh_store_postgres_wires),
        STORE_TEST(knows_when_a_definition_was_put, &tmesh_store_postgres_wires),
        STORE_TEST(comes_back_after_a_crash_of_the_server, &tmesh_store_postgres_wires),
        STORE_TEST(knows_its_commit_from_that_of_another, &tmesh_store_postgres_wires),
        STORE_TEST(commits_nothing_over_a_connection_that_others_have_closed, &tmesh_store_postgres_wires),
    };
    return cmocka_run_group_tests_name("postgres loss", tests, NULL, NULL);
}
