#include "services/store/postgres/statements.h"

#include <assert.h>

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
        "pg_current_xact_id(), pg_backend_pid()",
    [TMESH_STATEMENT_PING] = "SELECT pg_is_in_recovery()",

    // 0: in progress, 1: committed, 2: aborted, 3: too long ago to say.
    [TMESH_STATEMENT_XACT_STATUS] =
        "SELECT CASE pg_xact_status($1::xid8) WHEN 'in progress' THEN 0 WHEN 'committed' THEN 1 "
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
