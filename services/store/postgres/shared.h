// services/store/postgres/shared.h - a store that is one of several nodes: from joining to leaving. The
// others are functions of the backend (services/store/store.h).
#ifndef TMESH_SERVICES_STORE_POSTGRES_SHARED_H
#define TMESH_SERVICES_STORE_POSTGRES_SHARED_H

#include "services/store/postgres/store_private.h"

tmesh_err_t tmesh_postgres_shared_join(tmesh_store_postgres_t *self);
// What it still has goes to others at once. Without this they would notice, some beats later.
void tmesh_postgres_shared_leave(tmesh_store_postgres_t *self);

bool tmesh_postgres_shared_is_shared(const tmesh_store_t *store);
tmesh_err_t tmesh_postgres_shared_beat(tmesh_store_t *store, const tmesh_beat_request_t *request,
                                       tmesh_arena_t *arena, tmesh_beat_reply_t *reply);
tmesh_err_t tmesh_postgres_shared_take_over_node(tmesh_store_t *store, tmesh_node_id_t dead,
                                                 int64_t due_ms, uint32_t limit,
                                                 uint32_t *count_p);
tmesh_err_t tmesh_postgres_shared_call_nodes(tmesh_store_t *store);
bool tmesh_postgres_shared_is_called(tmesh_store_t *store);

#endif
