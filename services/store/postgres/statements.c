#include "services/store/postgres/statements.h"

#include <assert.h>

#define NOW_MS "floor(extract(epoch FROM clock_timestamp()) * 1000)::int8"

// Transactions; the rest stands in statements_load.c, _save.c, _read.c and _nodes.c.
static const char *const texts[TMESH_STATEMENT_COUNT] = {
    [TMESH_STATEMENT_BEGIN] = "BEGIN",
    [TMESH_STATEMENT_COMMIT] = "COMMIT",
    [TMESH_STATEMENT_ROLLBACK] = "ROLLBACK",
    // After the locks: the time of this transaction.
    [TMESH_STATEMENT_STAMP] = "SELECT " NOW_MS,

    // The last statement before a commit. A connection that others have closed commits nothing: the
    // division by zero fails it.
    [TMESH_STATEMENT_MARK] =
        "WITH marked AS (INSERT INTO connections AS c (connection_id, work, at_ms, is_closed) "
        "VALUES ($1::uuid, $2::int8, " NOW_MS ", false) ON CONFLICT (connection_id) DO UPDATE "
        "SET work = excluded.work, at_ms = excluded.at_ms WHERE NOT c.is_closed RETURNING 1) "
        "SELECT 1 / count(*) FROM marked",
    // Waits for a transaction that has marked its work and not ended.
    [TMESH_STATEMENT_CLOSE_CONNECTION] =
        "INSERT INTO connections AS c (connection_id, work, at_ms, is_closed) "
        "VALUES ($1::uuid, 0, " NOW_MS ", true) ON CONFLICT (connection_id) DO UPDATE "
        "SET is_closed = true, at_ms = excluded.at_ms RETURNING work",
    // The process that has this connection, if it is still that one: numbers of processes come again.
    [TMESH_STATEMENT_TERMINATE] =
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid = $1::int4 "
        "AND datname = current_database() AND usename = current_user AND pid <> pg_backend_pid() "
        "AND backend_start <= to_timestamp(($2::int8 + 1) / 1000.0)",
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
