// Backups: whole, of one moment, and never in the way of anything.
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <dirent.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <sqlite3.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "runtime/base/memory.h"
#include "services/store/sqlite/backup_place.h"
#include "tests/support/store_sqlite_place.h"
#include "tests/support/store_suite.h"

enum { STEPS_MAX = 64, CONTEXT_BYTES = 8000, TASKS = 300 }; // some 2.5 MB: more than two slices

// A place for copies, beside the store's own; the store fixture is in it.
typedef struct {
    tmesh_store_fixture_t *store;
    void *place; // a path in an empty folder
} bench_t;

static int setup(void **state)
{
    bench_t *self = tmesh_alloc(sizeof *self);
    self->store = tmesh_store_fixture_new(*state);
    self->place = tmesh_store_sqlite_file.new_place();
    *state = self;
    return 0;
}

static int teardown(void **state)
{
    bench_t *self = *state;
    tmesh_store_fixture_destroy(&self->store);
    tmesh_store_sqlite_file.destroy_place(self->place); // fails when anything else is left there
    tmesh_free(self);
    return 0;
}

static tmesh_task_id_t put_large_task(tmesh_store_fixture_t *store)
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

static tmesh_backup_t *begin(const bench_t *self, bool replace)
{
    tmesh_backup_t *backup = NULL;
    tmesh_fault_t *fault = NULL;
    tmesh_err_t err =
        tmesh_store_open_backup(self->store->store, self->place, replace, &backup, &fault);
    if (fault) puts(fault->message);
    assert_int_equal(err, TMESH_OK);
    return backup;
}

static bool go_on(tmesh_backup_t *backup)
{
    bool done = false;
    tmesh_fault_t *fault = NULL;
    assert_int_equal(tmesh_backup_go_on(backup, 0, &done, &fault), TMESH_OK);
    return done;
}

