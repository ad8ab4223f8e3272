// services/store/sqlite/connection.h - one SQLite connection with all its statements prepared.
// One thread at a time: the writer's mutex, or the reader's one thread, sees to that.
#ifndef TMESH_SERVICES_STORE_SQLITE_CONNECTION_H
#define TMESH_SERVICES_STORE_SQLITE_CONNECTION_H

#include "services/store/sqlite/sql.h"
#include "services/store/sqlite/statements.h"

typedef struct tmesh_sqlite_connection tmesh_sqlite_connection_t;

typedef struct {
    const char *path;           // lent
    int64_t busy_wait_ms;       // for a lock of another process
    uint32_t checkpoint_pages;  // of the write-ahead log; the writer's alone
    _Atomic uint64_t *executed; // lent: counts statements
} tmesh_sqlite_settings_t;

// The connection that writes and checkpoints: makes the file when there is none, brings its schema
// up to date. Faults as in schema.h.
tmesh_err_t tmesh_sqlite_connection_open_writer(tmesh_sqlite_connection_t **self_p,
                                                const tmesh_sqlite_settings_t *settings,
                                                tmesh_fault_t **fault_p);
// One that can neither write nor checkpoint, to a file that a writer has open.
tmesh_err_t tmesh_sqlite_connection_open_reader(tmesh_sqlite_connection_t **self_p,
                                                const tmesh_sqlite_settings_t *settings,
                                                tmesh_fault_t **fault_p);
void tmesh_sqlite_connection_destroy(tmesh_sqlite_connection_t **self_p);

// As what all that is written for any database takes.
tmesh_sql_connection_t *tmesh_sqlite_connection_sql(tmesh_sqlite_connection_t *self);
// Lends a statement, which must not be in use; tmesh_auto gives it back.
tmesh_sql_t *tmesh_sqlite_connection_use(tmesh_sqlite_connection_t *self, int statement);
// Uses and runs one without parameters and rows.
tmesh_err_t tmesh_sqlite_connection_run(tmesh_sqlite_connection_t *self, int statement);
// How long BEGIN waits for another program that writes.
void tmesh_sqlite_connection_set_busy_wait(tmesh_sqlite_connection_t *self, int64_t wait_ms);
bool tmesh_sqlite_connection_has_transaction(const tmesh_sqlite_connection_t *self);
// Rows that were ever written through it.
int64_t tmesh_sqlite_connection_changes(const tmesh_sqlite_connection_t *self);
// The start of a copy of what this connection sees into an empty one, page by page; NULL when there
// is no memory for it. Finish it before either is closed.
sqlite3_backup *tmesh_sqlite_connection_begin_copy(tmesh_sqlite_connection_t *self,
                                                   sqlite3 *target);
// Moves the whole log into the file and empties it, so that what is there now stays there.
tmesh_err_t tmesh_sqlite_connection_checkpoint(tmesh_sqlite_connection_t *self);

#endif
