#include "services/store/sqlite/writer.h"

#include <assert.h>
#include <string.h>

#include "runtime/base/memory.h"
#include "services/store/sqlite/ticket_lock.h"

enum { PROBE_WAIT_MS = 100 }; // whoever reads the file by hand may hold it for a moment

struct tmesh_sqlite_writer {
    tmesh_ticket_lock_t *lock;
    tmesh_sqlite_connection_t *connection; // NULL: lost, and could not be opened again
    tmesh_sqlite_settings_t settings;      // to open it again
    char *path;
    bool is_memory;
    const tmesh_clock_t *clock;  // lent
    bool is_over;                // nobody knows whether a commit was made: nothing goes on from here
    int64_t changes_before;      // of the connection, when the transaction began
    _Atomic uint64_t commits;    // that wrote something
    _Atomic uint64_t rollbacks;
    _Atomic uint64_t statements; // executed
    _Atomic uint64_t wait_us;    // for the lock
};

tmesh_err_t tmesh_sqlite_writer_open(tmesh_sqlite_writer_t **self_p,
                                     const tmesh_sqlite_settings_t *settings,
                                     const tmesh_clock_t *clock, tmesh_fault_t **fault_p)
{
    tmesh_auto(tmesh_sqlite_writer) self = tmesh_alloc(sizeof *self);
    self->lock = tmesh_ticket_lock_new();
    self->clock = clock;
    self->path = tmesh_strdup(settings->path);
    self->is_memory = strcmp(self->path, ":memory:") == 0;
    self->settings = *settings;
    self->settings.path = self->path;
    self->settings.executed = &self->statements;
    tmesh_err_t err =
        tmesh_sqlite_connection_open_writer(&self->connection, &self->settings, fault_p);
    if (err) return err;
    *self_p = self;
    self = NULL;
    return TMESH_OK;
}

void tmesh_sqlite_writer_destroy(tmesh_sqlite_writer_t **self_p)
{
    tmesh_sqlite_writer_t *self = *self_p;
    if (!self) return;
    tmesh_sqlite_connection_destroy(&self->connection);
    tmesh_ticket_lock_destroy(&self->lock);
    tmesh_free(self->path);
    tmesh_free(self);
    *self_p = NULL;
}

static void add(_Atomic uint64_t *counter, uint64_t by)
{
    atomic_fetch_add_explicit(counter, by, memory_order_relaxed);
}

void tmesh_sqlite_writer_leave(tmesh_sqlite_writer_t *self)
{
    assert(!self->connection || !tmesh_sqlite_connection_has_transaction(self->connection));
    tmesh_ticket_lock_release(self->lock);
}

bool tmesh_sqlite_writer_is_mine(const tmesh_sqlite_writer_t *self)
{
    return tmesh_ticket_lock_is_mine(self->lock);
}

tmesh_sqlite_connection_t *tmesh_sqlite_writer_connection(tmesh_sqlite_writer_t *self)
{
    assert(tmesh_ticket_lock_is_mine(self->lock));
    return self->connection;
}

// A new connection in the place of one that can not be trusted.
static tmesh_err_t reopen(tmesh_sqlite_writer_t *self)
{
    if (self->is_memory) return TMESH_ERR_FATAL; // all would be gone
    tmesh_sqlite_connection_destroy(&self->connection);
    tmesh_auto(tmesh_fault) fault = NULL;
    return tmesh_sqlite_connection_open_writer(&self->connection, &self->settings, &fault);
}

// What every turn needs; on an error it is over.
static tmesh_err_t begin_turn(tmesh_sqlite_writer_t *self)
{
    tmesh_err_t err = TMESH_OK;
    if (self->is_over) err = TMESH_ERR_FATAL;
    else if (!self->connection) err = reopen(self);
    if (err) tmesh_ticket_lock_release(self->lock);
    return err;
}

tmesh_err_t tmesh_sqlite_writer_enter(tmesh_sqlite_writer_t *self, bool *is_new_p)
{
    if (tmesh_ticket_lock_is_mine(self->lock)) {
        *is_new_p = false;
        return TMESH_OK;
    }
    int64_t before_ns = tmesh_clock_monotonic_ns(self->clock);
    tmesh_ticket_lock_take(self->lock);
    add(&self->wait_us, (uint64_t)(tmesh_clock_monotonic_ns(self->clock) - before_ns) / 1000);
    tmesh_err_t err = begin_turn(self);
    if (err) return err;
    *is_new_p = true;
    return TMESH_OK;
}

tmesh_err_t tmesh_sqlite_writer_begin(tmesh_sqlite_writer_t *self)
{
    bool is_new = false;
    tmesh_err_t err = tmesh_sqlite_writer_enter(self, &is_new);
    if (err) return err;
    assert(is_new); // a thread has one work at a time
    self->changes_before = tmesh_sqlite_connection_changes(self->connection);
    err = tmesh_sqlite_connection_run(self->connection, TMESH_STATEMENT_BEGIN_IMMEDIATE);
    if (err) tmesh_sqlite_writer_leave(self);
    return err;
}

