// tests/support/postgres_plans.h - does a plan find its rows by keys? It is what EXPLAIN says, as text.
#ifndef TMESH_TESTS_SUPPORT_POSTGRES_PLANS_H
#define TMESH_TESTS_SUPPORT_POSTGRES_PLANS_H

#include <libpq-fe.h>
#include <stdbool.h>

// How many faults it has; a plan with faults is shown, with its statement and when it was made. The url: of a
// database with the same tables.
int tmesh_postgres_plan_judge(const char *url, const PGresult *plan, const char *when,
                              const char *statement);
// Is this row of a plan of a table with a row for each node or template, not for each task?
bool tmesh_postgres_plan_is_of_small_table(const char *line);

#endif
