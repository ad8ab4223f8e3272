// What was acknowledged is there, whatever happens: SIGKILL, a broken disk, a full one.
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "runtime/base/memory.h"
#include "services/domain/credit.h"
#include "services/store/sqlite/witness.h"
#include "tests/support/failing_vfs.h"
#include "tests/support/store_sqlite_place.h"
#include "tests/support/store_suite.h"

enum { ROUNDS = 20, IDS_MAX = 4096, COMMITS_AT_LEAST = 5 };

// Commits one task after the other and says so, until it is killed.
static void write_until_killed(tmesh_store_fixture_t *self, int to_parent)
{
    for (;;) {
        tmesh_clock_advance_ms(self->clock, 1);
        tmesh_task_id_t id = tmesh_store_fixture_put_task(self, 3);
        if (write(to_parent, id.bytes, sizeof id.bytes) != sizeof id.bytes) _exit(1);
    }
}

static void kill_one_writer(tmesh_store_fixture_t *self, int round)
{
    tmesh_reader_destroy(&self->reader);
    tmesh_store_destroy(&self->store);
    int pipes[2];
    assert_int_equal(pipe(pipes), 0);
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        close(pipes[0]);
        tmesh_random_destroy(&self->random);
        self->random = tmesh_random_new_seeded((uint64_t)round + 100);
        tmesh_store_fixture_open(self);
        write_until_killed(self, pipes[1]);
    }
    close(pipes[1]);
    static tmesh_task_id_t ids[IDS_MAX];
    size_t count = 0;
    while (count < IDS_MAX && read(pipes[0], ids[count].bytes, 16) == 16) {
        if (++count == (size_t)(COMMITS_AT_LEAST + round)) kill(pid, SIGKILL);
    }
    assert_true(count < IDS_MAX);
    close(pipes[0]);
    int status = 0;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFSIGNALED(status));

    tmesh_store_fixture_open(self);
    tmesh_wants_t wants = {.task_ids = ids, .task_count = count, .with_all_steps = true};
    tmesh_work_t *work = tmesh_store_fixture_begin(self, &wants);
    assert_int_equal(work->task_count, count);
    assert_int_equal(work->step_count, count * 3);
    tmesh_work_check(work);
    tmesh_store_abandon(self->store, &work);
}

static void keeps_every_acknowledged_commit_when_killed(void **state)
{
    for (int round = 0; round < ROUNDS; round++) kill_one_writer(*state, round);
}

static bool is_there(tmesh_store_fixture_t *self, tmesh_task_id_t id)
{
    tmesh_work_t *work = tmesh_store_fixture_load_task(self, id);
    bool found = work->task_count == 1;
    tmesh_store_abandon(self->store, &work);
    return found;
}

static tmesh_err_t try_task(tmesh_store_fixture_t *self, tmesh_task_id_t *id)
{
    tmesh_work_t *work = tmesh_store_fixture_begin(self, &(tmesh_wants_t){0});
    *id = tmesh_store_fixture_add_task(self, work, 2, NULL)->row.id;
    tmesh_err_t err = tmesh_store_commit(self->store, work);
    tmesh_work_destroy(&work);
    return err;
}

static void check_usable_without(tmesh_store_fixture_t *self, tmesh_task_id_t before,
                                 tmesh_task_id_t lost)
{
    assert_true(is_there(self, before));
    assert_false(is_there(self, lost));
    tmesh_task_id_t after = tmesh_store_fixture_put_task(self, 1);
    tmesh_task_view_t view = {0};
    assert_int_equal(tmesh_reader_task(self->reader, after, true, self->arena, &view), TMESH_OK);
    tmesh_store_fixture_reopen(self);
    assert_true(is_there(self, before));
    assert_false(is_there(self, lost));
    assert_true(is_there(self, after));
}

static void finds_out_after_a_failed_sync(void **state)
{
    tmesh_store_fixture_t *self = *state;
    tmesh_task_id_t before = tmesh_store_fixture_put_task(self, 1);
    tmesh_failing_vfs_fail_syncs(1);
    tmesh_task_id_t lost;
    tmesh_store_stats_t stats = tmesh_store_stats(self->store);
    assert_int_equal(try_task(self, &lost), TMESH_ERR_IO);
    assert_int_equal(tmesh_store_stats(self->store).commits, stats.commits);
    assert_int_equal(tmesh_store_stats(self->store).rollbacks, stats.rollbacks + 1);
    // The log is empty: no recovery of it can bring the lost one back.
    tmesh_auto_free char *log = tmesh_printf("%s-wal", (char *)self->place);
    struct stat info;
    assert_true(stat(log, &info) != 0 || info.st_size == 0);
    check_usable_without(self, before, lost);
}

static void finds_out_without_a_reader_too(void **state)
{
    tmesh_store_fixture_t *self = *state;
    tmesh_task_id_t before = tmesh_store_fixture_put_task(self, 1);
    tmesh_reader_destroy(&self->reader);
    tmesh_failing_vfs_fail_syncs(1);
    tmesh_task_id_t lost;
    tmesh_err_t err = try_task(self, &lost);
    assert_true(err == TMESH_OK || err == TMESH_ERR_IO);
    assert_int_equal(is_there(self, lost), err == TMESH_OK); // either, but the truth
    assert_true(is_there(self, before));
    tmesh_store_fixture_reopen(self);
    assert_int_equal(is_there(self, lost), err == TMESH_OK);
}

