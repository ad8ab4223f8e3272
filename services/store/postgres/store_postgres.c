#include "services/store/postgres/store_postgres.h"

#include <assert.h>
#include <string.h>

#include "runtime/base/memory.h"
#include "services/store/postgres/changes.h"
#include "services/store/postgres/dial.h"
#include "services/store/postgres/schema.h"
#include "services/store/postgres/shared.h"
#include "services/store/postgres/store_private.h"
#include "services/store/postgres/use.h"
#include "services/store/postgres/works.h"
#include "services/store/sql/definitions.h"
#include "services/store/sql/due_times.h"
#include "services/store/sql/pauses.h"
#include "services/store/sql/prune.h"

enum {
    STATEMENT_TIMEOUT_MS = 30000,
    IDLE_MS = 5000,
    RECONNECT_MS = 5000,
};

static tmesh_store_postgres_t *of(tmesh_store_t *store)
{
    return (tmesh_store_postgres_t *)store;
}

static void postgres_destroy(tmesh_store_t **self_p)
{
    tmesh_store_postgres_t *self = of(*self_p);
    if (!self) return;
    assert(self->readers == 0);
    if (self->is_node && self->pool) tmesh_postgres_shared_leave(self);
    tmesh_postgres_bell_destroy(&self->bell);
    tmesh_postgres_pool_destroy(&self->pool);
    tmesh_postgres_contact_destroy(&self->contact);
    tmesh_clock_destroy(&self->timer);
    tmesh_free(self->url);
    tmesh_free(self->shown);
    tmesh_free(self->node);
    tmesh_free(self);
    *self_p = NULL;
}

// ---- What needs no work -------------------------------------------------------------------------

typedef struct {
    int64_t id;
    const char *namespace_name;
    const char *name;
    tmesh_arena_t *arena;
    tmesh_definition_row_t *row;
    tmesh_definition_row_t **rows_p;
    size_t *count_p;
} definitions_t;

static tmesh_err_t use_next_due(tmesh_postgres_connection_t *connection, void *due_ms_p)
{
    return tmesh_sql_due_times_next(tmesh_postgres_connection_sql(connection), due_ms_p);
}

static tmesh_err_t postgres_next_due(tmesh_store_t *store, int64_t *due_ms_p)
{
    return tmesh_postgres_use(of(store), use_next_due, due_ms_p);
}

static tmesh_err_t use_next_prunable(tmesh_postgres_connection_t *connection,
                                     void *completed_ms_p)
{
    return tmesh_sql_prune_next(tmesh_postgres_connection_sql(connection), completed_ms_p);
}

static tmesh_err_t postgres_next_prunable(tmesh_store_t *store, int64_t *completed_ms_p)
{
    return tmesh_postgres_use(of(store), use_next_prunable, completed_ms_p);
}

static tmesh_err_t use_load_definition(tmesh_postgres_connection_t *connection, void *arguments)
{
    const definitions_t *wanted = arguments;
    return tmesh_sql_definitions_load(tmesh_postgres_connection_sql(connection), wanted->id,
                                      wanted->arena, wanted->row);
}

static tmesh_err_t postgres_load_definition(tmesh_store_t *store, int64_t id, tmesh_arena_t *arena,
                                            tmesh_definition_row_t *row)
{
    definitions_t wanted = {.id = id, .arena = arena, .row = row};
    return tmesh_postgres_use(of(store), use_load_definition, &wanted);
}

static tmesh_err_t use_load_versions(tmesh_postgres_connection_t *connection, void *arguments)
{
    const definitions_t *wanted = arguments;
    return tmesh_sql_definitions_versions(tmesh_postgres_connection_sql(connection),
                                          wanted->namespace_name, wanted->name, wanted->arena,
                                          wanted->rows_p, wanted->count_p);
}

static tmesh_err_t postgres_load_versions(tmesh_store_t *store, const char *namespace_name,
                                          const char *name, tmesh_arena_t *arena,
                                          tmesh_definition_row_t **rows_p, size_t *count_p)
{
    definitions_t wanted = {.namespace_name = namespace_name, .name = name, .arena = arena,
                            .rows_p = rows_p, .count_p = count_p};
    return tmesh_postgres_use(of(store), use_load_versions, &wanted);
}

typedef struct {
    tmesh_arena_t *arena;
    tmesh_pause_row_t **rows_p;
    size_t *count_p;
} pauses_t;

static tmesh_err_t use_load_pauses(tmesh_postgres_connection_t *connection, void *arguments)
{
    const pauses_t *wanted = arguments;
    return tmesh_sql_pauses_list(tmesh_postgres_connection_sql(connection), wanted->arena,
                                 wanted->rows_p, wanted->count_p);
}

static tmesh_err_t postgres_load_pauses(tmesh_store_t *store, tmesh_arena_t *arena,
                                        tmesh_pause_row_t **rows_p, size_t *count_p)
{
    pauses_t wanted = {.arena = arena, .rows_p = rows_p, .count_p = count_p};
    return tmesh_postgres_use(of(store), use_load_pauses, &wanted);
}

// ---- The rest -----------------------------------------------------------------------------------

static tmesh_store_stats_t postgres_stats(const tmesh_store_t *store)
{
    const tmesh_postgres_counters_t *counters =
        &((const tmesh_store_postgres_t *)store)->counters;
    return (tmesh_store_stats_t){
        .commits = atomic_load_explicit(&counters->commits, memory_order_relaxed),
        .rollbacks = atomic_load_explicit(&counters->rollbacks, memory_order_relaxed),
        .statements = atomic_load_explicit(&counters->statements, memory_order_relaxed),
        .round_trips = atomic_load_explicit(&counters->round_trips, memory_order_relaxed),
        .calls = atomic_load_explicit(&counters->calls, memory_order_relaxed),
    };
}

