// The suite of all stores, on a file and in memory; then what is SQLite's own.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <pthread.h>
#include <sqlite3.h>

#include "runtime/base/memory.h"
#include "services/store/sqlite/schema.h"
#include "services/store/sqlite/schema_texts.h"
#include "tests/support/store_sqlite_place.h"
#include "tests/support/store_suite.h"

static tmesh_err_t open_and_say(tmesh_store_fixture_t *self, tmesh_fault_t **fault_p)
{
    tmesh_store_t *store = NULL;
    tmesh_store_sqlite_config_t config = {.path = self->place, .clock = self->clock};
    tmesh_err_t err = tmesh_store_sqlite_open(&store, &config, fault_p);
    assert_null(store);
    return err;
}

static void close_store(tmesh_store_fixture_t *self)
{
    tmesh_reader_destroy(&self->reader);
    tmesh_store_destroy(&self->store);
}

static void run_sql(const char *path, const char *text)
{
    sqlite3 *db = NULL;
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, text, NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(db);
}

static void refuses_a_second_owner_and_names_the_first(void **state)
{
    tmesh_store_fixture_t *self = *state;
    tmesh_auto(tmesh_fault) fault = NULL;
    assert_int_equal(open_and_say(self, &fault), TMESH_ERR_BUSY);
    assert_string_equal(fault->code, "store_locked");
    char pid[32];
    snprintf(pid, sizeof pid, "pid %ld", (long)getpid());
    assert_non_null(strstr(fault->message, pid));
    tmesh_store_fixture_put_task(self, 1); // the first is not disturbed
}

static void refuses_a_newer_schema(void **state)
{
    tmesh_store_fixture_t *self = *state;
    close_store(self);
    char text[64];
    snprintf(text, sizeof text, "PRAGMA user_version = %d", tmesh_schema_version() + 1);
    run_sql(self->place, text);
    tmesh_auto(tmesh_fault) fault = NULL;
    assert_int_equal(open_and_say(self, &fault), TMESH_ERR_UNSUPPORTED);
    assert_string_equal(fault->code, "store_too_new");
    snprintf(text, sizeof text, "schema version %d", tmesh_schema_version() + 1);
    assert_non_null(strstr(fault->message, text));
    snprintf(text, sizeof text, "up to %d", tmesh_schema_version());
    assert_non_null(strstr(fault->message, text));
}

// A file as the first version left it, with a task in it.
static void migrates_a_file_of_version_1(void **state)
{
    tmesh_store_fixture_t *self = *state;
    close_store(self);
    remove(self->place);
    run_sql(self->place, tmesh_schema_texts[0]);
    char text[512];
    snprintf(text, sizeof text,
             "PRAGMA application_id = %d; PRAGMA user_version = 1;"
             "INSERT INTO definitions VALUES (1, 'shop', 'order', '1', x'00', 1, NULL, 5, '{}');"
             "INSERT INTO task_requests (task_id) VALUES (x'0102030405060708090a0b0c0d0e0000');"
             "INSERT INTO tasks VALUES (x'0102030405060708090a0b0c0d0e0000', 1, 4, 7, 1, 0, 0, 1,"
             " 0, 0, 6, NULL, 5, 6, 0)",
             TMESH_SCHEMA_APPLICATION_ID);
    run_sql(self->place, text);
    tmesh_store_sqlite_config_t config = {.path = self->place, .clock = self->clock};
    tmesh_auto(tmesh_fault) fault = NULL;
    assert_int_equal(tmesh_store_sqlite_open(&self->store, &config, &fault), TMESH_OK);
    assert_int_equal(tmesh_store_sqlite_open_reader(self->store, &self->reader), TMESH_OK);
    tmesh_task_id_t id = {{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14}};
    tmesh_wants_t wants = {.task_ids = &id, .task_count = 1};
    tmesh_work_t *work = tmesh_store_fixture_begin(self, &wants);
    tmesh_work_task_t *task = tmesh_work_find_task(work, id);
    assert_int_equal(task->row.priority, 7);
    assert_int_equal(task->row.paused_ms, 0);
    task->row.paused_ms = 9;
    task->is_changed = true;
    tmesh_store_fixture_commit(self, &work);
    tmesh_task_view_t view;
    assert_int_equal(tmesh_reader_task(self->reader, id, false, self->arena, &view), TMESH_OK);
    assert_int_equal(view.row.paused_ms, 9);
    assert_int_equal(view.row.last_number, 6);
}

