// services/store/postgres/schema.h - the tables, in a schema of their own, and the way from one version
// of them to the next.
#ifndef TMESH_SERVICES_STORE_POSTGRES_SCHEMA_H
#define TMESH_SERVICES_STORE_POSTGRES_SCHEMA_H

#include <libpq-fe.h>

#include "runtime/base/error.h"

// The version that this program writes.
int tmesh_postgres_schema_version(void);

// Makes what is missing, in one transaction and under a lock: of several programs that start at once
// one does it. *fault_p: UNSUPPORTED "store_too_new", CORRUPT "store_corrupt" (the schema is somebody
// else's), IO "store_unreadable". `shown` says where.
tmesh_err_t tmesh_postgres_schema_migrate(PGconn *connection, const char *shown,
                                          tmesh_fault_t **fault_p);

#endif
