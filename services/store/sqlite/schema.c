#include "services/store/sqlite/schema.h"

#include <assert.h>
#include <stdio.h>

#include "services/store/sqlite/schema_texts.h"
#include "services/store/sqlite/sql.h"

int tmesh_schema_version(void)
{
    return tmesh_schema_text_count;
}

tmesh_err_t tmesh_schema_fault(sqlite3 *db, int code, const char *path, tmesh_fault_t **fault_p)
{
    tmesh_err_t err = tmesh_sqlite_err(code);
    assert(err);
    const char *word = "store_unreadable";
    if (err == TMESH_ERR_CORRUPT) {
        word = "store_corrupt";
    } else if (err == TMESH_ERR_SERIALIZATION) {
        // Somebody without our lock file, such as an sqlite3 shell, is in a transaction.
        err = TMESH_ERR_BUSY;
        word = "store_locked";
    } else if (err != TMESH_ERR_FATAL) {
        err = TMESH_ERR_IO;
    }
    *fault_p = tmesh_fault_new(err, word, path, "the store can not be opened: %s",
                               db ? sqlite3_errmsg(db) : sqlite3_errstr(code));
    return err;
}

// The first column of the first row of a statement that always has one.
static int read_number(sqlite3 *db, const char *text, int *number)
{
    sqlite3_stmt *statement = NULL;
    int code = sqlite3_prepare_v2(db, text, -1, &statement, NULL);
    if (code == SQLITE_OK) {
        code = sqlite3_step(statement);
        if (code == SQLITE_ROW) *number = sqlite3_column_int(statement, 0);
    }
    sqlite3_finalize(statement);
    return code == SQLITE_ROW ? SQLITE_OK : code;
}

tmesh_err_t tmesh_schema_check(sqlite3 *db, const char *path, tmesh_fault_t **fault_p)
{
    int application = 0;
    int version = 0;
    int objects = 0;
    int code = read_number(db, "PRAGMA application_id", &application);
    if (!code) code = read_number(db, "PRAGMA user_version", &version);
    if (!code) code = read_number(db, "SELECT count(*) FROM sqlite_schema", &objects);
    if (code) return tmesh_schema_fault(db, code, path, fault_p);
    bool is_new = application == 0 && version == 0 && objects == 0;
    if (is_new) return TMESH_OK;
    if (application != TMESH_SCHEMA_APPLICATION_ID) {
        *fault_p = tmesh_fault_new(TMESH_ERR_CORRUPT, "store_corrupt", path,
                                   "this SQLite file belongs to another program "
                                   "(application_id %d)", application);
        return TMESH_ERR_CORRUPT;
    }
    if (version > tmesh_schema_version()) {
        *fault_p = tmesh_fault_new(TMESH_ERR_UNSUPPORTED, "store_too_new", path,
                                   "the store has schema version %d, this program knows versions "
                                   "up to %d: use a newer program", version,
                                   tmesh_schema_version());
        return TMESH_ERR_UNSUPPORTED;
    }
    return TMESH_OK;
}

static int run_migrations(sqlite3 *db, int version)
{
    int code = SQLITE_OK;
    for (int i = version; i < tmesh_schema_text_count && !code; i++) {
        code = sqlite3_exec(db, tmesh_schema_texts[i], NULL, NULL, NULL);
    }
    if (code) return code;
    char text[96]; // a PRAGMA takes no parameters
    snprintf(text, sizeof text, "PRAGMA application_id = %d; PRAGMA user_version = %d",
             TMESH_SCHEMA_APPLICATION_ID, tmesh_schema_text_count);
    return sqlite3_exec(db, text, NULL, NULL, NULL);
}

tmesh_err_t tmesh_schema_migrate(sqlite3 *db, const char *path, tmesh_fault_t **fault_p)
{
    int version = 0;
    int code = read_number(db, "PRAGMA user_version", &version);
    if (!code && version == tmesh_schema_version()) return TMESH_OK;
    if (!code) code = sqlite3_exec(db, "BEGIN IMMEDIATE", NULL, NULL, NULL);
    if (code) return tmesh_schema_fault(db, code, path, fault_p);
    code = run_migrations(db, version);
    if (!code) code = sqlite3_exec(db, "COMMIT", NULL, NULL, NULL);
    if (!code) return TMESH_OK;
    tmesh_err_t err = tmesh_schema_fault(db, code, path, fault_p);
    if (!sqlite3_get_autocommit(db)) sqlite3_exec(db, "ROLLBACK", NULL, NULL, NULL);
    return err;
}
