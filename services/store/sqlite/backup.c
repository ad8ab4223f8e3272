#include "services/store/sqlite/backup.h"

#include <errno.h>

#include "runtime/base/memory.h"
#include "services/store/sqlite/backup_file.h"
#include "services/store/sqlite/store_private.h"

enum { SLICE_PAGES = 256 }; // 1 MiB: how long is worked without looking at the clock

typedef struct {
    tmesh_backup_t base;               // first
    tmesh_store_sqlite_t *store;       // lent
    tmesh_sqlite_connection_t *reader; // of a file: its snapshot is what is copied
    _Atomic uint64_t executed;         // statements of that connection
    sqlite3 *twin;                     // of a store in memory: what is copied
    tmesh_backup_file_t *file;
    sqlite3 *target;
    sqlite3_backup *copy;
} backup_t;

static backup_t *of(tmesh_backup_t *backup)
{
    return (backup_t *)backup;
}

// ---- The source: of one moment, and nobody else's -----------------------------------------------

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

// Of a store in memory, whose one connection is the writer's. Not in slices: each commit makes SQLite
// begin again, so slices between commits would never end. Commits wait for memory, never for a disk.
static tmesh_err_t copy_twin(backup_t *self, tmesh_sqlite_connection_t *source)
{
    sqlite3_backup *copy = tmesh_sqlite_connection_begin_copy(source, self->twin);
    if (!copy) return TMESH_ERR_FATAL;
    sqlite3_backup_step(copy, -1);
    int code = sqlite3_backup_finish(copy); // says what the step said, unless that was good
    return code ? tmesh_sqlite_err(code) : count_tasks(source, &self->base.totals.tasks);
}

static tmesh_err_t open_twin(backup_t *self)
{
    int code = sqlite3_open_v2(":memory:", &self->twin,
                               SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL);
    if (code) return tmesh_sqlite_err(code);
    tmesh_sqlite_writer_t *writer = self->store->writer;
    bool is_new = false;
    tmesh_err_t err = tmesh_sqlite_writer_enter(writer, &is_new);
    if (err) return err;
    err = copy_twin(self, tmesh_sqlite_writer_connection(writer));
    if (is_new) tmesh_sqlite_writer_leave(writer);
    return err;
}

static void close_source(backup_t *self)
{
    sqlite3_close(self->twin);
    self->twin = NULL;
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
    return tmesh_sqlite_err(code);
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
    self->copy = self->reader ? tmesh_sqlite_connection_begin_copy(self->reader, self->target)
                              : sqlite3_backup_init(self->target, "main", self->twin, "main");
    return self->copy ? TMESH_OK : TMESH_ERR_FATAL;
}

static tmesh_err_t copy_slice(backup_t *self, bool *done_p, tmesh_fault_t **fault_p)
{
    int code = sqlite3_backup_step(self->copy, SLICE_PAGES);
    *done_p = code == SQLITE_DONE;
    return code == SQLITE_OK || *done_p ? TMESH_OK : refuse(self, code, fault_p);
}

// At its end or in the middle. What SQLite says now was said by its steps.
static void end_copy(backup_t *self)
{
    sqlite3_backup_finish(self->copy);
    self->copy = NULL;
    sqlite3_close(self->target);
    self->target = NULL;
    close_source(self);
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
    const char *store_path = self->store->is_memory ? NULL : self->store->path;
    tmesh_err_t err = tmesh_backup_file_open(&self->file, file, replace, store_path, fault_p);
    if (!err) err = open_target(self, fault_p);
    if (!err) err = self->store->is_memory ? open_twin(self) : open_snapshot(self);
    if (!err) err = begin_copy(self);
    if (err) return err;
    *backup_p = base;
    base = NULL;
    return TMESH_OK;
}
