// services/store/postgres/errors.h - what PostgreSQL's errors mean to us.
#ifndef TMESH_SERVICES_STORE_POSTGRES_ERRORS_H
#define TMESH_SERVICES_STORE_POSTGRES_ERRORS_H

#include "runtime/base/error.h"

// Of an SQLSTATE; NULL: the server gave none, so the connection is gone.
tmesh_err_t tmesh_postgres_err(const char *state);

#endif
