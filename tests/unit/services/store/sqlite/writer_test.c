// The writer: one at a time, first come first served, and a commit is one only when it wrote.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <pthread.h>
#include <sched.h>

#include "runtime/base/memory.h"
#include "services/store/sqlite/writer.h"

enum { THREADS = 6, TURNS = 50 };

typedef struct {
    tmesh_sqlite_writer_t *writer;
    tmesh_clock_t *clock;
    int order[THREADS]; // who had it, in this order; guarded by the writer
    int served;
} fixture_t;

typedef struct {
    fixture_t *fixture;
    int number;
} visitor_t;

static int setup(void **state)
{
    fixture_t *self = tmesh_alloc(sizeof *self);
    self->clock = tmesh_clock_new_system();
    tmesh_sqlite_settings_t settings = {.path = ":memory:", .busy_wait_ms = 1000};
    tmesh_auto(tmesh_fault) fault = NULL;
    assert_int_equal(tmesh_sqlite_writer_open(&self->writer, &settings, self->clock, &fault),
                     TMESH_OK);
    *state = self;
    return 0;
}

static int teardown(void **state)
{
    fixture_t *self = *state;
    tmesh_sqlite_writer_destroy(&self->writer);
    tmesh_clock_destroy(&self->clock);
    tmesh_free(self);
    return 0;
}

static tmesh_err_t write_queue(tmesh_sqlite_writer_t *writer, int64_t id)
{
    tmesh_auto(tmesh_sql) sql = tmesh_sqlite_connection_use(
        tmesh_sqlite_writer_connection(writer), TMESH_STATEMENT_INSERT_QUEUE);
    tmesh_sql_bind_int(sql, id);
    tmesh_sql_bind_text(sql, "n");
    tmesh_sql_bind_text(sql, "c");
    return tmesh_sql_run(sql);
}

static void *visit_once(void *argument)
{
    visitor_t *visitor = argument;
    fixture_t *self = visitor->fixture;
    if (tmesh_sqlite_writer_begin(self->writer) == TMESH_OK) {
        self->order[self->served++] = visitor->number;
        tmesh_sqlite_writer_rollback(self->writer);
    }
    return NULL;
}

static void serves_in_the_order_of_arrival(void **state)
{
    fixture_t *self = *state;
    pthread_t threads[THREADS];
    visitor_t visitors[THREADS];
    assert_int_equal(tmesh_sqlite_writer_begin(self->writer), TMESH_OK);
    for (int i = 0; i < THREADS; i++) {
        visitors[i] = (visitor_t){self, i};
        assert_int_equal(pthread_create(&threads[i], NULL, visit_once, &visitors[i]), 0);
        // The next one comes when this one stands in the queue.
        while (tmesh_sqlite_writer_waiting(self->writer) < (uint32_t)i + 1) sched_yield();
    }
    assert_int_equal(self->served, 0);
    tmesh_sqlite_writer_rollback(self->writer);
    for (int i = 0; i < THREADS; i++) pthread_join(threads[i], NULL);
    assert_int_equal(self->served, THREADS);
    for (int i = 0; i < THREADS; i++) assert_int_equal(self->order[i], i);
    assert_true(tmesh_sqlite_writer_stats(self->writer).writer_wait_us > 0);
}

static void a_probe_waits_for_nobody(void **state)
{
    fixture_t *self = *state;
    assert_int_equal(tmesh_sqlite_writer_probe(self->writer), TMESH_OK);
    assert_int_equal(tmesh_sqlite_writer_begin(self->writer), TMESH_OK);
    assert_int_equal(tmesh_sqlite_writer_probe(self->writer), TMESH_OK); // somebody is in
    assert_true(tmesh_sqlite_writer_is_mine(self->writer));
    tmesh_sqlite_writer_rollback(self->writer);
    assert_int_equal(tmesh_sqlite_writer_probe(self->writer), TMESH_OK);
    assert_false(tmesh_sqlite_writer_is_mine(self->writer));
    assert_int_equal(tmesh_sqlite_writer_stats(self->writer).commits, 0);
}

