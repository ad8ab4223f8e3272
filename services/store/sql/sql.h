// services/store/sql/sql.h - one prepared statement in use, whichever database prepared it: bind in
// order, run or step, read in order.
//
// The first thing that goes wrong is kept in `err`; everything after it does nothing and reads as
// zero, so a row is read without a test per column and judged once. Values that do not fit their
// type are TMESH_ERR_CORRUPT. Borrowed from a connection, given back at scope end:
//
//     tmesh_auto(tmesh_sql) sql = tmesh_sql_use(connection, TMESH_STATEMENT_...);
//     tmesh_sql_bind_int(sql, 7);
//     while (tmesh_sql_next(sql)) total += tmesh_sql_read_int(sql);
//     return sql->err;
//
// What is bound is lent until the next run, row or end of the scope. Seen by the backends alone.
#ifndef TMESH_SERVICES_STORE_SQL_SQL_H
#define TMESH_SERVICES_STORE_SQL_SQL_H

#include "runtime/base/arena.h"
#include "runtime/base/error.h"

typedef struct tmesh_sql tmesh_sql_t;

// What a backend provides; the functions below call through it, unless `err` is set.
typedef struct {
    void (*bind_null)(tmesh_sql_t *self);
    void (*bind_int)(tmesh_sql_t *self, int64_t value);
    void (*bind_bytes)(tmesh_sql_t *self, tmesh_bytes_t text);
    void (*bind_blob)(tmesh_sql_t *self, tmesh_bytes_t bytes);
    bool (*next)(tmesh_sql_t *self);
    void (*add)(tmesh_sql_t *self);
    void (*add_update)(tmesh_sql_t *self);
    void (*run)(tmesh_sql_t *self);
    uint32_t (*changes)(const tmesh_sql_t *self);
    bool (*again)(tmesh_sql_t *self); // false: the database itself is at fault
    bool (*skip_null)(tmesh_sql_t *self); // true: the next column is NULL, and was passed
    // Of the next column, lent until the next row; data NULL when it has another type.
    int64_t (*read_int)(tmesh_sql_t *self);
    tmesh_bytes_t (*read_bytes)(tmesh_sql_t *self);
    tmesh_bytes_t (*read_blob)(tmesh_sql_t *self);
    void (*give_back)(tmesh_sql_t *self);
} tmesh_sql_backend_t;

// The first member of every backend's own struct.
struct tmesh_sql {
    const tmesh_sql_backend_t *backend;
    tmesh_err_t err;
};

// A connection that lends statements by name (statements.h). The first member of a backend's own.
typedef struct tmesh_sql_connection tmesh_sql_connection_t;
struct tmesh_sql_connection {
    tmesh_sql_t *(*use)(tmesh_sql_connection_t *self, int statement);
};

// Lends a statement, which must not be in use; tmesh_auto gives it back.
tmesh_sql_t *tmesh_sql_use(tmesh_sql_connection_t *connection, int statement);

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
// One more row for a statement that writes rows: executed now, or with all others of the same use
// at the end of the scope; what goes wrong then is said by the commit.
tmesh_err_t tmesh_sql_add(tmesh_sql_t *self);
// The same for the update of a row by its key, which must be there: CORRUPT.
tmesh_err_t tmesh_sql_add_update(tmesh_sql_t *self);
// Executes a statement that gives no rows, now; it can be bound and run again.
tmesh_err_t tmesh_sql_run(tmesh_sql_t *self);
// How many rows the last run, or row that was added, has changed; 1 when that is executed later.
uint32_t tmesh_sql_changes(const tmesh_sql_t *self);

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

// For backends: keeps the first error.
void tmesh_sql_fail(tmesh_sql_t *self, tmesh_err_t err);
// Gives it back to its connection. NULL-safe; for tmesh_auto.
void tmesh_sql_destroy(tmesh_sql_t **self_p);

#endif