// Leaves no transaction open, whatever it takes.
static tmesh_err_t undo(tmesh_sqlite_writer_t *self)
{
    // After some I/O errors SQLite has rolled back by itself.
    if (!tmesh_sqlite_connection_has_transaction(self->connection)) return TMESH_OK;
    tmesh_err_t err = tmesh_sqlite_connection_run(self->connection, TMESH_STATEMENT_ROLLBACK);
    if (!tmesh_sqlite_connection_has_transaction(self->connection)) return TMESH_OK;
    assert(err);
    return reopen(self);
}

// A commit has failed with an I/O error: the log may hold all of it, or not. What a new connection
// sees is moved into the file and the log is emptied, so that a later recovery of the log can
// neither bring it back nor lose it. Only then is what we see the truth.
static tmesh_err_t find_out(tmesh_sqlite_writer_t *self, tmesh_sqlite_witness_t *witness,
                            const void *subject)
{
    tmesh_err_t err = reopen(self);
    if (!err) err = tmesh_sqlite_connection_checkpoint(self->connection);
    if (err) return TMESH_ERR_FATAL;
    if (!witness) return TMESH_ERR_IO;
    bool is_there = false;
    err = witness(self->connection, subject, &is_there);
    if (err) return TMESH_ERR_FATAL;
    return is_there ? TMESH_OK : TMESH_ERR_IO;
}

// *is_certain_p: a failure means that nothing was committed. A full disk is such a failure: the
// last page of the log, which makes the commit, was not written.
static tmesh_err_t run_commit(tmesh_sqlite_writer_t *self, bool *is_certain_p)
{
    tmesh_auto(tmesh_sql) sql =
        tmesh_sqlite_connection_use(self->connection, TMESH_STATEMENT_COMMIT);
    tmesh_err_t err = tmesh_sql_run(sql);
    int code = ((const tmesh_sqlite_sql_t *)sql)->code & 0xff;
    *is_certain_p = code == SQLITE_FULL || code == SQLITE_BUSY;
    return err;
}

static tmesh_err_t commit_changes(tmesh_sqlite_writer_t *self, tmesh_sqlite_witness_t *witness,
                                  const void *subject)
{
    bool is_certain = false;
    tmesh_err_t err = run_commit(self, &is_certain);
    if (!err) return TMESH_OK;
    if (!is_certain) return find_out(self, witness, subject);
    return undo(self) == TMESH_OK ? err : TMESH_ERR_FATAL;
}

tmesh_err_t tmesh_sqlite_writer_probe(tmesh_sqlite_writer_t *self)
{
    if (!tmesh_ticket_lock_try_take(self->lock)) return TMESH_OK;
    tmesh_err_t err = begin_turn(self);
    if (err) return err;
    tmesh_sqlite_connection_set_busy_wait(self->connection, PROBE_WAIT_MS);
    err = tmesh_sqlite_connection_run(self->connection, TMESH_STATEMENT_BEGIN_IMMEDIATE);
    tmesh_sqlite_connection_set_busy_wait(self->connection, self->settings.busy_wait_ms);
    if (!err) err = undo(self); // nothing was written: no disk is waited for
    tmesh_sqlite_writer_leave(self);
    return err;
}

tmesh_err_t tmesh_sqlite_writer_commit(tmesh_sqlite_writer_t *self,
                                       tmesh_sqlite_witness_t *witness, const void *subject)
{
    assert(tmesh_ticket_lock_is_mine(self->lock));
    tmesh_err_t err = TMESH_OK;
    if (tmesh_sqlite_connection_changes(self->connection) == self->changes_before) {
        err = undo(self); // nothing was written, so there is nothing to commit
    } else {
        err = commit_changes(self, witness, subject);
        add(err ? &self->rollbacks : &self->commits, 1);
        self->is_over = err == TMESH_ERR_FATAL;
    }
    tmesh_sqlite_writer_leave(self);
    return err;
}

void tmesh_sqlite_writer_rollback(tmesh_sqlite_writer_t *self)
{
    assert(tmesh_ticket_lock_is_mine(self->lock));
    tmesh_err_t err = undo(self);
    // Without a connection the next begin opens one, and reports it if that fails.
    if (err) tmesh_sqlite_connection_destroy(&self->connection);
    add(&self->rollbacks, 1);
    tmesh_sqlite_writer_leave(self);
}

tmesh_store_stats_t tmesh_sqlite_writer_stats(const tmesh_sqlite_writer_t *self)
{
    return (tmesh_store_stats_t){
        .commits = atomic_load_explicit(&self->commits, memory_order_relaxed),
        .rollbacks = atomic_load_explicit(&self->rollbacks, memory_order_relaxed),
        .statements = atomic_load_explicit(&self->statements, memory_order_relaxed),
        .writer_wait_us = atomic_load_explicit(&self->wait_us, memory_order_relaxed),
    };
}

uint32_t tmesh_sqlite_writer_waiting(const tmesh_sqlite_writer_t *self)
{
    return tmesh_ticket_lock_waiting(self->lock);
}