static void *visit_often(void *argument)
{
    visitor_t *visitor = argument;
    for (int turn = 0; turn < TURNS; turn++) {
        tmesh_sqlite_writer_t *writer = visitor->fixture->writer;
        if (tmesh_sqlite_writer_begin(writer) != TMESH_OK) return NULL;
        tmesh_err_t err = write_queue(writer, visitor->number * TURNS + turn + 1);
        visitor->fixture->served++; // nobody else is in
        if (err || tmesh_sqlite_writer_commit(writer, NULL, NULL)) return NULL;
    }
    return visitor;
}

static void lets_one_in_at_a_time(void **state)
{
    fixture_t *self = *state;
    pthread_t threads[THREADS];
    visitor_t visitors[THREADS];
    for (int i = 0; i < THREADS; i++) {
        visitors[i] = (visitor_t){self, i};
        assert_int_equal(pthread_create(&threads[i], NULL, visit_often, &visitors[i]), 0);
    }
    for (int i = 0; i < THREADS; i++) {
        void *done = NULL;
        pthread_join(threads[i], &done);
        assert_ptr_equal(done, &visitors[i]);
    }
    assert_int_equal(self->served, THREADS * TURNS);
    assert_int_equal(tmesh_sqlite_writer_stats(self->writer).commits, THREADS * TURNS);
}

static void counts_commits_that_wrote(void **state)
{
    fixture_t *self = *state;
    assert_int_equal(tmesh_sqlite_writer_begin(self->writer), TMESH_OK);
    assert_int_equal(tmesh_sqlite_writer_commit(self->writer, NULL, NULL), TMESH_OK);
    assert_int_equal(tmesh_sqlite_writer_stats(self->writer).commits, 0);
    assert_int_equal(tmesh_sqlite_writer_stats(self->writer).rollbacks, 0);
    assert_int_equal(tmesh_sqlite_writer_stats(self->writer).statements, 2);

    assert_int_equal(tmesh_sqlite_writer_begin(self->writer), TMESH_OK);
    assert_int_equal(write_queue(self->writer, 1), TMESH_OK);
    assert_int_equal(tmesh_sqlite_writer_commit(self->writer, NULL, NULL), TMESH_OK);
    assert_int_equal(tmesh_sqlite_writer_stats(self->writer).commits, 1);
    assert_int_equal(tmesh_sqlite_writer_stats(self->writer).statements, 5);

    assert_int_equal(tmesh_sqlite_writer_begin(self->writer), TMESH_OK);
    assert_int_equal(write_queue(self->writer, 1), TMESH_OK); // is there: changes nothing
    assert_int_equal(tmesh_sqlite_writer_commit(self->writer, NULL, NULL), TMESH_OK);
    assert_int_equal(tmesh_sqlite_writer_stats(self->writer).commits, 1);

    assert_int_equal(tmesh_sqlite_writer_begin(self->writer), TMESH_OK);
    assert_int_equal(write_queue(self->writer, 2), TMESH_OK);
    tmesh_sqlite_writer_rollback(self->writer);
    assert_int_equal(tmesh_sqlite_writer_stats(self->writer).commits, 1);
    assert_int_equal(tmesh_sqlite_writer_stats(self->writer).rollbacks, 1);
}

static void lets_its_owner_enter_again(void **state)
{
    fixture_t *self = *state;
    assert_false(tmesh_sqlite_writer_is_mine(self->writer));
    assert_int_equal(tmesh_sqlite_writer_begin(self->writer), TMESH_OK);
    assert_true(tmesh_sqlite_writer_is_mine(self->writer));
    bool is_new = true;
    assert_int_equal(tmesh_sqlite_writer_enter(self->writer, &is_new), TMESH_OK);
    assert_false(is_new);
    tmesh_sqlite_writer_rollback(self->writer);
    assert_int_equal(tmesh_sqlite_writer_enter(self->writer, &is_new), TMESH_OK);
    assert_true(is_new);
    tmesh_sqlite_writer_leave(self->writer);
    assert_false(tmesh_sqlite_writer_is_mine(self->writer));
}

#define WRITER_TEST(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WRITER_TEST(serves_in_the_order_of_arrival),
        WRITER_TEST(a_probe_waits_for_nobody),
        WRITER_TEST(lets_one_in_at_a_time),
        WRITER_TEST(counts_commits_that_wrote),
        WRITER_TEST(lets_its_owner_enter_again),
    };
    return cmocka_run_group_tests_name("writer", tests, NULL, NULL);
}
