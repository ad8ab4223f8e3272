// services/store/postgres/sql.h - a prepared statement of PostgreSQL in use (services/store/sql/sql.h).
//
// Binding a statement whose parameters are arrays goes round and round: one row after another. Nothing
// is sent before it is needed: tmesh_sql_next on any statement sends what was queued and waits once for
// all answers. Rows that were added and never read are queued at the end of the scope.
#ifndef TMESH_SERVICES_STORE_POSTGRES_SQL_H
#define TMESH_SERVICES_STORE_POSTGRES_SQL_H

#include <libpq-fe.h>

#include "services/store/postgres/parameter.h"
#include "services/store/sql/sql.h"

typedef struct tmesh_postgres_connection tmesh_postgres_connection_t;

typedef struct {
    tmesh_sql_t base;                        // first
    tmesh_postgres_connection_t *connection; // lent
    int statement;
    tmesh_parameter_t *parameters;
    int parameter_count;
    int bound;        // which parameter is bound next
    bool has_rows;    // tmesh_sql_add was called: it is to be sent
    bool is_used;
    bool is_sent;
    PGresult *result; // NULL: nothing was answered yet
    int row;          // which is read; -1: before the first
    int read;         // columns of this row so far
} tmesh_postgres_sql_t;

extern const tmesh_sql_backend_t tmesh_postgres_sql_backend;

// Binds the parameter with this index next, where they are not simply in order.
void tmesh_postgres_sql_at(tmesh_sql_t *self, int index);
// Queues it; what it says is read after all others that belong to the same round trip were queued.
void tmesh_postgres_sql_send(tmesh_sql_t *self);

#endif
