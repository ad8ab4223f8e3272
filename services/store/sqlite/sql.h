// services/store/sqlite/sql.h - one prepared statement in use: bind in order, run or step, read in
// order.
//
// The first thing that goes wrong is kept in `err`; everything after it does nothing and reads as
// zero, so a row is read without a test per column and judged once. Values that do not fit their
// type are TMESH_ERR_CORRUPT. Borrowed from a connection (connection.h), given back at scope end:
//
//     tmesh_auto(tmesh_sql) sql = tmesh_sqlite_connection_use(connection, TMESH_STATEMENT_...);
//     tmesh_sql_bind_int(sql, 7);
//     while (tmesh_sql_next(sql)) total += tmesh_sql_read_int(sql);
//     return sql->err;
//
// What is bound is lent until the next run or the end of the scope. Names shared by all of
// services/store/sqlite, seen by nobody else.
#ifndef TMESH_SERVICES_STORE_SQLITE_SQL_H
#define TMESH_SERVICES_STORE_SQLITE_SQL_H

#include <sqlite3.h>
#include <stdatomic.h>

#include "runtime/base/arena.h"
#include "runtime/base/error.h"

typedef struct tmesh_sql {
    sqlite3_stmt *statement;    // owned by the connection
    _Atomic uint64_t *executed; // lent: counts what is executed
    int bound;                  // parameters so far
    int read;                   // columns of this row so far
    bool is_used;
    bool is_running; // stepped since the last reset
    tmesh_err_t err;
    int code; // SQLite's own, for err
} tmesh_sql_t;

// What an SQLite result code means to us.
tmesh_err_t tmesh_sql_err(int code);

void tmesh_sql_bind_int(tmesh_sql_t *self, int64_t value);
void tmesh_sql_bind_null(tmesh_sql_t *self);
// TMESH_DUE_NONE is stored as NULL.
void tmesh_sql_bind_due(tmesh_sql_t *self, int64_t due_ms);
// NULL is stored as NULL.
void tmesh_sql_bind_text(tmesh_sql_t *self, const char *text);
// As text, byte for byte; absent is stored as NULL.
void tmesh_sql_bind_bytes(tmesh_sql_t *self, tmesh_bytes_t bytes);
void tmesh_sql_bind_blob(tmesh_sql_t *self, const void *data, size_t size);

// The next row is there to be read; false at the end, and when something went wrong.
bool tmesh_sql_next(tmesh_sql_t *self);
// Executes a statement that gives no rows; it can be bound and run again.
tmesh_err_t tmesh_sql_run(tmesh_sql_t *self);
// How many rows the last run has changed.
int tmesh_sql_changes(const tmesh_sql_t *self);

// This row did not make sense: its columns can be read anew from the first. OK unless it is the database
// itself that is at fault.
tmesh_err_t tmesh_sql_again(tmesh_sql_t *self);

int64_t tmesh_sql_read_int(tmesh_sql_t *self);
// Between the limits, or corrupt.
int64_t tmesh_sql_read_within(tmesh_sql_t *self, int64_t lowest, int64_t highest);
uint32_t tmesh_sql_read_u32(tmesh_sql_t *self);
bool tmesh_sql_read_bool(tmesh_sql_t *self);
int64_t tmesh_sql_read_due(tmesh_sql_t *self);
// Exactly `size` bytes, or corrupt.
void tmesh_sql_read_blob(tmesh_sql_t *self, void *data, size_t size);
// The same, but NULL leaves `data` as it is. False then.
bool tmesh_sql_read_blob_or_null(tmesh_sql_t *self, void *data, size_t size);
// NULL, or a copy in the arena.
const char *tmesh_sql_read_text(tmesh_sql_t *self, tmesh_arena_t *arena);
tmesh_bytes_t tmesh_sql_read_bytes(tmesh_sql_t *self, tmesh_arena_t *arena);

// Gives it back to its connection. NULL-safe; for tmesh_auto.
void tmesh_sql_destroy(tmesh_sql_t **self_p);

#endif