static void file_is_sound(const char *path)
{
    sqlite3 *db = NULL;
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    tmesh_store_sqlite_place_expect(db, "SELECT %d", "PRAGMA integrity_check", 0, "ok");
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

// The copy as a store, opened like any other.
static tmesh_store_t *open_copy(const bench_t *self, tmesh_reader_t **reader_p)
{
    file_is_sound(self->place);
    tmesh_store_t *copy = NULL;
    assert_int_equal(tmesh_store_sqlite_file.open(self->place, self->store->clock, &copy),
                     TMESH_OK);
    assert_int_equal(tmesh_store_sqlite_open_reader(copy, reader_p), TMESH_OK);
    return copy;
}

static void step_is_equal(const tmesh_step_row_t *one, const tmesh_step_row_t *two)
{
    assert_int_equal(tmesh_step_id_compare(one->id, two->id), 0);
    assert_int_equal(one->state, two->state);
    assert_int_equal(one->run, two->run);
    assert_int_equal(one->parents_open, two->parents_open);
    assert_true(one->due_ms == two->due_ms);
}

// As far as a reader can tell.
static void task_is_equal(const bench_t *self, tmesh_reader_t *copy, tmesh_task_id_t id)
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

// ---- Where, and where not -----------------------------------------------------------------------

static void refuses(const bench_t *self, const char *path, bool replace, const char *code)
{
    tmesh_backup_t *backup = NULL;
    tmesh_auto(tmesh_fault) fault = NULL;
    assert_true(tmesh_store_open_backup(self->store->store, path, replace, &backup, &fault) !=
                TMESH_OK);
    assert_null(backup);
    assert_string_equal(fault->code, code);
    assert_string_equal(fault->where, "/file");
}

static void write_file(const char *path, const char *text)
{
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
}

static void refuses_what_would_do_harm(void **state)
{
    bench_t *self = *state;
    tmesh_auto_free char *below = tmesh_printf("%s/below", (char *)self->place);
    tmesh_auto_free char *slash = tmesh_printf("%s/", (char *)self->place);
    tmesh_auto_free char *dot = tmesh_printf("%s/.", (char *)self->place);
    refuses(self, "copy.db", false, "relative_path");
    refuses(self, "", false, "relative_path");
    refuses(self, below, false, "no_such_folder");
    refuses(self, slash, false, "not_a_file");
    refuses(self, dot, false, "not_a_file");
    refuses(self, "/tmp", false, "file_exists");
    refuses(self, "/tmp", true, "not_a_file");
    write_file(self->place, "somebody's");
    refuses(self, self->place, false, "file_exists");
    refuses(self, self->place, true, "not_a_store");
    refuses(self, below, false, "no_such_folder");
    unlink(self->place);
    tmesh_auto_free char *log = tmesh_printf("%s-wal", (char *)self->place);
    write_file(log, "");
    refuses(self, self->place, false, "file_in_use");
    unlink(log);
    tmesh_store_fixture_put_task(self->store, 1); // nothing of it has disturbed the store
}

static void never_writes_over_its_own_store(void **state)
{
    bench_t *self = *state;
    static const char *const endings[] = {"", "-wal", "-shm", "-journal", ".lock"};
    for (size_t i = 0; i < TMESH_COUNT_OF(endings); i++) {
        tmesh_auto_free char *path =
            tmesh_printf("%s%s", (char *)self->store->place, endings[i]);
        refuses(self, path, true, "file_in_use");
    }
    // By another way to the same folder.
    tmesh_auto_free char *folder = tmesh_backup_place_folder(self->store->place);
    tmesh_auto_free char *around =
        tmesh_printf("%s.%s", folder, strrchr(self->store->place, '/'));
    refuses(self, around, true, "file_in_use");
    tmesh_store_fixture_put_task(self->store, 1);
}

static void replaces_an_older_copy(void **state)
{
    bench_t *self = *state;
    for (int i = 0; i < 2; i++) {
        tmesh_task_id_t id = tmesh_store_fixture_put_task(self->store, 1);
        tmesh_backup_t *backup = begin(self, i > 0);
        while (!go_on(backup)) continue;
        assert_int_equal(backup->totals.tasks, i + 1);
        tmesh_backup_destroy(&backup);
        tmesh_reader_t *reader = NULL;
        tmesh_store_t *copy = open_copy(self, &reader);
        task_is_equal(self, reader, id);
        tmesh_reader_destroy(&reader);
        tmesh_store_destroy(&copy);
    }
}

// The name is free again when it would be taken: what came meanwhile is not overwritten.
static void does_not_overwrite_what_came_meanwhile(void **state)
{
    bench_t *self = *state;
    tmesh_backup_t *backup = begin(self, false);
    write_file(self->place, "somebody's");
    bool done = false;
    tmesh_auto(tmesh_fault) fault = NULL;
    assert_int_equal(tmesh_backup_go_on(backup, 0, &done, &fault), TMESH_ERR_CONFLICT);
    assert_string_equal(fault->code, "file_exists");
    assert_false(done);
    tmesh_backup_destroy(&backup);
    struct stat facts;
    assert_int_equal(stat(self->place, &facts), 0);
    assert_int_equal(facts.st_size, strlen("somebody's"));
}

static void leaves_nothing_when_it_is_given_up(void **state)
{
    bench_t *self = *state;
    for (int i = 0; i < TASKS; i++) put_large_task(self->store);
    for (int turns = 0; turns < 2; turns++) {
        tmesh_backup_t *backup = begin(self, false);
        for (int i = 0; i < turns; i++) assert_false(go_on(backup));
        tmesh_backup_destroy(&backup);
    } // the teardown looks
}

static void says_what_could_not_be_written(void **state)
{
    bench_t *self = *state;
    for (int i = 0; i < TASKS; i++) put_large_task(self->store);
    tmesh_backup_t *backup = begin(self, false);
    struct rlimit before;
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    struct rlimit small = {.rlim_cur = 64 * 1024, .rlim_max = before.rlim_max};
    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
    bool done = false;
    tmesh_auto(tmesh_fault) fault = NULL;
    tmesh_err_t err = TMESH_OK;
    for (int i = 0; !err && !done && i < STEPS_MAX; i++) {
        err = tmesh_backup_go_on(backup, 0, &done, &fault);
    }
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    assert_int_equal(err, TMESH_ERR_INVALID);
    assert_string_equal(fault->code, "cannot_write");
    tmesh_backup_destroy(&backup);
    tmesh_store_fixture_put_task(self->store, 1);
}

static void has_a_code_for_each_reason(void **state)
{
    (void)state;
    static const struct {
        int error;
        tmesh_err_t err;
        const char *code;
    } reasons[] = {
        {ENOENT, TMESH_ERR_INVALID, "no_such_folder"}, {ENOTDIR, TMESH_ERR_INVALID, "no_such_folder"},
        {EEXIST, TMESH_ERR_CONFLICT, "file_exists"},   {EISDIR, TMESH_ERR_INVALID, "not_a_file"},
        {ENOSPC, TMESH_ERR_CONFLICT, "no_space"},      {EDQUOT, TMESH_ERR_CONFLICT, "no_space"},
        {EACCES, TMESH_ERR_INVALID, "no_permission"},  {EROFS, TMESH_ERR_INVALID, "no_permission"},
        {EIO, TMESH_ERR_INVALID, "cannot_write"},      {ENAMETOOLONG, TMESH_ERR_INVALID, "cannot_write"},
    };
    for (size_t i = 0; i < TMESH_COUNT_OF(reasons); i++) {
        tmesh_auto(tmesh_fault) fault = NULL;
        assert_int_equal(tmesh_backup_place_refuse("/a/b", reasons[i].error, &fault),
                         reasons[i].err);
        assert_string_equal(fault->code, reasons[i].code);
        assert_non_null(strstr(fault->message, "/a/b"));
    }
}

#define BACKUP_TEST(test, factory)                                                                 \
    cmocka_unit_test_prestate_setup_teardown(test, setup, teardown, (void *)(factory))

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
        BACKUP_TEST(refuses_what_would_do_harm, file),
        BACKUP_TEST(refuses_what_would_do_harm, memory),
        BACKUP_TEST(never_writes_over_its_own_store, file),
        BACKUP_TEST(replaces_an_older_copy, file),
        BACKUP_TEST(replaces_an_older_copy, memory),
        BACKUP_TEST(does_not_overwrite_what_came_meanwhile, file),
        BACKUP_TEST(leaves_nothing_when_it_is_given_up, file),
        BACKUP_TEST(leaves_nothing_when_it_is_given_up, memory),
        BACKUP_TEST(says_what_could_not_be_written, file),
        BACKUP_TEST(says_what_could_not_be_written, memory),
        cmocka_unit_test(has_a_code_for_each_reason),
    };
    return cmocka_run_group_tests_name("backup", tests, NULL, NULL);
}
