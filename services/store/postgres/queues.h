// services/store/postgres/queues.h - the queues that have claimable steps, and how many of each may be
// claimed: asked for before the transaction, for who says it is ours.
#ifndef TMESH_SERVICES_STORE_POSTGRES_QUEUES_H
#define TMESH_SERVICES_STORE_POSTGRES_QUEUES_H

#include "services/store/postgres/connection.h"
#include "services/store/store.h"

typedef struct {
    int64_t id;
    uint32_t room;
} tmesh_postgres_queue_t;

typedef struct {
    tmesh_postgres_queue_t *queues; // those with room; in the arena that was given
    uint32_t count;
} tmesh_postgres_queues_t;

// One round trip, outside of a transaction.
tmesh_err_t tmesh_postgres_queues_find(tmesh_postgres_queues_t *self,
                                       tmesh_postgres_connection_t *connection,
                                       const tmesh_wants_t *wants, tmesh_arena_t *arena);
// Two parameters: ids and rooms.
void tmesh_postgres_queues_bind(const tmesh_postgres_queues_t *self, tmesh_sql_t *sql, int index);

#endif