static void refuses_the_file_of_another_program(void **state)
{
    tmesh_store_fixture_t *self = *state;
    close_store(self);
    remove(self->place);
    run_sql(self->place, "CREATE TABLE mine (a)");
    tmesh_auto(tmesh_fault) fault = NULL;
    assert_int_equal(open_and_say(self, &fault), TMESH_ERR_CORRUPT);
    assert_string_equal(fault->code, "store_corrupt");
    run_sql(self->place, "INSERT INTO mine VALUES (1); PRAGMA journal_mode = DELETE");
}

static void refuses_what_is_no_database(void **state)
{
    tmesh_store_fixture_t *self = *state;
    close_store(self);
    FILE *file = fopen(self->place, "w");
    assert_non_null(file);
    for (int i = 0; i < 1000; i++) fputs("no database ", file);
    fclose(file);
    tmesh_auto(tmesh_fault) fault = NULL;
    assert_int_equal(open_and_say(self, &fault), TMESH_ERR_CORRUPT);
    assert_string_equal(fault->code, "store_corrupt");
}

static void says_why_a_folder_is_missing(void **state)
{
    (void)state;
    tmesh_clock_t *clock = tmesh_clock_new_fake(1);
    tmesh_store_sqlite_config_t config = {.path = "/nowhere/at/all.db", .clock = clock};
    tmesh_store_t *store = NULL;
    tmesh_auto(tmesh_fault) fault = NULL;
    assert_int_equal(tmesh_store_sqlite_open(&store, &config, &fault), TMESH_ERR_IO);
    assert_string_equal(fault->code, "store_unreadable");
    tmesh_clock_destroy(&clock);
}

static void finds_values_that_do_not_fit(void **state)
{
    tmesh_store_fixture_t *self = *state;
    tmesh_task_id_t id = tmesh_store_fixture_put_task(self, 1);
    static const char *const spoils[] = {
        "UPDATE steps SET state = 99", "UPDATE steps SET state = 1, claimed = 2",
        "UPDATE steps SET claimed = 0, due_for = 6", "UPDATE steps SET due_for = 0, run = -1",
        "UPDATE steps SET run = 0, token = x'00'", "UPDATE steps SET token = NULL, queue_id = -5",
        "UPDATE steps SET queue_id = 5; UPDATE tasks SET steps_total = 4294967296",
    };
    for (size_t i = 0; i < TMESH_COUNT_OF(spoils); i++) {
        close_store(self);
        run_sql(self->place, spoils[i]);
        tmesh_store_fixture_open(self);
        tmesh_wants_t wants = {.task_ids = &id, .task_count = 1, .with_all_steps = true};
        tmesh_work_t *work = NULL;
        assert_int_equal(tmesh_store_begin(self->store, &wants, &work), TMESH_ERR_CORRUPT);
        assert_null(work);
    }
    assert_int_equal(tmesh_store_ping(self->store), TMESH_OK); // the writer is free again
}

// The overviews write the words out: they must be those of the enums.
// A damaged row that is due keeps no other waiting: it is put off.
static void puts_off_what_it_can_not_read(void **state)
{
    tmesh_store_fixture_t *self = *state;
    tmesh_store_fixture_put_task(self, 1);
    tmesh_store_fixture_put_task(self, 1);
    close_store(self);
    run_sql(self->place, "UPDATE steps SET due_ms = 5, due_for = 1;"
                         "UPDATE steps SET state = 99 WHERE step_id = (SELECT min(step_id) FROM steps)");
    tmesh_store_fixture_open(self);
    tmesh_wants_t wants = {.due_until_ms = FIXTURE_START_MS, .due_limit = 10};
    tmesh_work_t *work = tmesh_store_fixture_begin(self, &wants);
    assert_int_equal(work->unreadable_count, 1);
    assert_int_equal(work->step_count, 1);
    tmesh_store_fixture_commit(self, &work);
    work = tmesh_store_fixture_begin(self, &wants);
    assert_int_equal(work->unreadable_count, 0);
    assert_int_equal(work->step_count, 1);
    tmesh_store_abandon(self->store, &work);
}

