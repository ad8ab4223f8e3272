// Every statement can be prepared, and finds its rows by a key or an index: none walks a table that
// grows, but for those whose reason is given here.
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <sqlite3.h>

#include "services/store/sqlite/schema_texts.h"
#include "services/store/sqlite/statements.h"

static int setup(void **state)
{
    sqlite3 *db = NULL;
    if (sqlite3_open(":memory:", &db) != SQLITE_OK) return 1;
    for (int i = 0; i < tmesh_schema_text_count; i++) {
        if (sqlite3_exec(db, tmesh_schema_texts[i], NULL, NULL, NULL) != SQLITE_OK) return 1;
    }
    *state = db;
    return 0;
}

static int teardown(void **state)
{
    return sqlite3_close(*state);
}

static bool may_walk(int statement, const char *plan)
{
    if (strcmp(plan, "SCAN CONSTANT ROW") == 0) return true;
    // The doctor looks at everything, when somebody asks.
    bool is_doctors = statement >= TMESH_STATEMENT_PROBLEM_TASK_COUNTERS &&
                      statement <= TMESH_STATEMENT_PROBLEM_STEP_OVERDUE;
    if (is_doctors) return true;
    // All tasks, once at the start of a node.
    if (statement == TMESH_STATEMENT_TAKE_OVER) return strcmp(plan, "SCAN t") == 0;
    if (statement == TMESH_STATEMENT_OPEN_TASKS) return strcmp(plan, "SCAN tasks") == 0;
    // The queues that it has found by the index, and what is counted of one, which has a limit.
    if (statement == TMESH_STATEMENT_BACKLOG) {
        return strcmp(plan, "SCAN busy") == 0 || strncmp(plan, "SCAN (subquery", 14) == 0;
    }
    // All pauses, of which there are few.
    if (statement == TMESH_STATEMENT_PAUSES) return strcmp(plan, "SCAN pauses") == 0;
    // All entries, when somebody asks how many there are.
    if (statement == TMESH_STATEMENT_DLQ_STATS) return strcmp(plan, "SCAN dlq") == 0;
    // All tasks, when everything is copied anyway.
    if (statement == TMESH_STATEMENT_COUNT_TASKS) return strcmp(plan, "SCAN tasks") == 0;
    // All templates, of which there are few.
    return statement == TMESH_STATEMENT_CURRENT_DEFINITIONS && strcmp(plan, "SCAN t") == 0;
}

static void finds_rows_by_key_or_index(void **state)
{
    sqlite3 *db = *state;
    for (int i = 0; i < TMESH_STATEMENT_COUNT; i++) {
        const char *text = tmesh_sqlite_statement_text(i);
        char *explain = sqlite3_mprintf("EXPLAIN QUERY PLAN %s", text);
        sqlite3_stmt *plan = NULL;
        bool is_query = strncmp(text, "BEGIN", 5) != 0 && strcmp(text, "COMMIT") != 0 &&
                        strcmp(text, "ROLLBACK") != 0;
        if (is_query) {
            assert_int_equal(sqlite3_prepare_v2(db, explain, -1, &plan, NULL), SQLITE_OK);
            while (sqlite3_step(plan) == SQLITE_ROW) {
                const char *line = (const char *)sqlite3_column_text(plan, 3);
                if (strncmp(line, "SCAN", 4) != 0) continue;
                if (!may_walk(i, line)) fail_msg("%s: %s", line, text);
            }
        }
        sqlite3_finalize(plan);
        sqlite3_free(explain);
    }
}

static const char *plan_of(sqlite3 *db, int statement, sqlite3_stmt **plan)
{
    char *explain = sqlite3_mprintf("EXPLAIN QUERY PLAN %s", tmesh_sqlite_statement_text(statement));
    assert_int_equal(sqlite3_prepare_v2(db, explain, -1, plan, NULL), SQLITE_OK);
    sqlite3_free(explain);
    assert_int_equal(sqlite3_step(*plan), SQLITE_ROW);
    return (const char *)sqlite3_column_text(*plan, 3);
}

static void uses_the_partial_indexes(void **state)
{
    static const struct {
        int statement;
        const char *index;
    } expected[] = {
        {TMESH_STATEMENT_TASKS_DUE, "INDEX tasks_due (due_ms<?)"},
        {TMESH_STATEMENT_STEPS_DUE, "INDEX steps_due (due_ms<?)"},
        {TMESH_STATEMENT_CLAIMABLE_QUEUE, "INDEX steps_claimable (queue_id>?)"},
        {TMESH_STATEMENT_CLAIMABLE_STEPS, "INDEX steps_claimable (queue_id=?)"},
    };
    for (size_t i = 0; i < sizeof expected / sizeof expected[0]; i++) {
        sqlite3_stmt *plan = NULL;
        assert_non_null(strstr(plan_of(*state, expected[i].statement, &plan), expected[i].index));
        sqlite3_finalize(plan);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(finds_rows_by_key_or_index, setup, teardown),
        cmocka_unit_test_setup_teardown(uses_the_partial_indexes, setup, teardown),
    };
    return cmocka_run_group_tests_name("statements", tests, NULL, NULL);
}
