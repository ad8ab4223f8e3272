// The reader: a connection of its own that can not write. One call is one transaction that sees one state.
#include <assert.h>
#include <string.h>

#include "runtime/base/memory.h"
#include "services/store/postgres/store_private.h"
#include "services/store/sql/read.h"

typedef struct {
    tmesh_sql_reader_t base; // first
    tmesh_store_postgres_t *store; // lent
    tmesh_postgres_settings_t settings;
    tmesh_postgres_counters_t counters;      // of its own: those of the store are what work costs
    tmesh_postgres_connection_t *connection; // NULL: lost, opened again by the next call
} reader_t;

static reader_t *of(tmesh_sql_reader_t *reader)
{
    return (reader_t *)reader;
}

static tmesh_err_t open_connection(reader_t *self)
{
    tmesh_auto(tmesh_fault) fault = NULL;
    return tmesh_postgres_connection_open(&self->connection, &self->settings, &fault);
}

static tmesh_err_t begin(reader_t *self)
{
    tmesh_postgres_connection_add(self->connection, TMESH_STATEMENT_BEGIN);
    tmesh_err_t err = tmesh_postgres_connection_sync(self->connection);
    if (err) tmesh_postgres_connection_destroy(&self->connection);
    return err;
}

static tmesh_err_t arrive(tmesh_sql_reader_t *reader, tmesh_sql_connection_t **connection_p)
{
    reader_t *self = of(reader);
    if (!tmesh_postgres_contact_may_ask(self->settings.contact)) return TMESH_ERR_CONNECTION;
    bool is_new = !self->connection;
    tmesh_err_t err = is_new ? open_connection(self) : TMESH_OK;
    if (!err) err = begin(self);
    bool is_given_up = !tmesh_postgres_contact_may_ask(self->settings.contact);
    if (err == TMESH_ERR_CONNECTION && !is_new && !is_given_up) { // lost while nobody asked
        err = open_connection(self);
        if (!err) err = begin(self);
    }
    if (!err) *connection_p = tmesh_postgres_connection_sql(self->connection);
    return err;
}

static tmesh_err_t depart(tmesh_sql_reader_t *reader, tmesh_err_t err)
{
    reader_t *self = of(reader);
    tmesh_postgres_connection_rollback(self->connection);
    if (tmesh_postgres_connection_is_lost(self->connection)) {
        tmesh_postgres_connection_destroy(&self->connection);
    }
    return err;
}

static void destroy(tmesh_sql_reader_t *reader)
{
    reader_t *self = of(reader);
    tmesh_postgres_connection_destroy(&self->connection);
    self->store->readers--;
    tmesh_free(self);
}

tmesh_err_t tmesh_store_postgres_open_reader(tmesh_store_t *store, tmesh_reader_t **reader_p)
{
    assert(store);
    assert(strcmp(store->backend->name, "postgres") == 0);
    reader_t *self = tmesh_alloc(sizeof *self);
    self->base.arrive = arrive;
    self->base.depart = depart;
    self->base.destroy = destroy;
    tmesh_auto(tmesh_reader) base = &self->base.base;
    base->backend = &tmesh_sql_reader_backend;
    self->store = (tmesh_store_postgres_t *)store;
    self->store->readers++;
    self->settings = self->store->settings;
    self->settings.name = "taskmesh reader";
    self->settings.is_reader = true;
    self->settings.counters = &self->counters;
    tmesh_err_t err = open_connection(self);
    if (err) return err;
    *reader_p = base;
    base = NULL;
    return TMESH_OK;
}
