// services/store/postgres/settle.h - a connection was lost at COMMIT: was it committed?
#ifndef TMESH_SERVICES_STORE_POSTGRES_SETTLE_H
#define TMESH_SERVICES_STORE_POSTGRES_SETTLE_H

#include "services/store/postgres/connection.h"

// Asks over another connection. While the transaction is in progress its process is ended and waited
// for, at most for_ms. TMESH_OK: *is_committed_p; CONNECTION: ask again over a new one; NOT_FOUND: the
// server can not tell any more, or its process would not end.
tmesh_err_t tmesh_postgres_settle(tmesh_postgres_connection_t *connection,
                                  const tmesh_postgres_stamp_t *stamp, int64_t for_ms,
                                  bool *is_committed_p);

#endif
