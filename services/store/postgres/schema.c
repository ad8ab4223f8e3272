#include "services/store/postgres/schema.h"

#include <stdlib.h>

#include "runtime/base/memory.h"
#include "services/store/postgres/errors.h"
#include "services/store/postgres/schema_texts.h"

// "tmsh": whoever migrates holds this advisory lock.
#define LOCK "SELECT pg_advisory_xact_lock(x'746d7368'::int8)"

int tmesh_postgres_schema_version(void)
{
    return tmesh_postgres_schema_text_count;
}

// Runs a text of one or several statements; *number_p, if wanted: the only value of the last one.
static tmesh_err_t run(PGconn *connection, const char *text, int *number_p)
{
    PGresult *result = PQexec(connection, text);
    ExecStatusType status = PQresultStatus(result);
    tmesh_err_t err = TMESH_OK;
    if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK) {
        err = tmesh_postgres_err(PQresultErrorField(result, PG_DIAG_SQLSTATE));
    } else if (number_p && PQntuples(result) == 1) {
        *number_p = atoi(PQgetvalue(result, 0, 0));
    }
    PQclear(result);
    return err;
}

enum { NO_SCHEMA = -1, EMPTY_SCHEMA = 0 };

// *version_p: that of the tables, or what there is instead. An empty schema is one that was made for us:
// so who works with it needs no other right in this database.
static tmesh_err_t look(PGconn *connection, const char *shown, int *version_p,
                        tmesh_fault_t **fault_p)
{
    int schemas = 0;
    int tables = 0;
    int others = 0;
    *version_p = NO_SCHEMA;
    tmesh_err_t err = run(connection, "SELECT count(*) FROM pg_namespace WHERE nspname = 'taskmesh'",
                          &schemas);
    if (err || schemas == 0) return err;
    *version_p = EMPTY_SCHEMA;
    err = run(connection, "SELECT count(*) FROM pg_tables WHERE schemaname = 'taskmesh' "
                          "AND tablename = 'schema_version'", &tables);
    if (!err) {
        err = run(connection, "SELECT count(*) FROM pg_class WHERE relnamespace = "
                              "'taskmesh'::regnamespace", &others);
    }
    if (err || others == 0) return err;
    if (tables == 0) {
        *fault_p = tmesh_fault_new(TMESH_ERR_CORRUPT, "store_corrupt", shown,
                                   "the schema taskmesh of this database is somebody else's: it has "
                                   "no table schema_version");
        return TMESH_ERR_CORRUPT;
    }
    err = run(connection, "SELECT max(version) FROM taskmesh.schema_version", version_p);
    if (!err && *version_p > tmesh_postgres_schema_version()) {
        *fault_p = tmesh_fault_new(TMESH_ERR_UNSUPPORTED, "store_too_new", shown,
                                   "the store has schema version %d, this program knows versions "
                                   "up to %d: use a newer program", *version_p,
                                   tmesh_postgres_schema_version());
        return TMESH_ERR_UNSUPPORTED;
    }
    return err;
}

static tmesh_err_t run_migrations(PGconn *connection, int version)
{
    tmesh_err_t err = TMESH_OK;
    if (version == NO_SCHEMA) err = run(connection, "CREATE SCHEMA taskmesh", NULL);
    if (!err && version <= EMPTY_SCHEMA) {
        err = run(connection, "CREATE TABLE taskmesh.schema_version (version int PRIMARY KEY, "
                              "since timestamptz NOT NULL DEFAULT now())", NULL);
    }
    const int first = version == NO_SCHEMA ? EMPTY_SCHEMA : version;
    for (int i = first; i < tmesh_postgres_schema_text_count && !err; i++) {
        err = run(connection, tmesh_postgres_schema_texts[i], NULL);
        tmesh_auto_free char *text =
            tmesh_printf("INSERT INTO taskmesh.schema_version VALUES (%d)", i + 1);
        if (!err) err = run(connection, text, NULL);
    }
    return err;
}

tmesh_err_t tmesh_postgres_schema_migrate(PGconn *connection, const char *shown,
                                          tmesh_fault_t **fault_p)
{
    int version = 0;
    tmesh_err_t err = run(connection, "BEGIN; " LOCK, NULL);
    // An index of a large table takes its time.
    if (!err) err = run(connection, "SET LOCAL client_min_messages = warning; "
                                    "SET LOCAL statement_timeout = 0", NULL);
    if (!err) err = look(connection, shown, &version, fault_p);
    bool is_old = version < tmesh_postgres_schema_version();
    if (!err && is_old) err = run_migrations(connection, version);
    if (!err) err = run(connection, "COMMIT", NULL);
    if (!err) return TMESH_OK;
    if (!*fault_p) {
        if (err == TMESH_ERR_FATAL || err == TMESH_ERR_CONFLICT) err = TMESH_ERR_IO;
        *fault_p = tmesh_fault_new(err, "store_unreadable", shown, "the store can not be opened: %s",
                                   PQerrorMessage(connection));
    }
    if (run(connection, "ROLLBACK", NULL)) return err; // the connection is given up anyway
    return err;
}
