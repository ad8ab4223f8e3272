#include "tests/support/store_postgres_wire.h"

#include "runtime/base/memory.h"
#include "tests/support/postgres_cluster.h"

enum { RECONNECT_MS = 20000, MOMENT_MS = 100 };

static void *new_wire(void)
{
    tmesh_store_postgres_wire_t *self = tmesh_alloc(sizeof *self);
    self->url = tmesh_postgres_cluster_new_database();
    self->proxy = tmesh_postgres_proxy_new(self->url);
    return self;
}

static void destroy_wire(void *place)
{
    tmesh_store_postgres_wire_t *self = place;
    tmesh_postgres_proxy_destroy(&self->proxy);
    tmesh_free(self->url);
    tmesh_free(self);
}

static tmesh_err_t open_with(const tmesh_store_postgres_wire_t *self, tmesh_clock_t *clock,
                             int64_t idle_ms, tmesh_store_t **store_p)
{
    tmesh_store_postgres_config_t config = {.url = tmesh_postgres_proxy_url(self->proxy),
                                            .clock = clock,
                                            .idle_ms = idle_ms,
                                            .reconnect_ms = RECONNECT_MS};
    tmesh_auto(tmesh_fault) fault = NULL;
    return tmesh_store_postgres_open(store_p, &config, &fault);
}

static tmesh_err_t open_wire(void *place, tmesh_clock_t *clock, tmesh_store_t **store_p)
{
    return open_with(place, clock, 0, store_p);
}

static tmesh_err_t open_impatient(void *place, tmesh_clock_t *clock, tmesh_store_t **store_p)
{
    return open_with(place, clock, MOMENT_MS, store_p);
}

const tmesh_store_factory_t tmesh_store_postgres_wires = {
    .name = "postgres behind a wire",
    .new_place = new_wire,
    .destroy_place = destroy_wire,
    .open = open_wire,
    .open_reader = tmesh_store_postgres_open_reader,
    .is_durable = true,
    .reads_beside = true,
};

const tmesh_store_factory_t tmesh_store_postgres_impatient_wires = {
    .name = "postgres behind a wire, and impatient",
    .new_place = new_wire,
    .destroy_place = destroy_wire,
    .open = open_impatient,
    .open_reader = tmesh_store_postgres_open_reader,
    .is_durable = true,
    .reads_beside = true,
};
