#include "services/store/postgres/shared.h"

#include "services/store/postgres/nodes.h"
#include "services/store/postgres/use.h"
#include "services/store/postgres/works.h"

static tmesh_store_postgres_t *of(tmesh_store_t *store)
{
    return (tmesh_store_postgres_t *)store;
}

static int64_t now_ms(const tmesh_store_postgres_t *self)
{
    return self->clock ? tmesh_clock_now_ms(self->clock) : TMESH_POSTGRES_NOW;
}

static tmesh_err_t use_join(tmesh_postgres_connection_t *connection, void *self)
{
    const tmesh_store_postgres_t *store = self;
    return tmesh_postgres_nodes_join(connection, store->node, now_ms(store));
}

tmesh_err_t tmesh_postgres_shared_join(tmesh_store_postgres_t *self)
{
    self->bell = tmesh_postgres_bell_new(&self->settings, self->timer);
    return tmesh_postgres_use(self, use_join, self);
}

void tmesh_postgres_shared_leave(tmesh_store_postgres_t *self)
{
    tmesh_postgres_connection_t *connection = NULL;
    bool is_new = false;
    if (tmesh_postgres_pool_take(self->pool, &connection, &is_new)) return;
    (void)!tmesh_postgres_nodes_leave(connection);
    tmesh_postgres_pool_give(self->pool);
}

bool tmesh_postgres_shared_is_shared(const tmesh_store_t *store)
{
    return ((const tmesh_store_postgres_t *)store)->is_node;
}

typedef struct {
    int64_t now_ms;
    const tmesh_beat_request_t *request;
    tmesh_arena_t *arena;
    tmesh_beat_reply_t *reply;
} beat_t;

static tmesh_err_t use_beat(tmesh_postgres_connection_t *connection, void *arguments)
{
    const beat_t *beat = arguments;
    return tmesh_postgres_nodes_beat(connection, beat->now_ms, beat->request, beat->arena,
                                     beat->reply);
}

tmesh_err_t tmesh_postgres_shared_beat(tmesh_store_t *store, const tmesh_beat_request_t *request,
                                       tmesh_arena_t *arena, tmesh_beat_reply_t *reply)
{
    beat_t beat = {now_ms(of(store)), request, arena, reply};
    return tmesh_postgres_use(of(store), use_beat, &beat);
}

tmesh_err_t tmesh_postgres_shared_take_over_node(tmesh_store_t *store, tmesh_node_id_t dead,
                                                 int64_t due_ms, uint32_t limit,
                                                 uint32_t *count_p)
{
    tmesh_postgres_short_t work;
    tmesh_err_t err = tmesh_postgres_works_begin_short(&work, store);
    if (err) return err;
    uint32_t taken = 0;
    err = tmesh_postgres_nodes_take_over(work.connection, dead, due_ms, limit, &taken);
    err = tmesh_postgres_works_end_short(&work, err);
    if (!err) *count_p = taken;
    return err;
}

static tmesh_err_t use_ring(tmesh_postgres_connection_t *connection, void *nothing)
{
    (void)nothing;
    return tmesh_postgres_bell_ring(connection);
}

tmesh_err_t tmesh_postgres_shared_call_nodes(tmesh_store_t *store)
{
    tmesh_err_t err = tmesh_postgres_use(of(store), use_ring, NULL);
    if (!err) atomic_fetch_add_explicit(&of(store)->counters.calls, 1, memory_order_relaxed);
    return err;
}

bool tmesh_postgres_shared_is_called(tmesh_store_t *store)
{
    return tmesh_postgres_bell_has_rung(of(store)->bell);
}