static void stops_when_it_can_not_find_out(void **state)
{
    tmesh_store_fixture_t *self = *state;
    tmesh_task_id_t before = tmesh_store_fixture_put_task(self, 1);
    tmesh_failing_vfs_fail_syncs(1000);
    tmesh_task_id_t lost;
    assert_int_equal(try_task(self, &lost), TMESH_ERR_FATAL);
    tmesh_failing_vfs_fail_syncs(0);
    // Whoever repeats it now may do it twice: this life is over, although the disk works again.
    tmesh_work_t *work = NULL;
    assert_int_equal(tmesh_store_begin(self->store, &(tmesh_wants_t){0}, &work), TMESH_ERR_FATAL);
    assert_int_equal(tmesh_store_ping(self->store), TMESH_ERR_FATAL);
    tmesh_store_fixture_reopen(self); // a new life
    assert_true(is_there(self, before));
    tmesh_store_fixture_put_task(self, 1);
}

// Asked of a connection that sees what is committed.
static bool asked(tmesh_store_fixture_t *self, const tmesh_work_t *work)
{
    _Atomic uint64_t executed = 0;
    tmesh_sqlite_settings_t settings = {.path = self->place, .executed = &executed};
    tmesh_auto(tmesh_fault) fault = NULL;
    tmesh_auto(tmesh_sqlite_connection) connection = NULL;
    assert_int_equal(tmesh_sqlite_connection_open_reader(&connection, &settings, &fault),
                     TMESH_OK);
    bool is_committed = false;
    assert_int_equal(tmesh_sqlite_witness_of_work(connection, work, &is_committed), TMESH_OK);
    return is_committed;
}

static void tells_a_committed_work_from_another(void **state)
{
    tmesh_store_fixture_t *self = *state;
    tmesh_task_id_t id = tmesh_store_fixture_put_task(self, 2);
    tmesh_work_t *work = tmesh_store_fixture_load_task(self, id);
    tmesh_store_fixture_enqueue(work, work->steps[0], 0); // by its passage
    assert_false(asked(self, work));
    assert_int_equal(tmesh_store_commit(self->store, work), TMESH_OK);
    assert_true(asked(self, work));
    tmesh_work_destroy(&work);

    work = tmesh_store_fixture_load_task(self, id);
    tmesh_store_fixture_claim(self, work, work->steps[0]); // by its token
    assert_false(asked(self, work));
    assert_int_equal(tmesh_store_commit(self->store, work), TMESH_OK);
    assert_true(asked(self, work));
    tmesh_work_destroy(&work);

    // A claim that is handed out again keeps its token, and proves nothing.
    tmesh_task_id_t other = tmesh_store_fixture_put_task(self, 1);
    work = tmesh_store_fixture_load_task(self, other);
    tmesh_store_fixture_enqueue(work, work->steps[0], 0);
    tmesh_store_fixture_commit(self, &work);
    tmesh_task_id_t both[] = {id, other};
    tmesh_wants_t wants = {.task_ids = both, .task_count = 2, .with_all_steps = true};
    work = tmesh_store_fixture_begin(self, &wants);
    tmesh_work_add_claim(work, tmesh_work_find_step(work, tmesh_step_id_of(id, 1)),
                         TMESH_CREDIT_NONE);
    tmesh_store_fixture_claim(self, work, tmesh_work_find_step(work, tmesh_step_id_of(other, 1)));
    assert_false(asked(self, work));
    assert_int_equal(tmesh_store_commit(self->store, work), TMESH_OK);
    assert_true(asked(self, work));
    tmesh_work_destroy(&work);
}

static void goes_on_after_a_full_disk(void **state)
{
    tmesh_store_fixture_t *self = *state;
    tmesh_task_id_t before = tmesh_store_fixture_put_task(self, 1);
    tmesh_task_id_t lost;
    for (int writes = 1; writes <= 3; writes++) {
        tmesh_failing_vfs_fail_writes(writes);
        assert_int_equal(try_task(self, &lost), TMESH_ERR_IO);
        tmesh_failing_vfs_fail_writes(0);
    }
    check_usable_without(self, before, lost);
}

int main(void)
{
    const tmesh_store_factory_t *file = &tmesh_store_sqlite_file;
    tmesh_failing_vfs_install();
    const struct CMUnitTest tests[] = {
        STORE_TEST(keeps_every_acknowledged_commit_when_killed, file),
        STORE_TEST(finds_out_after_a_failed_sync, file),
        STORE_TEST(finds_out_without_a_reader_too, file),
        STORE_TEST(stops_when_it_can_not_find_out, file),
        STORE_TEST(tells_a_committed_work_from_another, file),
        STORE_TEST(goes_on_after_a_full_disk, file),
    };
    return cmocka_run_group_tests_name("sqlite_crash", tests, NULL, NULL);
}
