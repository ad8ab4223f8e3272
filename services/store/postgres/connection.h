// services/store/postgres/connection.h - one connection in pipeline mode with all its statements
// prepared. One thread at a time. What is queued is sent together, and all answers are waited for at
// once: one round trip. After CONNECTION it is lost and can only be destroyed.
#ifndef TMESH_SERVICES_STORE_POSTGRES_CONNECTION_H
#define TMESH_SERVICES_STORE_POSTGRES_CONNECTION_H

#include <stdatomic.h>

#include "services/store/postgres/contact.h"
#include "services/store/postgres/sql.h"
#include "services/store/postgres/statements.h"

// Counted by all connections of a store.
typedef struct {
    _Atomic uint64_t commits; // that wrote something
    _Atomic uint64_t rollbacks;
    _Atomic uint64_t statements;
    _Atomic uint64_t round_trips;
    _Atomic uint64_t calls; // to other nodes
} tmesh_postgres_counters_t;

typedef struct {
    const char *url;                     // lent; may hold a password
    const char *shown;                   // the store's name in faults; lent
    const char *name;                    // shown in pg_stat_activity; lent
    const char *node_id;                 // a UUID as text, lent; NULL: it is no node's
    int64_t statement_timeout_ms;
    int64_t idle_ms;                     // without a word of ours: the server ends our transaction
    int64_t silence_ms;                  // without a word of the server: the connection is lost
    bool is_reader;                      // every transaction is read-only and sees one state; it does
                                         // not wait for a server that is given up
    tmesh_postgres_counters_t *counters; // lent
    tmesh_postgres_contact_t *contact;   // lent
} tmesh_postgres_settings_t;

// What one work is known by, whatever becomes of the connection that it is done on.
typedef struct {
    uint8_t connection_id[16]; // drawn when it was opened
    int64_t work;   // its number, counted by the connection
    int64_t now_ms; // when it began, by the database's clock; the connection, before its first work
    int64_t backend_pid;
} tmesh_postgres_stamp_t;

// *fault_p: CONNECTION or IO "store_unreachable", UNSUPPORTED "store_unsuitable".
tmesh_err_t tmesh_postgres_connection_open(tmesh_postgres_connection_t **self_p,
                                           const tmesh_postgres_settings_t *settings,
                                           tmesh_fault_t **fault_p);
void tmesh_postgres_connection_destroy(tmesh_postgres_connection_t **self_p);
bool tmesh_postgres_connection_is_lost(const tmesh_postgres_connection_t *self);

// As what all that is written for any database takes.
tmesh_sql_connection_t *tmesh_postgres_connection_sql(tmesh_postgres_connection_t *self);
// Lends a statement, which must not be in use; tmesh_auto gives it back.
tmesh_sql_t *tmesh_postgres_connection_use(tmesh_postgres_connection_t *self, int statement);
// Queues one without parameters whose answer nobody reads.
void tmesh_postgres_connection_add(tmesh_postgres_connection_t *self, int statement);
// Sends what is queued and waits for all answers. The first error of them; none of those behind it
// was executed then, and a transaction is to be rolled back.
tmesh_err_t tmesh_postgres_connection_sync(tmesh_postgres_connection_t *self);
// Is anything queued that was not synced?
bool tmesh_postgres_connection_has_queued(const tmesh_postgres_connection_t *self);
// Of the transaction that it is in; its number and time are set by who begins it.
tmesh_postgres_stamp_t *tmesh_postgres_connection_stamp(tmesh_postgres_connection_t *self);
// Ends the transaction without writing, if there is one. The connection may be lost by it.
void tmesh_postgres_connection_rollback(tmesh_postgres_connection_t *self);
// Rows that were ever written through it.
uint64_t tmesh_postgres_connection_changes(const tmesh_postgres_connection_t *self);

// For sql.c: queues it with its parameters; its answer goes into self->result.
void tmesh_postgres_connection_send(tmesh_postgres_connection_t *self, tmesh_postgres_sql_t *sql);
// For sql.c: nobody reads its answer any more.
void tmesh_postgres_connection_forget(tmesh_postgres_connection_t *self,
                                      const tmesh_postgres_sql_t *sql);

#endif
