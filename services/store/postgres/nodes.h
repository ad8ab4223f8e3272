// services/store/postgres/nodes.h - the table of nodes, over a connection of one of them.
#ifndef TMESH_SERVICES_STORE_POSTGRES_NODES_H
#define TMESH_SERVICES_STORE_POSTGRES_NODES_H

#include "services/store/nodes.h"
#include "services/store/postgres/connection.h"

enum { TMESH_POSTGRES_NOW = 0 }; // instead of a time: the database's

// `name` may be NULL.
tmesh_err_t tmesh_postgres_nodes_join(tmesh_postgres_connection_t *connection, const char *name,
                                      int64_t now_ms);
// What this node has is up for others at once.
tmesh_err_t tmesh_postgres_nodes_leave(tmesh_postgres_connection_t *connection);
// As tmesh_store_beat.
tmesh_err_t tmesh_postgres_nodes_beat(tmesh_postgres_connection_t *connection, int64_t now_ms,
                                      const tmesh_beat_request_t *request, tmesh_arena_t *arena,
                                      tmesh_beat_reply_t *reply);
// Within a transaction that writes.
tmesh_err_t tmesh_postgres_nodes_take_over(tmesh_postgres_connection_t *connection,
                                           tmesh_node_id_t dead, int64_t due_ms, uint32_t limit,
                                           uint32_t *count_p);

#endif
