#include "services/store/postgres/statements.h"

#include <assert.h>

// When the server last came up from a crash, or from another server's copy: that empties what it counts.
// Everybody may read it. To empty it by hand makes it another life too, which only doubts more.
#define SERVER_LIFE                                                                                \
    "coalesce(floor(extract(epoch FROM pg_stat_get_bgwriter_stat_reset_time()) * 1000000)::int8, 0)"

// Transactions; the rest stands in statements_load.c, _save.c, _read.c and _nodes.c.
static const char *const texts[TMESH_STATEMENT_COUNT] = {
    [TMESH_STATEMENT_BEGIN] = "BEGIN",
    [TMESH_STATEMENT_COMMIT] = "COMMIT",
    [TMESH_STATEMENT_ROLLBACK] = "ROLLBACK",
    // After the locks: the time of this transaction, and what it is asked for by should its commit be
    // in doubt. The number is drawn here also if nothing is locked: a transaction that writes nothing
    // never waits for the disk because of it.
    [TMESH_STATEMENT_STAMP] =
        "SELECT floor(extract(epoch FROM clock_timestamp()) * 1000)::int8, "
        "pg_current_xact_id(), pg_backend_pid(), " SERVER_LIFE,
    [TMESH_STATEMENT_PING] = "SELECT pg_is_in_recovery()",

    // 0: in progress, 1: committed, 2: aborted, 3: it can't be said: too long ago, or committed since a
    // crash, which gives numbers free that it took with it, so that another may have drawn this one.
    [TMESH_STATEMENT_XACT_STATUS] =
        "SELECT CASE pg_xact_status($1::xid8) WHEN 'in progress' THEN 0 "
        "WHEN 'committed' THEN CASE WHEN $2::int8 = " SERVER_LIFE " THEN 1 ELSE 3 END "
        "WHEN 'aborted' THEN 2 ELSE 3 END",
    // The process that has this transaction, if it is still the one that had it.
    [TMESH_STATEMENT_TERMINATE] =
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
        "WHERE pid = $1::int4 AND backend_xid = $2::xid8::xid",
};

const char *tmesh_postgres_statement_text(int statement)
{
    assert(statement >= 0 && statement < TMESH_STATEMENT_COUNT);
    const char *found = texts[statement];
    if (!found) found = tmesh_postgres_texts_of_loading[statement];
    if (!found) found = tmesh_postgres_texts_of_saving[statement];
    if (!found) found = tmesh_postgres_texts_of_reading[statement];
    if (!found) found = tmesh_postgres_texts_of_nodes[statement];
    assert(found);
    return found;
}
