// services/store/sqlite/writer.h - the one connection that writes, behind a fair lock.
//
// SQLite has one writer per file; so have we, and threads wait for it in the order in which they
// come. The lock is held from enter or begin to leave, commit or rollback. A thread that holds it
// may enter again (definitions are loaded within a work); it does not begin again.
#ifndef TMESH_SERVICES_STORE_SQLITE_WRITER_H
#define TMESH_SERVICES_STORE_SQLITE_WRITER_H

#include "runtime/base/clock.h"
#include "services/store/sqlite/connection.h"
#include "services/store/store.h"

typedef struct tmesh_sqlite_writer tmesh_sqlite_writer_t;

// After a COMMIT that failed with an I/O error: is what was to be committed there? `subject` is
// what tmesh_sqlite_writer_commit was given. TMESH_ERR_NOT_FOUND when it can not be told.
typedef tmesh_err_t tmesh_sqlite_witness_t(tmesh_sqlite_connection_t *connection,
                                           const void *subject, bool *is_there_p);

// `settings->executed` is set by the writer itself. Faults as in schema.h.
tmesh_err_t tmesh_sqlite_writer_open(tmesh_sqlite_writer_t **self_p,
                                     const tmesh_sqlite_settings_t *settings,
                                     const tmesh_clock_t *clock, tmesh_fault_t **fault_p);
// Nobody may be in it.
void tmesh_sqlite_writer_destroy(tmesh_sqlite_writer_t **self_p);

// Any thread. Waits for the turn; *is_new_p false: this thread was in already, and must not leave.
// On an error it is not in. IO, CORRUPT: the connection was lost and can not be opened again.
tmesh_err_t tmesh_sqlite_writer_enter(tmesh_sqlite_writer_t *self, bool *is_new_p);
void tmesh_sqlite_writer_leave(tmesh_sqlite_writer_t *self);
bool tmesh_sqlite_writer_is_mine(const tmesh_sqlite_writer_t *self);

// Enters and begins. On an error it has left again. SERIALIZATION, IO, CORRUPT, FATAL.
tmesh_err_t tmesh_sqlite_writer_begin(tmesh_sqlite_writer_t *self);
// Ends the transaction and leaves, whatever comes out. A transaction that wrote nothing is no
// commit. On an error nothing was written; FATAL when that is not certain (the store must be
// opened anew, and refuses everything until then). `witness` NULL: whoever repeats it does no harm.
tmesh_err_t tmesh_sqlite_writer_commit(tmesh_sqlite_writer_t *self,
                                       tmesh_sqlite_witness_t *witness, const void *subject);
// Could a transaction begin? Does not wait for its turn: OK when another thread is in, whose own
// trouble shows elsewhere. SERIALIZATION: another program writes.
tmesh_err_t tmesh_sqlite_writer_probe(tmesh_sqlite_writer_t *self);
// Gives the transaction up and leaves.
void tmesh_sqlite_writer_rollback(tmesh_sqlite_writer_t *self);

// The connection; only by the thread that is in.
tmesh_sqlite_connection_t *tmesh_sqlite_writer_connection(tmesh_sqlite_writer_t *self);
// Any thread.
tmesh_store_stats_t tmesh_sqlite_writer_stats(const tmesh_sqlite_writer_t *self);
uint32_t tmesh_sqlite_writer_waiting(const tmesh_sqlite_writer_t *self);

#endif
