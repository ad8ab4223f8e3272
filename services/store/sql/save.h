// services/store/sql/save.h - what a work has changed, into the tables.
#ifndef TMESH_SERVICES_STORE_SQL_SAVE_H
#define TMESH_SERVICES_STORE_SQL_SAVE_H

#include "services/store/sql/statements.h"
#include "services/store/work.h"

// Within a transaction. CONFLICT when something is there already (a result of the same run, an
// identity, a number), CORRUPT when a row that was changed is not there.
tmesh_err_t tmesh_sql_save(tmesh_sql_connection_t *connection, const tmesh_work_t *work);
// After the commit: what was held in the tables is held in the work's rows too.
void tmesh_sql_save_finish(tmesh_work_t *work);

#endif
