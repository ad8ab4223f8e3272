// services/store/postgres/claims.h - what the workers of claimed steps need: context and results of the
// parents. Asked for behind everything that is written, in the round trip of the commit. So is
// which entries of the dead letter queue were written.
#ifndef TMESH_SERVICES_STORE_POSTGRES_CLAIMS_H
#define TMESH_SERVICES_STORE_POSTGRES_CLAIMS_H

#include "services/store/postgres/connection.h"
#include "services/store/work.h"

// Statements whose answers are awaited; NULL: nothing to ask.
typedef struct {
    tmesh_sql_t *contexts;
    tmesh_sql_t *inputs;
    tmesh_sql_t *ancestors;
    tmesh_sql_t *own_inputs;
    tmesh_sql_t *checkpoints;
    tmesh_sql_t *dlq_written;
} tmesh_postgres_claims_t;

void tmesh_postgres_claims_ask(tmesh_postgres_claims_t *self,
                               tmesh_postgres_connection_t *connection, const tmesh_work_t *work);
// After the sync. CORRUPT when a claimed step's task has no request.
tmesh_err_t tmesh_postgres_claims_take(tmesh_postgres_claims_t *self, tmesh_work_t *work);
// Whatever came of it.
void tmesh_postgres_claims_clear(tmesh_postgres_claims_t *self);

#endif
