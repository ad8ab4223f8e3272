// Backups: where they are written, and where not; what is left when they fail.
#include <errno.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "services/store/sqlite/backup_place.h"
#include "tests/contract/backup_bench.h"

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

int main(void)
{
    const tmesh_store_factory_t *file = &tmesh_store_sqlite_file;
    const tmesh_store_factory_t *memory = &tmesh_store_sqlite_memory;
    const struct CMUnitTest tests[] = {
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
    return cmocka_run_group_tests_name("backup_place", tests, NULL, NULL);
}
