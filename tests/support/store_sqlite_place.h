// tests/support/store_sqlite_place.h - SQLite stores for tests: a file in a folder of its own, and
// one in memory. A place is the path.
#ifndef TMESH_TESTS_SUPPORT_STORE_SQLITE_PLACE_H
#define TMESH_TESTS_SUPPORT_STORE_SQLITE_PLACE_H

#include <sqlite3.h>

#include "services/store/sqlite/store_sqlite.h"
#include "tests/support/store_fixture.h"

extern const tmesh_store_factory_t tmesh_store_sqlite_file;
extern const tmesh_store_factory_t tmesh_store_sqlite_memory;

// After the update, with `value` in it, the query gives one row with this text.
void tmesh_store_sqlite_place_expect(sqlite3 *db, const char *update, const char *query, int value,
                                     const char *text);

#endif
