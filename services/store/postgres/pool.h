// services/store/postgres/pool.h - the connections of a store: each thread that works has one of its own
// while it does, so works of several threads run beside each other.
#ifndef TMESH_SERVICES_STORE_POSTGRES_POOL_H
#define TMESH_SERVICES_STORE_POSTGRES_POOL_H

#include "services/store/postgres/connection.h"

enum { TMESH_POSTGRES_CONNECTIONS_MAX = 32 };

typedef struct tmesh_postgres_pool tmesh_postgres_pool_t;

// `settings`, what it points to and the clock are lent. reconnect_ms: how long a server is waited for by
// those who must reach it.
tmesh_postgres_pool_t *tmesh_postgres_pool_new(const tmesh_postgres_settings_t *settings,
                                               const tmesh_clock_t *clock, int64_t reconnect_ms);
// Nobody may hold a connection.
void tmesh_postgres_pool_destroy(tmesh_postgres_pool_t **self_p);

// Any thread, which must not hold one. An idle connection, or a new one: then the server is tried again
// and again, with pauses that grow, as long as the contact has patience; while it is given up one at a
// time tries once, and all others fail at once. *is_new_p: it was opened just now. CONNECTION, IO; BUSY
// when all are taken.
tmesh_err_t tmesh_postgres_pool_take(tmesh_postgres_pool_t *self,
                                     tmesh_postgres_connection_t **connection_p, bool *is_new_p);
// The same for who must know, however long the server has been away: tries for reconnect_ms. *fault_p, if
// wanted, says why.
tmesh_err_t tmesh_postgres_pool_take_patiently(tmesh_postgres_pool_t *self,
                                               tmesh_postgres_connection_t **connection_p,
                                               bool *is_new_p, tmesh_fault_t **fault_p);
// The one that this thread holds, or NULL.
tmesh_postgres_connection_t *tmesh_postgres_pool_mine(tmesh_postgres_pool_t *self);
// Gives back the one of this thread; one that is lost is closed.
void tmesh_postgres_pool_give(tmesh_postgres_pool_t *self);
// Closes all that nobody holds: the server that they led to is gone.
void tmesh_postgres_pool_forget_idle(tmesh_postgres_pool_t *self);

#endif
