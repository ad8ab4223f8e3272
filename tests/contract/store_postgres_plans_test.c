// How statements find their rows, whatever the server knows about its tables: nothing, what is true, or what
// was true when they were nearly empty. Each way leads through an index, by a key or from its front.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <libpq-fe.h>

#include "runtime/base/memory.h"
#include "services/store/postgres/dial.h"
#include "services/store/postgres/statements.h"
#include "tests/support/postgres_plans.h"
#include "tests/support/store_postgres_place.h"
#include "tests/support/store_suite.h"

enum { COPIES = 1000 };

// ---- Many tasks that wait -----------------------------------------------------------------------

// One with a step that nobody has claimed, and one with a step that runs and one that is done.
static void put_models(tmesh_store_fixture_t *self)
{
    tmesh_work_t *work = tmesh_store_fixture_begin(self, &(tmesh_wants_t){0});
    for (int i = 0; i < 2; i++) {
        tmesh_request_row_t *request = tmesh_arena_alloc(work->arena, sizeof *request);
        request->context = tmesh_bytes_of_text("{}");
        request->has_identity = true;
        request->identity.bytes[0] = (uint8_t)i;
        tmesh_work_task_t *task = tmesh_store_fixture_add_task(self, work, 4, request);
        tmesh_work_step_t *step = tmesh_store_fixture_step_of(work, task, 1);
        tmesh_store_fixture_enqueue(work, step, FIXTURE_START_MS);
        step->row.due_ms = FIXTURE_START_MS;
        step->row.due_for = TMESH_STEP_DUE_UNCLAIMED;
        if (i == 0) continue;
        tmesh_store_fixture_claim(self, work, step);
        tmesh_store_fixture_succeed(work, step, "{}");
        step = tmesh_store_fixture_step_of(work, task, 2);
        tmesh_store_fixture_enqueue(work, step, FIXTURE_START_MS);
    }
    tmesh_store_fixture_commit(self, &work);
}

static void multiply(tmesh_store_fixture_t *self)
{
    FILE *file = fopen(TMESH_SOURCE_DIR "/tests/support/multiply_tasks.sql", "r");
    assert_non_null(file);
    char text[8192] = "";
    size_t size = fread(text, 1, sizeof text - 1, file);
    assert_in_range(size, 1, sizeof text - 2);
    fclose(file);
    tmesh_auto_free char *sql = tmesh_printf("SET test.copies = %d; %s", COPIES, text);
    tmesh_store_postgres_place_run(self->place, sql);
}

// ---- Plans --------------------------------------------------------------------------------------

typedef struct {
    PGconn *connection;
    const char *url; // lent
} planner_t;

static planner_t planner_new(tmesh_store_fixture_t *self, bool is_reader)
{
    tmesh_postgres_settings_t settings = {
        .url = self->place, .name = "plans", .statement_timeout_ms = 10000, .silence_ms = 20000,
        .node_id = "01a20234-05e6-7653-a5ba-9506a967df7b", .is_reader = is_reader};
    planner_t planner = {.url = self->place};
    tmesh_auto(tmesh_fault) fault = NULL;
    assert_int_equal(tmesh_postgres_dial(&planner.connection, &settings, &fault), TMESH_OK);
    return planner;
}

static void prepare(const planner_t *planner, int statement)
{
    tmesh_auto_free char *name = tmesh_printf("plan%d", statement);
    PGresult *prepared = PQprepare(planner->connection, name,
                                   tmesh_postgres_statement_text(statement), 0, NULL);
    assert_int_equal(PQresultStatus(prepared), PGRES_COMMAND_OK);
    PQclear(prepared);
}

