// services/store/postgres/line.h - libpq in pipeline mode, and how long its server is waited for.
#ifndef TMESH_SERVICES_STORE_POSTGRES_LINE_H
#define TMESH_SERVICES_STORE_POSTGRES_LINE_H

#include <libpq-fe.h>

#include "runtime/base/error.h"
#include "services/store/postgres/contact.h"

typedef struct {
    PGconn *libpq;
    tmesh_postgres_contact_t *contact; // lent
    int64_t silence_ms;                // without a word of the server: it is lost
    bool is_reader;                    // and does not wait for a server that is given up
    bool is_lost;
} tmesh_postgres_line_t;

// The next answer in the pipeline (yours); NULL ends those of one statement, or *err_p says CONNECTION: then
// it is lost.
PGresult *tmesh_postgres_line_next(tmesh_postgres_line_t *self, tmesh_err_t *err_p);

#endif