static void postgres_absence(const tmesh_store_t *store, tmesh_absence_t *absence)
{
    tmesh_postgres_contact_look(((const tmesh_store_postgres_t *)store)->contact, absence);
}

static tmesh_err_t postgres_ping(tmesh_store_t *store)
{
    tmesh_absence_t absence;
    postgres_absence(store, &absence);
    return absence.is_away ? TMESH_ERR_CONNECTION : TMESH_OK;
}

static tmesh_err_t postgres_open_backup(tmesh_store_t *store, const char *file, bool replace,
                                        tmesh_backup_t **backup_p, tmesh_fault_t **fault_p)
{
    (void)store;
    (void)file;
    (void)replace;
    (void)backup_p;
    *fault_p = tmesh_fault_new(TMESH_ERR_INVALID, "backup_unsupported", "/file",
                               "this store is a PostgreSQL database: pg_dump --schema=taskmesh "
                               "copies it while work goes on, pg_restore brings it back");
    return TMESH_ERR_INVALID;
}

static const tmesh_store_backend_t backend = {
    .name = "postgres",
    .destroy = postgres_destroy,
    .begin = tmesh_postgres_works_begin,
    .extend = tmesh_postgres_works_extend,
    .commit = tmesh_postgres_works_commit,
    .abandon = tmesh_postgres_works_abandon,
    .take_over = tmesh_postgres_changes_take_over,
    .next_due = postgres_next_due,
    .prune = tmesh_postgres_changes_prune,
    .next_prunable = postgres_next_prunable,
    .put_definition = tmesh_postgres_changes_put_definition,
    .load_definition = postgres_load_definition,
    .load_versions = postgres_load_versions,
    .put_pause = tmesh_postgres_changes_put_pause,
    .remove_pause = tmesh_postgres_changes_remove_pause,
    .load_pauses = postgres_load_pauses,
    .stats = postgres_stats,
    .ping = postgres_ping,
    .absence = postgres_absence,
    .open_backup = postgres_open_backup,
    .is_shared = tmesh_postgres_shared_is_shared,
    .beat = tmesh_postgres_shared_beat,
    .take_over_node = tmesh_postgres_shared_take_over_node,
    .call_nodes = tmesh_postgres_shared_call_nodes,
    .is_called = tmesh_postgres_shared_is_called,
};

// The tables first, over a connection of its own: statements can be prepared only when they are there.
static tmesh_err_t migrate(const tmesh_postgres_settings_t *settings, tmesh_fault_t **fault_p)
{
    PGconn *connection = NULL;
    tmesh_err_t err = tmesh_postgres_dial(&connection, settings, fault_p);
    if (err) return err;
    err = tmesh_postgres_schema_migrate(connection, settings->shown, fault_p);
    PQfinish(connection);
    return err;
}

tmesh_err_t tmesh_store_postgres_open(tmesh_store_t **self_p,
                                      const tmesh_store_postgres_config_t *config,
                                      tmesh_fault_t **fault_p)
{
    assert(config->url);
    tmesh_store_postgres_t *self = tmesh_alloc(sizeof *self);
    tmesh_auto(tmesh_store) base = &self->base;
    base->backend = &backend;
    self->url = tmesh_strdup(config->url);
    self->shown = tmesh_strdup(config->shown ? config->shown : "postgresql");
    self->node = config->node ? tmesh_strdup(config->node) : NULL;
    self->is_node = config->node_id != NULL;
    if (self->is_node) tmesh_uuid_format(config->node_id->bytes, self->node_id);
    self->clock = config->clock;
    self->reconnect_ms = config->reconnect_ms ? config->reconnect_ms : RECONNECT_MS;
    self->timer = tmesh_clock_new_system();
    self->contact = tmesh_postgres_contact_new(self->timer, self->reconnect_ms);
    int64_t timeout_ms =
        config->statement_timeout_ms ? config->statement_timeout_ms : STATEMENT_TIMEOUT_MS;
    self->settings = (tmesh_postgres_settings_t){
        .url = self->url,
        .shown = self->shown,
        .name = "taskmesh",
        .node_id = self->is_node ? self->node_id : NULL,
        .statement_timeout_ms = timeout_ms,
        .idle_ms = config->idle_ms ? config->idle_ms : IDLE_MS,
        .silence_ms = 2 * timeout_ms, // the server speaks first
        .counters = &self->counters,
        .contact = self->contact,
    };
    tmesh_err_t err = migrate(&self->settings, fault_p);
    if (err) return err;
    self->pool = tmesh_postgres_pool_new(&self->settings, self->timer, self->reconnect_ms);
    tmesh_postgres_connection_t *connection = NULL;
    bool is_new = false;
    err = tmesh_postgres_pool_take_patiently(self->pool, &connection, &is_new,
                                             fault_p); // can all be prepared?
    if (err) return err;
    tmesh_postgres_pool_give(self->pool);
    if (self->is_node) err = tmesh_postgres_shared_join(self);
    if (err) return err;
    *self_p = base;
    base = NULL;
    return TMESH_OK;
}

bool tmesh_store_postgres_is_url(const char *url)
{
    return strncmp(url, "postgresql:", strlen("postgresql:")) == 0 ||
           strncmp(url, "postgres:", strlen("postgres:")) == 0;
}