// A plan for all values, as the connections that write make it once: these are not looked at.
static PGresult *explain(const planner_t *planner, int statement)
{
    tmesh_auto_free char *name = tmesh_printf("plan%d", statement);
    PGresult *description = PQdescribePrepared(planner->connection, name);
    tmesh_auto(tmesh_buffer) text = tmesh_buffer_new();
    tmesh_buffer_printf(text, "EXPLAIN EXECUTE %s", name);
    for (int i = 0; i < PQnparams(description); i++) {
        tmesh_buffer_add_text(text, i == 0 ? " (NULL" : ", NULL");
    }
    if (PQnparams(description) > 0) tmesh_buffer_add_text(text, ")");
    PQclear(description);
    PGresult *plan = PQexec(planner->connection, tmesh_buffer_text(text));
    assert_int_equal(PQresultStatus(plan), PGRES_TUPLES_OK);
    return plan;
}

static bool is_of_writers(int statement)
{
    return tmesh_postgres_texts_of_loading[statement] ||
           tmesh_postgres_texts_of_saving[statement] ||
           tmesh_postgres_texts_of_nodes[statement] || statement == TMESH_STATEMENT_NEXT_DUE;
}

static void judge_writers(const planner_t *planner, const char *when)
{
    int faults = 0;
    for (int i = 0; i < TMESH_STATEMENT_COUNT; i++) {
        if (!is_of_writers(i)) continue;
        PGresult *plan = explain(planner, i);
        faults += tmesh_postgres_plan_judge(planner->url, plan, when,
                                            tmesh_postgres_statement_text(i));
        PQclear(plan);
    }
    assert_int_equal(faults, 0);
}

// As the store's connections have them: prepared when they are opened.
static planner_t new_writer(tmesh_store_fixture_t *self)
{
    planner_t planner = planner_new(self, false);
    for (int i = 0; i < TMESH_STATEMENT_COUNT; i++) {
        if (is_of_writers(i)) prepare(&planner, i);
    }
    return planner;
}

static void judge_new_writer(tmesh_store_fixture_t *self, const char *when)
{
    planner_t planner = new_writer(self);
    judge_writers(&planner, when);
    PQfinish(planner.connection);
}

// ---- Readers ------------------------------------------------------------------------------------

// What clients ask for by an id, with the id of a real task: their plans are made for values.
static void judge_readers(tmesh_store_fixture_t *self, const char *when)
{
    static const struct {
        int statement;
        const char *values; // %1$s: the task, without the number of the step at its end
    } asked[] = {
        {TMESH_STATEMENT_TASK_VIEW, "'%1$s0000'"},
        {TMESH_STATEMENT_CONTEXT, "'%1$s0000'"},
        {TMESH_STATEMENT_STEPS_OF_TASK, "'%1$s0000', '%1$sffff'"},
        {TMESH_STATEMENT_EDGES_OF_TASK, "'%1$s0000', '%1$sffff'"},
        {TMESH_STATEMENT_RESULTS_OF_TASK, "'%1$s0000', '%1$sffff'"},
        {TMESH_STATEMENT_STARTS_OF_TASK, "'%1$s0000', 'in_progress'"},
        {TMESH_STATEMENT_TRANSITIONS, "'%1$s0000', 0, 100"},
        {TMESH_STATEMENT_BACKLOG, "100"},
    };
    planner_t planner = planner_new(self, true);
    tmesh_auto_free char *id = tmesh_store_postgres_place_query(
        self->place, "SELECT left(task_id::text, 32) FROM taskmesh.tasks "
                     "ORDER BY task_id DESC OFFSET 100 LIMIT 1");
    for (size_t i = 0; i < TMESH_COUNT_OF(asked); i++) {
        prepare(&planner, asked[i].statement);
        tmesh_auto_free char *values = tmesh_printf(asked[i].values, id);
        tmesh_auto_free char *sql =
            tmesh_printf("EXPLAIN EXECUTE plan%d (%s)", asked[i].statement, values);
        PGresult *plan = PQexec(planner.connection, sql);
        assert_int_equal(PQresultStatus(plan), PGRES_TUPLES_OK);
        for (int row = 0; row < PQntuples(plan); row++) {
            const char *line = PQgetvalue(plan, row, 0);
            if (!strstr(line, "Seq Scan on") ||
                tmesh_postgres_plan_is_of_small_table(line)) {
                continue;
            }
            fail_msg("%s, %s: %s", when, line, tmesh_postgres_statement_text(asked[i].statement));
        }
        PQclear(plan);
    }
    PQfinish(planner.connection);
}

