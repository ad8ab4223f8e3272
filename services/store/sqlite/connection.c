#include "services/store/sqlite/connection.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "runtime/base/memory.h"
#include "services/store/sqlite/schema.h"

enum { CACHE_KIB = 32 * 1024 };

struct tmesh_sqlite_connection {
    tmesh_sql_connection_t base; // first
    sqlite3 *db;
    tmesh_sqlite_sql_t statements[TMESH_STATEMENT_COUNT];
};

static tmesh_sql_t *use(tmesh_sql_connection_t *connection, int statement)
{
    assert(statement >= 0 && statement < TMESH_STATEMENT_COUNT);
    tmesh_sqlite_sql_t *sql = &((tmesh_sqlite_connection_t *)connection)->statements[statement];
    assert(!sql->is_used);
    sql->is_used = true;
    return &sql->base;
}

// Settings of this connection; none of them touches the file.
static int apply_settings(sqlite3 *db, const tmesh_sqlite_settings_t *settings,
                          uint32_t checkpoint_pages)
{
    sqlite3_extended_result_codes(db, 1);
    sqlite3_busy_timeout(db, (int)settings->busy_wait_ms);
    sqlite3_wal_autocheckpoint(db, (int)checkpoint_pages); // 0: never
    char text[192];
    snprintf(text, sizeof text,
             "PRAGMA synchronous = FULL; PRAGMA mmap_size = 0; PRAGMA foreign_keys = OFF; "
             "PRAGMA temp_store = MEMORY; PRAGMA cache_size = -%d", CACHE_KIB);
    return sqlite3_exec(db, text, NULL, NULL, NULL);
}

static int prepare_all(tmesh_sqlite_connection_t *self, _Atomic uint64_t *executed)
{
    for (int i = 0; i < TMESH_STATEMENT_COUNT; i++) {
        tmesh_sqlite_sql_t *sql = &self->statements[i];
        sql->base.backend = &tmesh_sqlite_sql_backend;
        sql->executed = executed;
        int code = sqlite3_prepare_v3(self->db, tmesh_sqlite_statement_text(i), -1,
                                      SQLITE_PREPARE_PERSISTENT, &sql->statement, NULL);
        if (code) return code;
    }
    return SQLITE_OK;
}

static int set_journal(sqlite3 *db)
{
    return sqlite3_exec(db, "PRAGMA journal_mode = WAL", NULL, NULL, NULL);
}

tmesh_err_t tmesh_sqlite_connection_open_writer(tmesh_sqlite_connection_t **self_p,
                                                const tmesh_sqlite_settings_t *settings,
                                                tmesh_fault_t **fault_p)
{
    tmesh_auto(tmesh_sqlite_connection) self = tmesh_alloc(sizeof *self);
    self->base.use = use;
    int code = sqlite3_open_v2(settings->path, &self->db,
                               SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX,
                               NULL);
    if (!code) code = apply_settings(self->db, settings, settings->checkpoint_pages);
    if (code) return tmesh_schema_fault(self->db, code, settings->path, fault_p);
    // Judge first: the file of another program is not to be changed.
    tmesh_err_t err = tmesh_schema_check(self->db, settings->path, fault_p);
    if (err) return err;
    code = set_journal(self->db);
    if (code) return tmesh_schema_fault(self->db, code, settings->path, fault_p);
    err = tmesh_schema_migrate(self->db, settings->path, fault_p);
    if (err) return err;
    code = prepare_all(self, settings->executed);
    if (code) return tmesh_schema_fault(self->db, code, settings->path, fault_p);
    *self_p = self;
    self = NULL;
    return TMESH_OK;
}

tmesh_err_t tmesh_sqlite_connection_open_reader(tmesh_sqlite_connection_t **self_p,
                                                const tmesh_sqlite_settings_t *settings,
                                                tmesh_fault_t **fault_p)
{
    tmesh_auto(tmesh_sqlite_connection) self = tmesh_alloc(sizeof *self);
    self->base.use = use;
    int code = sqlite3_open_v2(settings->path, &self->db,
                               SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX, NULL);
    if (!code) code = apply_settings(self->db, settings, 0);
    if (!code) code = prepare_all(self, settings->executed);
    if (code) return tmesh_schema_fault(self->db, code, settings->path, fault_p);
    *self_p = self;
    self = NULL;
    return TMESH_OK;
}

void tmesh_sqlite_connection_destroy(tmesh_sqlite_connection_t **self_p)
{
    tmesh_sqlite_connection_t *self = *self_p;
    if (!self) return;
    for (int i = 0; i < TMESH_STATEMENT_COUNT; i++) {
        assert(!self->statements[i].is_used);
        sqlite3_finalize(self->statements[i].statement);
    }
    int code = sqlite3_close(self->db);
    assert(code == SQLITE_OK); // nothing of it is in use any more
    tmesh_free(self);
    *self_p = NULL;
}

tmesh_sql_connection_t *tmesh_sqlite_connection_sql(tmesh_sqlite_connection_t *self)
{
    return &self->base;
}

tmesh_sql_t *tmesh_sqlite_connection_use(tmesh_sqlite_connection_t *self, int statement)
{
    return use(&self->base, statement);
}

tmesh_err_t tmesh_sqlite_connection_run(tmesh_sqlite_connection_t *self, int statement)
{
    tmesh_auto(tmesh_sql) sql = tmesh_sqlite_connection_use(self, statement);
    return tmesh_sql_run(sql);
}

void tmesh_sqlite_connection_set_busy_wait(tmesh_sqlite_connection_t *self, int64_t wait_ms)
{
    sqlite3_busy_timeout(self->db, (int)wait_ms);
}

bool tmesh_sqlite_connection_has_transaction(const tmesh_sqlite_connection_t *self)
{
    return sqlite3_get_autocommit(self->db) == 0;
}

int64_t tmesh_sqlite_connection_changes(const tmesh_sqlite_connection_t *self)
{
    return sqlite3_total_changes64(self->db);
}

sqlite3_backup *tmesh_sqlite_connection_begin_copy(tmesh_sqlite_connection_t *self,
                                                   sqlite3 *target)
{
    return sqlite3_backup_init(target, "main", self->db, "main");
}

tmesh_err_t tmesh_sqlite_connection_checkpoint(tmesh_sqlite_connection_t *self)
{
    return tmesh_sqlite_err(sqlite3_wal_checkpoint_v2(self->db, NULL, SQLITE_CHECKPOINT_TRUNCATE,
                                                   NULL, NULL));
}
