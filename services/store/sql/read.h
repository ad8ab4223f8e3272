// services/store/sql/read.h - the reader of every database with SQL: a backend says how one call
// gets its hold on the tables, and lets go of it.
#ifndef TMESH_SERVICES_STORE_SQL_READ_H
#define TMESH_SERVICES_STORE_SQL_READ_H

#include "services/store/reader.h"
#include "services/store/sql/sql.h"

// The first member of a backend's own reader, whose base.backend is tmesh_sql_reader_backend.
typedef struct tmesh_sql_reader tmesh_sql_reader_t;
struct tmesh_sql_reader {
    tmesh_reader_t base; // first
    // Nothing changes between the statements of one call. On an error nothing is held.
    tmesh_err_t (*arrive)(tmesh_sql_reader_t *self, tmesh_sql_connection_t **connection_p);
    // `err` is what the call has found out, and stays what it is. It wrote nothing.
    tmesh_err_t (*depart)(tmesh_sql_reader_t *self, tmesh_err_t err);
    void (*destroy)(tmesh_sql_reader_t *self);
};

extern const tmesh_reader_backend_t tmesh_sql_reader_backend;

#endif