// ---- Tests --------------------------------------------------------------------------------------

static void without_statistics(void **state)
{
    tmesh_store_fixture_t *self = *state;
    judge_new_writer(self, "empty, never looked at");
    put_models(self);
    multiply(self);
    judge_new_writer(self, "full, never looked at");
    judge_readers(self, "full, never looked at");
}

static void with_fresh_statistics(void **state)
{
    tmesh_store_fixture_t *self = *state;
    put_models(self);
    multiply(self);
    tmesh_store_postgres_place_run(self->place, "ANALYZE");
    judge_new_writer(self, "full, looked at");
    judge_readers(self, "full, looked at");
}

// Connections that were opened, and statements that were planned, when there was next to nothing.
static void with_statistics_of_nearly_empty_tables(void **state)
{
    tmesh_store_fixture_t *self = *state;
    tmesh_store_postgres_place_run(self->place, "VACUUM");
    tmesh_store_postgres_place_run(self->place, "ANALYZE");
    judge_new_writer(self, "empty, looked at");
    put_models(self);
    tmesh_store_postgres_place_run(self->place, "VACUUM");
    tmesh_store_postgres_place_run(self->place, "ANALYZE");
    planner_t early = new_writer(self);
    judge_writers(&early, "two tasks, looked at");
    multiply(self);
    judge_writers(&early, "planned for two tasks");
    PQfinish(early.connection);
    judge_new_writer(self, "full, looked at when there were two tasks");
    judge_readers(self, "full, looked at when there were two tasks");
}

// What was looked at is gone: all waited unclaimed in one queue then, and nothing was due.
static void with_statistics_of_other_tasks(void **state)
{
    tmesh_store_fixture_t *self = *state;
    put_models(self);
    multiply(self);
    tmesh_store_postgres_place_run(
        self->place, "UPDATE taskmesh.steps SET state = 2, due_ms = NULL, node_id = step_id, "
                     "queue_id = 1, order_key = 1; UPDATE taskmesh.tasks SET due_ms = NULL; "
                     "DELETE FROM taskmesh.edges; DELETE FROM taskmesh.results");
    tmesh_store_postgres_place_run(self->place, "ANALYZE");
    tmesh_store_postgres_place_run(
        self->place, "UPDATE taskmesh.steps SET state = 1, due_ms = 5, node_id = NULL, "
                     "queue_id = 2; UPDATE taskmesh.tasks SET due_ms = 5");
    judge_new_writer(self, "looked at when all was otherwise");
}

static int setup(void **state)
{
    int failed = tmesh_store_suite_setup(state);
    const tmesh_store_fixture_t *self = *state;
    // Nobody else looks at the tables meanwhile.
    tmesh_store_postgres_place_run(
        self->place,
        "DO $$ DECLARE name text; BEGIN FOR name IN SELECT tablename FROM pg_tables "
        "WHERE schemaname = 'taskmesh' LOOP EXECUTE format('ALTER TABLE taskmesh.%I "
        "SET (autovacuum_enabled = off)', name); END LOOP; END $$");
    return failed;
}

#define PLANS_TEST(test)                                                                           \
    cmocka_unit_test_prestate_setup_teardown(test, setup, tmesh_store_suite_teardown,              \
                                             (void *)&tmesh_store_postgres_database)

int main(void)
{
    const struct CMUnitTest tests[] = {
        PLANS_TEST(without_statistics),
        PLANS_TEST(with_fresh_statistics),
        PLANS_TEST(with_statistics_of_nearly_empty_tables),
        PLANS_TEST(with_statistics_of_other_tasks),
    };
    return cmocka_run_group_tests_name("postgres plans", tests, NULL, NULL);
}
