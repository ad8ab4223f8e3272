// services/store/postgres/store_postgres.h - the store in a PostgreSQL database. Seen only by bin and
// tests.
#ifndef TMESH_SERVICES_STORE_POSTGRES_STORE_POSTGRES_H
#define TMESH_SERVICES_STORE_POSTGRES_STORE_POSTGRES_H

#include "services/store/reader.h"
#include "services/store/store.h"

typedef struct {
    const char *url;            // postgresql://..., or anything that libpq takes; copied
    const char *shown;          // it without a password, for faults; copied; NULL: "postgresql"
    const tmesh_clock_t *clock; // lent, for tests; NULL: all times are the database's
    const char *node;           // written with each transition; copied; NULL: none
    const tmesh_node_id_t *node_id; // copied: one of several nodes, from now until the store is
                                    // destroyed; a living one of the same name is dead then.
                                    // NULL: the only one
    int64_t statement_timeout_ms; // 0: 30,000
    int64_t idle_ms;              // without a word of this process the server undoes what it has begun
                                  // there, so that nobody waits for it; 0: 5,000
    int64_t reconnect_ms;         // how long a server is waited for, from when it is first missed;
                                  // then calls fail at once. 0: 5,000
} tmesh_store_postgres_config_t;

// Connects, makes the tables in the schema `taskmesh` or brings them up to date. Errors, with *fault_p
// set (yours): CONNECTION "store_unreachable", UNSUPPORTED "store_too_new", "store_unsuitable" (older
// than 15, not UTF8), IO "store_unreadable", CORRUPT "store_corrupt". No fault shows the URL.
tmesh_err_t tmesh_store_postgres_open(tmesh_store_t **self_p,
                                      const tmesh_store_postgres_config_t *config,
                                      tmesh_fault_t **fault_p);
// A read-only connection of its own. Destroy it before the store.
tmesh_err_t tmesh_store_postgres_open_reader(tmesh_store_t *store, tmesh_reader_t **reader_p);

// Does this URL mean PostgreSQL?
bool tmesh_store_postgres_is_url(const char *url);

#endif
