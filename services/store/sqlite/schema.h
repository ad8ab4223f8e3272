// services/store/sqlite/schema.h - the tables, and the way from one version of them to the next.
#ifndef TMESH_SERVICES_STORE_SQLITE_SCHEMA_H
#define TMESH_SERVICES_STORE_SQLITE_SCHEMA_H

#include <sqlite3.h>

#include "runtime/base/error.h"

enum {
    TMESH_SCHEMA_APPLICATION_ID = 0x746d7368, // "tmsh": this SQLite file is ours
};

// The version that this program writes.
int tmesh_schema_version(void);
// Is the file new, or ours and not newer than this program? Writes nothing.
// *fault_p: UNSUPPORTED "store_too_new", CORRUPT "store_corrupt", IO "store_unreadable".
tmesh_err_t tmesh_schema_check(sqlite3 *db, const char *path, tmesh_fault_t **fault_p);
// Runs the missing migrations in one transaction. After tmesh_schema_check.
tmesh_err_t tmesh_schema_migrate(sqlite3 *db, const char *path, tmesh_fault_t **fault_p);
// The fault for an SQLite error while opening, in SQLite's own words.
tmesh_err_t tmesh_schema_fault(sqlite3 *db, int code, const char *path, tmesh_fault_t **fault_p);

#endif
