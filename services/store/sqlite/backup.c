#include "services/store/sqlite/backup.h"

#include <errno.h>

#include "runtime/base/memory.h"
#include "services/store/sqlite/backup_file.h"
#include "services/store/sqlite/store_private.h"

enum {
    SLICE_PAGES = 256, // 1 MiB: in memory, how long a commit may have to wait at first
    SLICE_PAGES_MAX = 1 << 30,
};

typedef struct {
    tmesh_backup_t base;               // first
    tmesh_store_sqlite_t *store;       // lent
    tmesh_sqlite_connection_t *reader; // its snapshot is what is copied; NULL in memory
    _Atomic uint64_t executed;         // statements of that connection
    tmesh_backup_file_t *file;
    sqlite3 *target;
    sqlite3_backup *copy;
    int slice_pages;
    int copied_pages;
} backup_t;

static backup_t *of(tmesh_backup_t *backup)
{
    return (backup_t *)backup;
}

// ---- The source ---------------------------------------------------------------------------------

// In memory there is but the writer's connection: it is ours from arrive to depart.
static tmesh_err_t arrive(backup_t *self, tmesh_sqlite_connection_t **source_p)
{
    *source_p = self->reader;
    if (self->reader) return TMESH_OK;
    bool is_new = false;
    tmesh_err_t err = tmesh_sqlite_writer_enter(self->store->writer, &is_new);
    if (!err) *source_p = tmesh_sqlite_writer_connection(self->store->writer);
    return err;
}

static void depart(backup_t *self)
{
    if (!self->reader) tmesh_sqlite_writer_leave(self->store->writer);
}

static tmesh_err_t count_tasks(tmesh_sqlite_connection_t *source, uint64_t *tasks)
{
    tmesh_auto(tmesh_sql) sql = tmesh_sqlite_connection_use(source, TMESH_STATEMENT_COUNT_TASKS);
    if (tmesh_sql_next(sql)) *tasks = (uint64_t)tmesh_sql_read_int(sql);
    return sql->err;
}

// A connection that can neither write nor checkpoint, and whose transaction stays open: all steps
// copy one snapshot, whatever is committed meanwhile. The first statement takes it.
static tmesh_err_t open_snapshot(backup_t *self)
{
    tmesh_sqlite_settings_t settings = {
        .path = self->store->path,
        .busy_wait_ms = self->store->busy_wait_ms,
        .executed = &self->executed,
    };
    tmesh_auto(tmesh_fault) fault = NULL;
    tmesh_err_t err = tmesh_sqlite_connection_open_reader(&self->reader, &settings, &fault);
    if (!err) err = tmesh_sqlite_connection_run(self->reader, TMESH_STATEMENT_BEGIN_READING);
    return err ? err : count_tasks(self->reader, &self->base.totals.tasks);
}

static void close_snapshot(backup_t *self)
{
    if (!self->reader) return;
    tmesh_err_t ended = TMESH_OK; // it has written nothing, so its end can not matter
    if (tmesh_sqlite_connection_has_transaction(self->reader)) {
        ended = tmesh_sqlite_connection_run(self->reader, TMESH_STATEMENT_ROLLBACK);
    }
    (void)ended;
    tmesh_sqlite_connection_destroy(&self->reader);
}

// ---- The target ---------------------------------------------------------------------------------

// What SQLite could not write says why in errno's words; anything else is about the source.
static tmesh_err_t refuse(const backup_t *self, int code, tmesh_fault_t **fault_p)
{
    switch (code) {
    case SQLITE_IOERR_WRITE:
    case SQLITE_IOERR_FSYNC:
    case SQLITE_IOERR_TRUNCATE:
        return tmesh_backup_file_refuse(self->file, EIO, fault_p);
    default: break;
    }
    if ((code & 0xff) == SQLITE_FULL) return tmesh_backup_file_refuse(self->file, ENOSPC, fault_p);
    return tmesh_sql_err(code);
}

// Nothing is kept for a rollback and nothing is waited for: the file counts once it has its name.
static tmesh_err_t open_target(backup_t *self, tmesh_fault_t **fault_p)
{
    int code = sqlite3_open_v2(tmesh_backup_file_temporary(self->file), &self->target,
                               SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL);
    if (!code) code = sqlite3_extended_result_codes(self->target, 1);
    if (!code) {
        code = sqlite3_exec(self->target, "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; "
                            "PRAGMA mmap_size = 0", NULL, NULL, NULL);
    }
    return code ? refuse(self, code, fault_p) : TMESH_OK;
}

