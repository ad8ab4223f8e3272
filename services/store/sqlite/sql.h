// services/store/sqlite/sql.h - a prepared statement of SQLite in use (services/store/sql/sql.h).
// Seen by services/store/sqlite alone.
#ifndef TMESH_SERVICES_STORE_SQLITE_SQL_H
#define TMESH_SERVICES_STORE_SQLITE_SQL_H

#include <sqlite3.h>
#include <stdatomic.h>

#include "services/store/sql/sql.h"

typedef struct {
    tmesh_sql_t base;           // first
    sqlite3_stmt *statement;    // owned by the connection
    _Atomic uint64_t *executed; // lent: counts what is executed
    int bound;                  // parameters so far
    int read;                   // columns of this row so far
    bool is_used;
    bool is_running; // stepped since the last reset
    int code;        // SQLite's own, for base.err
} tmesh_sqlite_sql_t;

extern const tmesh_sql_backend_t tmesh_sqlite_sql_backend;

// What an SQLite result code means to us.
tmesh_err_t tmesh_sqlite_err(int code);

#endif
