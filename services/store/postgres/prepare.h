// services/store/postgres/prepare.h - all statements of a connection, prepared once, in one round trip.
#ifndef TMESH_SERVICES_STORE_POSTGRES_PREPARE_H
#define TMESH_SERVICES_STORE_POSTGRES_PREPARE_H

#include "services/store/postgres/connection.h"
#include "services/store/postgres/line.h"

typedef char tmesh_statement_name_t[16];

// By which the server knows it.
void tmesh_postgres_statement_name(int statement, tmesh_statement_name_t name);
// Enters pipeline mode. *fault_p: "store_unreachable".
tmesh_err_t tmesh_postgres_prepare(tmesh_postgres_line_t *line,
                                   tmesh_postgres_sql_t statements[TMESH_STATEMENT_COUNT],
                                   const tmesh_postgres_settings_t *settings,
                                   tmesh_fault_t **fault_p);

#endif