// ---- Copying ------------------------------------------------------------------------------------

static tmesh_err_t begin_copy(backup_t *self)
{
    tmesh_sqlite_connection_t *source = NULL;
    tmesh_err_t err = arrive(self, &source);
    if (err) return err;
    self->copy = tmesh_sqlite_connection_begin_copy(source, self->target);
    depart(self);
    return self->copy ? TMESH_OK : TMESH_ERR_FATAL;
}

// A snapshot never changes, but each commit to a store in memory makes SQLite begin again. So that
// this ends, slices then grow: at the latest one slice takes all.
static void note_copied(backup_t *self)
{
    int copied = sqlite3_backup_pagecount(self->copy) - sqlite3_backup_remaining(self->copy);
    bool has_begun_again = copied < self->copied_pages + self->slice_pages;
    if (has_begun_again && self->slice_pages < SLICE_PAGES_MAX) self->slice_pages *= 2;
    self->copied_pages = copied;
}

static tmesh_err_t copy_slice(backup_t *self, bool *done_p, tmesh_fault_t **fault_p)
{
    tmesh_sqlite_connection_t *source = NULL;
    tmesh_err_t err = arrive(self, &source);
    if (err) return err;
    int code = sqlite3_backup_step(self->copy, self->slice_pages);
    *done_p = code == SQLITE_DONE;
    if (*done_p && !self->reader) err = count_tasks(source, &self->base.totals.tasks);
    if (code == SQLITE_OK) note_copied(self);
    depart(self);
    return code == SQLITE_OK || *done_p ? err : refuse(self, code, fault_p);
}

// Ends what was begun by SQLite, at its end or in the middle. What it says was said by its steps.
static void end_copy(backup_t *self)
{
    if (self->copy) {
        tmesh_sqlite_connection_t *source = NULL;
        tmesh_err_t err = arrive(self, &source); // an error: nobody uses the connection any more
        sqlite3_backup_finish(self->copy);
        if (!err) depart(self);
        self->copy = NULL;
    }
    sqlite3_close(self->target);
    self->target = NULL;
    close_snapshot(self);
}

static tmesh_err_t finish(backup_t *self, tmesh_fault_t **fault_p)
{
    self->base.totals.pages = (uint64_t)sqlite3_backup_pagecount(self->copy);
    end_copy(self);
    return tmesh_backup_file_finish(self->file, &self->base.totals.bytes, fault_p);
}

static tmesh_err_t backup_go_on(tmesh_backup_t *backup, int64_t for_ms, bool *done_p,
                                tmesh_fault_t **fault_p)
{
    backup_t *self = of(backup);
    const tmesh_clock_t *clock = self->store->clock;
    const int64_t until_ms = tmesh_clock_monotonic_ms(clock) + for_ms;
    bool done = false;
    tmesh_err_t err = TMESH_OK;
    do {
        err = copy_slice(self, &done, fault_p);
    } while (!err && !done && tmesh_clock_monotonic_ms(clock) < until_ms);
    // Bit by bit: a commit that wants its own fsync never has all of the copy before it.
    if (!err) err = done ? finish(self, fault_p) : tmesh_backup_file_sync(self->file, fault_p);
    if (!err) *done_p = done;
    return err;
}

static void backup_destroy(tmesh_backup_t **self_p)
{
    backup_t *self = of(*self_p);
    end_copy(self);
    tmesh_backup_file_destroy(&self->file);
    self->store->readers--;
    tmesh_free(self);
    *self_p = NULL;
}

static const tmesh_backup_backend_t backend = {
    .destroy = backup_destroy,
    .go_on = backup_go_on,
};

tmesh_err_t tmesh_sqlite_backup_open(tmesh_store_t *store, const char *file, bool replace,
                                     tmesh_backup_t **backup_p, tmesh_fault_t **fault_p)
{
    backup_t *self = tmesh_alloc(sizeof *self);
    tmesh_auto(tmesh_backup) base = &self->base;
    base->backend = &backend;
    self->store = (tmesh_store_sqlite_t *)store;
    self->store->readers++;
    self->slice_pages = SLICE_PAGES;
    const char *store_path = self->store->is_memory ? NULL : self->store->path;
    tmesh_err_t err = tmesh_backup_file_open(&self->file, file, replace, store_path, fault_p);
    if (!err) err = open_target(self, fault_p);
    if (!err && !self->store->is_memory) err = open_snapshot(self);
    if (!err) err = begin_copy(self);
    if (err) return err;
    *backup_p = base;
    base = NULL;
    return TMESH_OK;
}
