// tests/support/store_postgres_place.h - empty databases for PostgreSQL stores of tests.
#ifndef TMESH_TESTS_SUPPORT_STORE_POSTGRES_PLACE_H
#define TMESH_TESTS_SUPPORT_STORE_POSTGRES_PLACE_H

#include "services/store/postgres/store_postgres.h"
#include "tests/support/store_fixture.h"

extern const tmesh_store_factory_t tmesh_store_postgres_database; // a new one for each place

#endif
