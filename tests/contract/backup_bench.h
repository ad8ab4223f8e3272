// tests/contract/backup_bench.h - a store, a place for copies of it, and ways to make and compare them.
#ifndef TMESH_TESTS_CONTRACT_BACKUP_BENCH_H
#define TMESH_TESTS_CONTRACT_BACKUP_BENCH_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>
#include <sqlite3.h>

#include "runtime/base/memory.h"
#include "tests/support/store_sqlite_place.h"
#include "tests/support/store_suite.h"

enum { STEPS_MAX = 64, CONTEXT_BYTES = 8000, TASKS = 300 }; // some 2.5 MB: more than two slices

// A place for copies, beside the store's own; the store fixture is in it.
typedef struct {
    tmesh_store_fixture_t *store;
    void *place; // a path in an empty folder
} bench_t;

[[maybe_unused]] static int setup(void **state)
{
    bench_t *self = tmesh_alloc(sizeof *self);
    self->store = tmesh_store_fixture_new(*state);
    self->place = tmesh_store_sqlite_file.new_place();
    *state = self;
    return 0;
}

[[maybe_unused]] static int teardown(void **state)
{
    bench_t *self = *state;
    tmesh_store_fixture_destroy(&self->store);
    tmesh_store_sqlite_file.destroy_place(self->place); // fails when anything else is left there
    tmesh_free(self);
    return 0;
}

[[maybe_unused]] static tmesh_task_id_t put_large_task(tmesh_store_fixture_t *store)
{
    static char context[CONTEXT_BYTES];
    memset(context, ' ', sizeof context);
    memcpy(context, "{}", 2);
    tmesh_request_row_t request = {.context = tmesh_bytes(context, sizeof context)};
    tmesh_work_t *work = tmesh_store_fixture_begin(store, &(tmesh_wants_t){0});
    tmesh_task_id_t id = tmesh_store_fixture_add_task(store, work, 2, &request)->row.id;
    tmesh_store_fixture_commit(store, &work);
    return id;
}

[[maybe_unused]] static tmesh_backup_t *begin(const bench_t *self, bool replace)
{
    tmesh_backup_t *backup = NULL;
    tmesh_fault_t *fault = NULL;
    tmesh_err_t err =
        tmesh_store_open_backup(self->store->store, self->place, replace, &backup, &fault);
    if (fault) puts(fault->message);
    assert_int_equal(err, TMESH_OK);
    return backup;
}

[[maybe_unused]] static bool go_on(tmesh_backup_t *backup)
{
    bool done = false;
    tmesh_fault_t *fault = NULL;
    assert_int_equal(tmesh_backup_go_on(backup, 0, &done, &fault), TMESH_OK);
    return done;
}

[[maybe_unused]] static void file_is_sound(const char *path)
{
    sqlite3 *db = NULL;
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    tmesh_store_sqlite_place_expect(db, "SELECT %d", "PRAGMA integrity_check", 0, "ok");
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

// The copy as a store, opened like any other.
[[maybe_unused]] static tmesh_store_t *open_copy(const bench_t *self, tmesh_reader_t **reader_p)
{
    file_is_sound(self->place);
    tmesh_store_t *copy = NULL;
    assert_int_equal(tmesh_store_sqlite_file.open(self->place, self->store->clock, &copy),
                     TMESH_OK);
    assert_int_equal(tmesh_store_sqlite_open_reader(copy, reader_p), TMESH_OK);
    return copy;
}

[[maybe_unused]] static void step_is_equal(const tmesh_step_row_t *one, const tmesh_step_row_t *two)
{
    assert_int_equal(tmesh_step_id_compare(one->id, two->id), 0);
    assert_int_equal(one->state, two->state);
    assert_int_equal(one->run, two->run);
    assert_int_equal(one->parents_open, two->parents_open);
    assert_true(one->due_ms == two->due_ms);
}

// As far as a reader can tell.
[[maybe_unused]] static void task_is_equal(const bench_t *self, tmesh_reader_t *copy, tmesh_task_id_t id)
{
    tmesh_arena_t *arena = self->store->arena;
    tmesh_task_view_t views[2];
    tmesh_step_row_t *steps[2];
    tmesh_transition_row_t *passages[2];
    size_t step_counts[2];
    size_t passage_counts[2];
    for (int i = 0; i < 2; i++) {
        tmesh_reader_t *reader = i == 0 ? self->store->reader : copy;
        assert_int_equal(tmesh_reader_task(reader, id, true, arena, &views[i]), TMESH_OK);
        assert_int_equal(tmesh_reader_step_rows(reader, id, arena, &steps[i], &step_counts[i]),
                         TMESH_OK);
        assert_int_equal(tmesh_reader_transitions(reader, id, 0, 100, arena, &passages[i],
                                                  &passage_counts[i]), TMESH_OK);
    }
    assert_true(tmesh_bytes_equal(views[0].request.context, views[1].request.context));
    assert_int_equal(views[0].row.state, views[1].row.state);
    assert_int_equal(views[0].row.last_number, views[1].row.last_number);
    assert_int_equal(step_counts[0], step_counts[1]);
    for (size_t i = 0; i < step_counts[0]; i++) step_is_equal(&steps[0][i], &steps[1][i]);
    assert_int_equal(passage_counts[0], passage_counts[1]);
    for (size_t i = 0; i < passage_counts[0]; i++) {
        assert_string_equal(passages[0][i].event, passages[1][i].event);
    }
}

#define BACKUP_TEST(test, factory)                                                                 \
    cmocka_unit_test_prestate_setup_teardown(test, setup, teardown, (void *)(factory))

#endif
