// The suite of all stores, on a PostgreSQL of its own; then what is PostgreSQL's own.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <pthread.h>

#include "runtime/base/memory.h"
#include "services/store/postgres/schema.h"
#include "tests/support/store_postgres_place.h"
#include "tests/support/store_suite.h"

static tmesh_err_t open_and_say(const char *url, tmesh_fault_t **fault_p)
{
    tmesh_store_t *store = NULL;
    tmesh_store_postgres_config_t config = {.url = url, .reconnect_ms = 1};
    tmesh_err_t err = tmesh_store_postgres_open(&store, &config, fault_p);
    assert_null(store);
    return err;
}

static void refuses_a_newer_schema(void **state)
{
    tmesh_store_fixture_t *self = *state;
    char text[96];
    snprintf(text, sizeof text, "INSERT INTO taskmesh.schema_version VALUES (%d)",
             tmesh_postgres_schema_version() + 1);
    tmesh_store_postgres_place_run(self->place, text);
    tmesh_auto(tmesh_fault) fault = NULL;
    assert_int_equal(open_and_say(self->place, &fault), TMESH_ERR_UNSUPPORTED);
    assert_string_equal(fault->code, "store_too_new");
    snprintf(text, sizeof text, "schema version %d", tmesh_postgres_schema_version() + 1);
    assert_non_null(strstr(fault->message, text));
}

static void refuses_the_schema_of_another_program(void **state)
{
    tmesh_store_fixture_t *self = *state;
    tmesh_store_postgres_place_run(self->place, "DROP TABLE taskmesh.schema_version");
    tmesh_auto(tmesh_fault) fault = NULL;
    assert_int_equal(open_and_say(self->place, &fault), TMESH_ERR_CORRUPT);
    assert_string_equal(fault->code, "store_corrupt");
}

static void says_where_no_server_is_but_no_password(void **state)
{
    (void)state;
    const char *url = "postgresql://ann:secret@/books?host=/nowhere/at/all";
    tmesh_auto(tmesh_fault) fault = NULL;
    assert_int_equal(open_and_say(url, &fault), TMESH_ERR_CONNECTION);
    assert_string_equal(fault->code, "store_unreachable");
    assert_string_equal(fault->where, "postgresql");
    assert_non_null(strstr(fault->message, "/nowhere/at/all"));
    assert_null(strstr(fault->message, "secret"));
}

// Two programs that start at once: one makes the tables, the other finds them.
static void *open_once(void *url)
{
    tmesh_store_t *store = NULL;
    tmesh_store_postgres_config_t config = {.url = url};
    tmesh_auto(tmesh_fault) fault = NULL;
    if (tmesh_store_postgres_open(&store, &config, &fault)) return fault ? NULL : url;
    tmesh_store_destroy(&store);
    return url;
}

static void makes_its_tables_once(void **state)
{
    (void)state;
    void *place = tmesh_store_postgres_database.new_place();
    pthread_t threads[3];
    for (size_t i = 0; i < TMESH_COUNT_OF(threads); i++) {
        assert_int_equal(pthread_create(&threads[i], NULL, open_once, place), 0);
    }
    for (size_t i = 0; i < TMESH_COUNT_OF(threads); i++) {
        void *opened = NULL;
        pthread_join(threads[i], &opened);
        assert_ptr_equal(opened, place);
    }
    tmesh_store_postgres_database.destroy_place(place);
}

static void finds_values_that_do_not_fit(void **state)
{
    tmesh_store_fixture_t *self = *state;
    tmesh_task_id_t id = tmesh_store_fixture_put_task(self, 1);
    static const char *const spoils[] = {
        "UPDATE taskmesh.steps SET state = 99", "UPDATE taskmesh.steps SET state = 1, due_for = 6",
        "UPDATE taskmesh.steps SET due_for = 0, run = -1",
        "UPDATE taskmesh.steps SET run = 0, queue_id = -5",
        ("UPDATE taskmesh.steps SET queue_id = 5; "
         "UPDATE taskmesh.tasks SET steps_total = 4294967296"),
    };
    for (size_t i = 0; i < TMESH_COUNT_OF(spoils); i++) {
        tmesh_store_postgres_place_run(self->place, spoils[i]);
        tmesh_wants_t wants = {.task_ids = &id, .task_count = 1, .with_all_steps = true};
        tmesh_work_t *work = NULL;
        assert_int_equal(tmesh_store_begin(self->store, &wants, &work), TMESH_ERR_CORRUPT);
        assert_null(work);
    }
    assert_int_equal(tmesh_store_ping(self->store), TMESH_OK);
}

