// services/store/postgres/settle.h - a connection was lost at COMMIT: was it committed? Every work that is
// committed says so in the row of its connection, in the same transaction.
#ifndef TMESH_SERVICES_STORE_POSTGRES_SETTLE_H
#define TMESH_SERVICES_STORE_POSTGRES_SETTLE_H

#include "services/store/postgres/connection.h"

// Queues the mark of the work that is to be committed next.
void tmesh_postgres_settle_mark(tmesh_postgres_connection_t *connection);

// Asks over another connection, whose pool has ended the process of the lost one. When it is answered the work is committed or never will be: nothing is
// committed over the lost connection any more. CONNECTION, BUSY and others: ask again.
tmesh_err_t tmesh_postgres_settle(tmesh_postgres_connection_t *connection,
                                  const tmesh_postgres_stamp_t *stamp, bool *is_committed_p);

#endif
