#include "tests/support/postgres_plans.h"

#include <stdio.h>
#include <string.h>

#include "runtime/base/memory.h"
#include "tests/support/store_postgres_place.h"

bool tmesh_postgres_plan_is_of_small_table(const char *line)
{
    static const char *const places[] = {
        " on generation", " on nodes", " on connections", " on pauses", " on templates",
        " on definitions", " on queues"};
    for (size_t i = 0; i < TMESH_COUNT_OF(places); i++) {
        if (strstr(line, places[i])) return true;
    }
    return false;
}

// In the order in which they are wanted: whoever walks them stops with what it needs. The last holds
// nothing but what is wanted.
static bool is_walked_from_front(const char *index)
{
    static const char *const indexes[] = {"steps_claimable", "steps_of_node", "steps_due",
                                          "tasks_due", "tasks_ended", "steps_of_nobody"};
    for (size_t i = 0; i < TMESH_COUNT_OF(indexes); i++) {
        if (strcmp(index, indexes[i]) == 0) return true;
    }
    return false;
}

// The detail of the node in this row of a plan, or NULL.
static const char *detail_of(const PGresult *plan, int row, const char *what)
{
    for (int i = row + 1; i < PQntuples(plan); i++) {
        const char *line = PQgetvalue(plan, i, 0);
        if (strstr(line, "->") || strstr(line, "SubPlan") || strstr(line, "InitPlan")) break;
        const char *found = strstr(line, what);
        if (found) return found;
    }
    return NULL;
}

static bool is_by_key(const char *url, const char *index, const char *condition)
{
    if (!condition) return false;
    tmesh_auto_free char *sql = tmesh_printf(
        "SELECT a.attname FROM pg_index i JOIN pg_attribute a ON a.attrelid = i.indrelid "
        "AND a.attnum = i.indkey[0] WHERE i.indexrelid = 'taskmesh.%s'::regclass", index);
    tmesh_auto_free char *column = tmesh_store_postgres_place_query(url, sql);
    tmesh_auto_free char *compared = tmesh_printf("(%s ", column);
    const char *found = strstr(condition, compared);
    return found && strncmp(found + strlen(compared), "IS NOT NULL", strlen("IS NOT NULL")) != 0;
}

// What is wrong with this row of a plan; NULL: nothing.
static const char *fault_of(const char *url, const PGresult *plan, int row)
{
    const char *line = PQgetvalue(plan, row, 0);
    static const char *const never[] = {"Hash Join", "Merge Join", "Bitmap"};
    for (size_t i = 0; i < TMESH_COUNT_OF(never); i++) {
        if (strstr(line, never[i])) return never[i];
    }
    if (tmesh_postgres_plan_is_of_small_table(line)) return NULL;
    if (strstr(line, "Seq Scan on")) return "reads a table";
    const char *using = strstr(line, " using ");
    if (!using) return NULL;
    char index[64] = "";
    sscanf(using, " using %63s", index);
    if (is_by_key(url, index, detail_of(plan, row, "Index Cond: "))) return NULL;
    bool is_limited = row > 0 && strstr(PQgetvalue(plan, row - 1, 0), "Limit ");
    if (is_walked_from_front(index) && is_limited) return NULL;
    return strcmp(index, "steps_of_nobody") == 0 ? NULL : "reads an index";
}

int tmesh_postgres_plan_judge(const char *url, const PGresult *plan, const char *when,
                              const char *statement)
{
    int faults = 0;
    for (int row = 0; row < PQntuples(plan); row++) {
        const char *fault = fault_of(url, plan, row);
        if (!fault) continue;
        faults++;
        fprintf(stderr, "%s, %s: %s\n", when, fault, statement);
        for (int i = 0; i < PQntuples(plan); i++) {
            fprintf(stderr, "%s %s\n", i == row ? ">" : " ", PQgetvalue(plan, i, 0));
        }
    }
    return faults;
}
