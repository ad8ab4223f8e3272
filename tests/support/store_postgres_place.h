// tests/support/store_postgres_place.h - empty databases for PostgreSQL stores of tests.
#ifndef TMESH_TESTS_SUPPORT_STORE_POSTGRES_PLACE_H
#define TMESH_TESTS_SUPPORT_STORE_POSTGRES_PLACE_H

#include "services/store/postgres/store_postgres.h"
#include "tests/support/store_fixture.h"

extern const tmesh_store_factory_t tmesh_store_postgres_database; // a new one for each place

// Runs SQL of the test's own on a place; it must succeed.
void tmesh_store_postgres_place_run(const char *url, const char *sql);
// The first value that it gives as text; yours.
char *tmesh_store_postgres_place_query(const char *url, const char *sql);

#endif
