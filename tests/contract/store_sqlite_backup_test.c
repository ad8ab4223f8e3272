// Backups: whole, and of one moment, whatever is written meanwhile.
#include <pthread.h>
#include <stdatomic.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/contract/backup_bench.h"

static void starts_as_a_store_and_takes_over(void **state)
{
    bench_t *self = *state;
    tmesh_task_id_t ids[TASKS];
    for (int i = 0; i < TASKS; i++) ids[i] = put_large_task(self->store);
    tmesh_work_t *work = tmesh_store_fixture_load_task(self->store, ids[0]);
    tmesh_store_fixture_enqueue(work, work->steps[0], 0);
    tmesh_store_fixture_claim(self->store, work, work->steps[0]);
    tmesh_store_fixture_succeed(work, work->steps[0], "[1]");
    work->steps[1]->row.parents_open = 0;
    work->steps[1]->is_changed = true;
    tmesh_store_fixture_enqueue(work, work->steps[1], 1);
    tmesh_store_fixture_claim(self->store, work, work->steps[1]);
    tmesh_store_fixture_commit(self->store, &work);

    tmesh_backup_t *backup = begin(self, false);
    int turns = 1;
    while (!go_on(backup)) turns++;
    assert_true(turns > 2);
    assert_int_equal(backup->totals.tasks, TASKS);
    struct stat facts;
    assert_int_equal(stat(self->place, &facts), 0);
    assert_int_equal(backup->totals.bytes, facts.st_size);
    assert_int_equal(backup->totals.bytes % backup->totals.pages, 0);
    tmesh_backup_destroy(&backup);

    tmesh_reader_t *reader = NULL;
    tmesh_store_t *copy = open_copy(self, &reader);
    for (int i = 0; i < TASKS; i++) task_is_equal(self, reader, ids[i]);
    uint32_t count = 0;
    assert_int_equal(tmesh_store_take_over(copy, FIXTURE_START_MS + 5, &count), TMESH_OK);
    assert_int_equal(count, 1);
    tmesh_reader_destroy(&reader);
    tmesh_store_destroy(&copy);
}

// ---- Row by row ---------------------------------------------------------------------------------

static int first_number(sqlite3 *db, const char *text)
{
    sqlite3_stmt *statement = NULL;
    assert_int_equal(sqlite3_prepare_v2(db, text, -1, &statement, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
    int number = sqlite3_column_int(statement, 0);
    sqlite3_finalize(statement);
    return number;
}

static void compare_table(sqlite3 *db, const char *name)
{
    static const char *const sides[][2] = {{"main", "copy"}, {"copy", "main"}};
    for (int i = 0; i < 2; i++) {
        tmesh_auto_free char *text = tmesh_printf(
            "SELECT count(*) FROM (SELECT * FROM %s.%s EXCEPT SELECT * FROM %s.%s)", sides[i][0],
            name, sides[i][1], name);
        assert_int_equal(first_number(db, text), 0);
    }
}

static void equals_its_store_row_by_row(void **state)
{
    bench_t *self = *state;
    for (int i = 0; i < TASKS; i++) put_large_task(self->store);
    tmesh_backup_t *backup = begin(self, false);
    while (!go_on(backup)) continue;
    tmesh_backup_destroy(&backup);
    sqlite3 *db = NULL;
    assert_int_equal(sqlite3_open_v2(self->store->place, &db, SQLITE_OPEN_READONLY, NULL),
                     SQLITE_OK);
    tmesh_auto_free char *attach = tmesh_printf("ATTACH '%s' AS copy", (char *)self->place);
    assert_int_equal(sqlite3_exec(db, attach, NULL, NULL, NULL), SQLITE_OK);
    sqlite3_stmt *tables = NULL;
    assert_int_equal(sqlite3_prepare_v2(db, "SELECT name FROM copy.sqlite_schema "
                                        "WHERE type = 'table'", -1, &tables, NULL), SQLITE_OK);
    int count = 0;
    for (; sqlite3_step(tables) == SQLITE_ROW; count++) {
        compare_table(db, (const char *)sqlite3_column_text(tables, 0));
    }
    sqlite3_finalize(tables);
    assert_int_equal(count, first_number(db, "SELECT count(*) FROM main.sqlite_schema "
                                         "WHERE type = 'table'"));
    assert_int_equal(first_number(db, "SELECT count(*) FROM copy.tasks"), TASKS);
    assert_int_equal(first_number(db, "PRAGMA copy.user_version"),
                     first_number(db, "PRAGMA main.user_version"));
    sqlite3_close(db);
}

// ---- While others write -------------------------------------------------------------------------

typedef struct {
    tmesh_store_fixture_t *store;
    tmesh_task_id_t ids[10000];
    _Atomic int committed;
    _Atomic bool is_over;
} writer_t;

static void *write_on(void *argument)
{
    writer_t *self = argument;
    while (!self->is_over && self->committed < (int)TMESH_COUNT_OF(self->ids)) {
        self->ids[self->committed] = put_large_task(self->store);
        self->committed++;
    }
    return NULL;
}

static void wait_for_a_commit(writer_t *writer)
{
    int before = writer->committed;
    while (writer->committed == before && before < (int)TMESH_COUNT_OF(writer->ids)) usleep(50);
}

// A commit between any two slices: the copy has what was there when it began, and of what came later
// a first part, never one task without an earlier one.
static void is_of_one_moment_while_another_thread_writes(void **state)
{
    bench_t *self = *state;
    writer_t *writer = tmesh_alloc(sizeof *writer);
    writer->store = self->store;
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, write_on, writer), 0);
    while (writer->committed < TASKS) wait_for_a_commit(writer);
    int before = writer->committed;
    tmesh_backup_t *backup = begin(self, false);
    int turns = 1;
    for (; !go_on(backup); turns++) wait_for_a_commit(writer);
    int after = writer->committed;
    writer->is_over = true;
    pthread_join(thread, NULL);
    assert_true(turns > 2 && turns < STEPS_MAX);
    assert_true(after > before);
    int copied = (int)backup->totals.tasks;
    assert_true(copied >= before && copied <= after + 1);
    tmesh_backup_destroy(&backup);

    tmesh_reader_t *reader = NULL;
    tmesh_store_t *copy = open_copy(self, &reader);
    for (int i = 0; i < copied; i++) task_is_equal(self, reader, writer->ids[i]);
    if (copied < writer->committed) {
        tmesh_task_view_t view;
        assert_int_equal(tmesh_reader_task(reader, writer->ids[copied], false, self->store->arena,
                                           &view), TMESH_ERR_NOT_FOUND);
    }
    tmesh_reader_destroy(&reader);
    tmesh_store_destroy(&copy);
    tmesh_free(writer);
}

int main(void)
{
    const tmesh_store_factory_t *file = &tmesh_store_sqlite_file;
    const tmesh_store_factory_t *memory = &tmesh_store_sqlite_memory;
    const struct CMUnitTest tests[] = {
        BACKUP_TEST(starts_as_a_store_and_takes_over, file),
        BACKUP_TEST(starts_as_a_store_and_takes_over, memory),
        BACKUP_TEST(equals_its_store_row_by_row, file),
        BACKUP_TEST(is_of_one_moment_while_another_thread_writes, file),
        BACKUP_TEST(is_of_one_moment_while_another_thread_writes, memory),
    };
    return cmocka_run_group_tests_name("backup", tests, NULL, NULL);
}