static void puts_off_what_it_can_not_read(void **state)
{
    tmesh_store_fixture_t *self = *state;
    tmesh_store_fixture_put_task(self, 1);
    tmesh_store_fixture_put_task(self, 1);
    tmesh_store_postgres_place_run(
        self->place, "UPDATE taskmesh.steps SET due_ms = 5, due_for = 1; "
                     "UPDATE taskmesh.steps SET state = 99 WHERE step_id = "
                     "(SELECT step_id FROM taskmesh.steps ORDER BY step_id LIMIT 1)");
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

static void refuses_to_change_a_row_that_is_not_there(void **state)
{
    tmesh_store_fixture_t *self = *state;
    tmesh_task_id_t id = tmesh_store_fixture_put_task(self, 1);
    tmesh_work_t *work = tmesh_store_fixture_load_task(self, id);
    tmesh_store_fixture_enqueue(work, work->steps[0], 0);
    work->steps[0]->row.id = tmesh_step_id_of(id, 7);
    assert_int_equal(tmesh_store_commit(self->store, work), TMESH_ERR_CORRUPT);
    tmesh_work_destroy(&work);
    work = tmesh_store_fixture_load_task(self, id);
    assert_int_equal(work->steps[0]->row.state, TMESH_STEP_PENDING);
    tmesh_store_abandon(self->store, &work);
}

static void expect_word(const char *url, const char *table, const char *view, int state,
                        const char *word)
{
    tmesh_auto_free char *update = tmesh_printf("UPDATE taskmesh.%s SET state = %d", table, state);
    tmesh_auto_free char *query = tmesh_printf("SELECT state FROM taskmesh.%s", view);
    tmesh_store_postgres_place_run(url, update);
    tmesh_auto_free char *found = tmesh_store_postgres_place_query(url, query);
    assert_string_equal(found, word);
}

// The overviews write the words out: they must be those of the enums.
static void names_states_in_the_overviews(void **state)
{
    tmesh_store_fixture_t *self = *state;
    tmesh_store_fixture_put_task(self, 1);
    for (int i = 1; i < TMESH_TASK_STATE_COUNT; i++) {
        expect_word(self->place, "tasks", "task_overview", i,
                    tmesh_task_state_word((tmesh_task_state_t)i));
    }
    for (int i = 1; i < TMESH_STEP_STATE_COUNT; i++) {
        expect_word(self->place, "steps", "step_overview", i,
                    tmesh_step_state_word((tmesh_step_state_t)i));
    }
}

static void keeps_times_by_the_database(void **state)
{
    tmesh_store_fixture_t *self = *state;
    tmesh_store_postgres_config_t config = {.url = self->place};
    tmesh_store_t *store = NULL;
    tmesh_auto(tmesh_fault) fault = NULL;
    assert_int_equal(tmesh_store_postgres_open(&store, &config, &fault), TMESH_OK);
    tmesh_auto_free char *before = tmesh_store_postgres_place_query(
        self->place, "SELECT floor(extract(epoch FROM clock_timestamp()) * 1000)::int8");
    tmesh_work_t *work = NULL;
    assert_int_equal(tmesh_store_begin(store, &(tmesh_wants_t){0}, &work), TMESH_OK);
    assert_true(work->now_ms >= strtoll(before, NULL, 10));
    tmesh_store_abandon(store, &work);
    tmesh_store_destroy(&store);
}

static void names_pg_dump_for_backups(void **state)
{
    tmesh_store_fixture_t *self = *state;
    tmesh_backup_t *backup = NULL;
    tmesh_auto(tmesh_fault) fault = NULL;
    assert_int_equal(tmesh_store_open_backup(self->store, "/tmp/x", false, &backup, &fault),
                     TMESH_ERR_INVALID);
    assert_string_equal(fault->code, "backup_unsupported");
    assert_non_null(strstr(fault->message, "pg_dump"));
}

enum { WRITERS = 4, WORKS = 25 };

typedef struct {
    tmesh_store_t *store;
    tmesh_task_id_t ids[2]; // in both orders: locks are taken in that of the ids
} visitor_t;

static void *raise_priority(void *argument)
{
    visitor_t *self = argument;
    tmesh_wants_t wants = {.task_ids = self->ids, .task_count = 2};
    for (int i = 0; i < WORKS; i++) {
        tmesh_auto(tmesh_work) work = NULL;
        if (tmesh_store_begin(self->store, &wants, &work)) return NULL;
        for (uint32_t k = 0; k < work->task_count; k++) {
            work->tasks[k]->row.priority++;
            work->tasks[k]->is_changed = true;
        }
        if (tmesh_store_commit(self->store, work)) return NULL;
    }
    return self;
}

// No work decides on facts that another one is changing, and no two wait for each other.
static void works_of_threads_stand_behind_each_other(void **state)
{
    tmesh_store_fixture_t *self = *state;
    visitor_t forth = {self->store, {tmesh_store_fixture_put_task(self, 1),
                                     tmesh_store_fixture_put_task(self, 1)}};
    visitor_t back = {self->store, {forth.ids[1], forth.ids[0]}};
    pthread_t threads[WRITERS];
    for (int i = 0; i < WRITERS; i++) {
        assert_int_equal(pthread_create(&threads[i], NULL, raise_priority, i % 2 ? &back : &forth),
                         0);
    }
    for (int i = 0; i < WRITERS; i++) {
        void *done = NULL;
        pthread_join(threads[i], &done);
        assert_non_null(done);
    }
    tmesh_task_view_t view = {0};
    for (int i = 0; i < 2; i++) {
        assert_int_equal(tmesh_reader_task(self->reader, forth.ids[i], true, self->arena, &view),
                         TMESH_OK);
        assert_int_equal(view.row.priority, WRITERS * WORKS);
    }
}

// A work of one thread keeps none of another task waiting.
static void *create_beside(void *argument)
{
    tmesh_store_fixture_put_task(argument, 2);
    return argument;
}

static void works_of_threads_run_beside_each_other(void **state)
{
    tmesh_store_fixture_t *self = *state;
    tmesh_task_id_t id = tmesh_store_fixture_put_task(self, 1);
    tmesh_work_t *work = tmesh_store_fixture_load_task(self, id);
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, create_beside, self), 0);
    pthread_join(thread, NULL);
    tmesh_store_fixture_enqueue(work, work->steps[0], 0);
    tmesh_store_fixture_commit(self, &work);
}

int main(void)
{
    const tmesh_store_factory_t *database = &tmesh_store_postgres_database;
    const struct CMUnitTest tests[] = {
        STORE_TEST(refuses_a_newer_schema, database),
        STORE_TEST(refuses_the_schema_of_another_program, database),
        cmocka_unit_test(says_where_no_server_is_but_no_password),
        cmocka_unit_test(makes_its_tables_once),
        STORE_TEST(finds_values_that_do_not_fit, database),
        STORE_TEST(puts_off_what_it_can_not_read, database),
        STORE_TEST(refuses_to_change_a_row_that_is_not_there, database),
        STORE_TEST(names_states_in_the_overviews, database),
        STORE_TEST(keeps_times_by_the_database, database),
        STORE_TEST(names_pg_dump_for_backups, database),
        STORE_TEST(works_of_threads_stand_behind_each_other, database),
        STORE_TEST(works_of_threads_run_beside_each_other, database),
    };
    return tmesh_store_suite_run(database) +
           cmocka_run_group_tests_name("postgres", tests, NULL, NULL);
}
