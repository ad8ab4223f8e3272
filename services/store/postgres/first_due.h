// services/store/postgres/first_due.h - the earliest due times, each the first of its index; NULL: none.
#ifndef TMESH_SERVICES_STORE_POSTGRES_FIRST_DUE_H
#define TMESH_SERVICES_STORE_POSTGRES_FIRST_DUE_H

#include "services/store/postgres/me.h"

#define FIRST_DUE(table, where) \
    "(SELECT due_ms FROM " table " WHERE due_ms IS NOT NULL" where " ORDER BY due_ms LIMIT 1)"
#define DUE_TASK FIRST_DUE("tasks", "")
// Nobody's, or this node's own.
#define DUE_STEP \
    "least(" FIRST_DUE("steps", " AND node_id IS NULL") ", " \
    FIRST_DUE("steps", " AND node_id = " ME) ")"

#endif
