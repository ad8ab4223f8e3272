#include "services/store/postgres/dial.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/base/memory.h"
#include "services/store/postgres/errors.h"

enum { VERSION_MIN = 150000 };

static tmesh_err_t refuse(tmesh_err_t err, const char *code, const tmesh_postgres_settings_t *settings,
                          const char *text, tmesh_fault_t **fault_p)
{
    size_t size = strlen(text);
    while (size > 0 && text[size - 1] == '\n') size--;
    *fault_p = tmesh_fault_new(err, code, settings->shown, "%.*s", (int)size, text);
    return err;
}

// Our plans look rows up by keys, batch by batch, whatever statistics say or do not say yet (row_by_row.h):
// without these a generic plan may read a whole table to join it with an array of one. Readers judge for
// themselves: the doctor reads everything.
static const char for_writers[] =
    "SET enable_seqscan = off; SET enable_hashjoin = off; SET enable_mergejoin = off; "
    "SET enable_bitmapscan = off; SET enable_material = off; SET join_collapse_limit = 1; "
    "SET plan_cache_mode = force_generic_plan; "
    "SET default_transaction_isolation = 'read committed'; ";
// A process at the server that waits for the rest of a request has no other limit, and it may hold locks
// that everybody waits for. As we look after our own side; without effect on Unix sockets.
static const char for_dead_clients[] =
    "SET tcp_keepalives_idle = 10; SET tcp_keepalives_interval = 5; SET tcp_keepalives_count = 3; "
    "SET tcp_user_timeout = 30000; ";
static const char for_readers[] =
    "SET default_transaction_isolation = 'repeatable read'; "
    "SET default_transaction_read_only = on; ";

static tmesh_err_t set_up(PGconn *connection, const tmesh_postgres_settings_t *settings,
                          tmesh_fault_t **fault_p)
{
    // Nobody waits for a reader, and the doctor thinks for a while between two statements.
    int64_t idle_ms = settings->is_reader ? settings->silence_ms : settings->idle_ms;
    tmesh_auto_free char *text = tmesh_printf(
        "%s%s SET search_path = taskmesh; SET jit = off; SET synchronous_commit = on; "
        "SET statement_timeout = %lld; SET idle_in_transaction_session_timeout = %lld; "
        "SET taskmesh.node_id = '%s'",
        settings->is_reader ? for_readers : for_writers, for_dead_clients,
        (long long)settings->statement_timeout_ms, (long long)idle_ms,
        settings->node_id ? settings->node_id : "");
    PGresult *result = PQexec(connection, text);
    tmesh_err_t err = TMESH_OK;
    if (PQresultStatus(result) != PGRES_COMMAND_OK) {
        err = refuse(tmesh_postgres_err(PQresultErrorField(result, PG_DIAG_SQLSTATE)),
                     "store_unreachable", settings, PQerrorMessage(connection), fault_p);
    }
    PQclear(result);
    return err;
}

static tmesh_err_t judge(PGconn *connection, const tmesh_postgres_settings_t *settings,
                         tmesh_fault_t **fault_p)
{
    if (PQserverVersion(connection) < VERSION_MIN) {
        return refuse(TMESH_ERR_UNSUPPORTED, "store_unsuitable", settings,
                      "this PostgreSQL is older than 15", fault_p);
    }
    const char *encoding = PQparameterStatus(connection, "server_encoding");
    if (!encoding || strcmp(encoding, "UTF8") != 0) {
        return refuse(TMESH_ERR_UNSUPPORTED, "store_unsuitable", settings,
                      "this database is not encoded in UTF8", fault_p);
    }
    return TMESH_OK;
}

// What stands before dbname may be said otherwise by the URL, what stands behind it may not. Of several
// hosts the primary is taken for reading, too: a standby may not have yet what was just acknowledged.
// By its name other nodes find the processes of one that is dead (statements_nodes.c).
static PGconn *connect_by(const tmesh_postgres_settings_t *settings, bool waits)
{
    tmesh_auto_free char *name = settings->node_id
                                     ? tmesh_printf("%s %s", settings->name, settings->node_id)
                                     : tmesh_strdup(settings->name);
    const char *const words[] = {
        "connect_timeout", "keepalives_idle", "keepalives_interval", "keepalives_count",
        "tcp_user_timeout", "dbname", "application_name", "client_encoding",
        "target_session_attrs", NULL};
    const char *const values[] = {"5", "10", "5", "3", "30000", settings->url, name,
                                  "UTF8", settings->is_reader ? "primary" : "read-write", NULL};
    return waits ? PQconnectdbParams(words, values, 1) : PQconnectStartParams(words, values, 1);
}

// libpq would print them; what matters comes as an error.
static void ignore_notice(void *nothing, const char *text)
{
    (void)nothing;
    (void)text;
}

PGconn *tmesh_postgres_dial_begin(const tmesh_postgres_settings_t *settings)
{
    PGconn *connection = connect_by(settings, false);
    PQsetNoticeProcessor(connection, ignore_notice, NULL);
    return connection;
}

tmesh_err_t tmesh_postgres_dial(PGconn **connection_p, const tmesh_postgres_settings_t *settings,
                                tmesh_fault_t **fault_p)
{
    PGconn *connection = connect_by(settings, true);
    PQsetNoticeProcessor(connection, ignore_notice, NULL);
    tmesh_err_t err = TMESH_OK;
    if (PQstatus(connection) != CONNECTION_OK) {
        err = refuse(TMESH_ERR_CONNECTION, "store_unreachable", settings,
                     PQerrorMessage(connection), fault_p);
    }
    if (!err) err = judge(connection, settings, fault_p);
    if (!err) err = set_up(connection, settings, fault_p);
    if (err) {
        PQfinish(connection);
        return err;
    }
    *connection_p = connection;
    return TMESH_OK;
}