static void names_states_in_the_overviews(void **state)
{
    tmesh_store_fixture_t *self = *state;
    tmesh_store_fixture_put_task(self, 1);
    close_store(self);
    sqlite3 *db = NULL;
    assert_int_equal(sqlite3_open(self->place, &db), SQLITE_OK);
    for (int i = 1; i < TMESH_TASK_STATE_COUNT; i++) {
        const char *word = tmesh_task_state_word((tmesh_task_state_t)i);
        tmesh_store_sqlite_place_expect(db, "UPDATE tasks SET state = %d",
                                        "SELECT state FROM task_overview", i, word);
    }
    for (int i = 1; i < TMESH_STEP_STATE_COUNT; i++) {
        const char *word = tmesh_step_state_word((tmesh_step_state_t)i);
        tmesh_store_sqlite_place_expect(db, "UPDATE steps SET state = %d",
                                        "SELECT state FROM step_overview", i, word);
    }
    sqlite3_close(db);
}

enum { WRITERS = 4, WORKS = 25 };

typedef struct {
    tmesh_store_t *store;
    tmesh_task_id_t id;
} visitor_t;

static void *raise_priority(void *argument)
{
    visitor_t *self = argument;
    tmesh_wants_t wants = {.task_ids = &self->id, .task_count = 1};
    for (int i = 0; i < WORKS; i++) {
        tmesh_auto(tmesh_work) work = NULL;
        if (tmesh_store_begin(self->store, &wants, &work)) return NULL;
        work->tasks[0]->row.priority++;
        work->tasks[0]->is_changed = true;
        if (tmesh_store_commit(self->store, work)) return NULL;
    }
    return self;
}

// No work decides on facts that another one is changing, and nobody who reads sees half a work.
static void gives_each_thread_its_turn(void **state)
{
    tmesh_store_fixture_t *self = *state;
    visitor_t visitor = {self->store, tmesh_store_fixture_put_task(self, 1)};
    pthread_t threads[WRITERS];
    for (int i = 0; i < WRITERS; i++) {
        assert_int_equal(pthread_create(&threads[i], NULL, raise_priority, &visitor), 0);
    }
    tmesh_task_view_t view = {0};
    int32_t seen = 0;
    while (seen < WRITERS * WORKS) { // every writer's last work is seen in the end
        assert_int_equal(tmesh_reader_task(self->reader, visitor.id, true, self->arena, &view),
                         TMESH_OK);
        assert_true(view.row.priority >= seen);
        seen = view.row.priority;
    }
    for (int i = 0; i < WRITERS; i++) {
        void *done = NULL;
        pthread_join(threads[i], &done);
        assert_ptr_equal(done, &visitor);
    }
    assert_int_equal(seen, WRITERS * WORKS);
}

static void warns_of_an_old_sqlite_only(void **state)
{
    (void)state;
    assert_int_equal(tmesh_store_sqlite_warning() != NULL,
                     sqlite3_libversion_number() < 3051003);
}

int main(void)
{
    const tmesh_store_factory_t *file = &tmesh_store_sqlite_file;
    const struct CMUnitTest tests[] = {
        STORE_TEST(refuses_a_second_owner_and_names_the_first, file),
        STORE_TEST(refuses_a_newer_schema, file),
        STORE_TEST(migrates_a_file_of_version_1, file),
        STORE_TEST(refuses_the_file_of_another_program, file),
        STORE_TEST(refuses_what_is_no_database, file),
        cmocka_unit_test(says_why_a_folder_is_missing),
        STORE_TEST(finds_values_that_do_not_fit, file),
        STORE_TEST(puts_off_what_it_can_not_read, file),
        STORE_TEST(names_states_in_the_overviews, file),
        STORE_TEST(gives_each_thread_its_turn, file),
        STORE_TEST(gives_each_thread_its_turn, &tmesh_store_sqlite_memory),
        cmocka_unit_test(warns_of_an_old_sqlite_only),
    };
    return tmesh_store_suite_run(file) + tmesh_store_suite_run(&tmesh_store_sqlite_memory) +
           cmocka_run_group_tests_name("sqlite", tests, NULL, NULL);
}
