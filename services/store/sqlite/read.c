// The reader: on a file, a connection of its own that can not write; in memory, the writer's.
#include <assert.h>
#include <string.h>

#include "runtime/base/memory.h"
#include "services/store/sql/read.h"
#include "services/store/sqlite/store_private.h"

typedef struct {
    tmesh_sql_reader_t base;               // first
    tmesh_store_sqlite_t *store;           // lent
    tmesh_sqlite_connection_t *connection; // NULL in memory
    bool has_entered;                      // the writer, within a call
    _Atomic uint64_t executed;             // statements of its own connection
} reader_t;

static reader_t *of(tmesh_sql_reader_t *reader)
{
    return (reader_t *)reader;
}

static tmesh_err_t arrive(tmesh_sql_reader_t *reader, tmesh_sql_connection_t **connection_p)
{
    reader_t *self = of(reader);
    if (self->connection) {
        *connection_p = tmesh_sqlite_connection_sql(self->connection);
        return tmesh_sqlite_connection_run(self->connection, TMESH_STATEMENT_BEGIN_READING);
    }
    tmesh_sqlite_writer_t *writer = self->store->writer;
    tmesh_err_t err = tmesh_sqlite_writer_enter(writer, &self->has_entered);
    if (!err) *connection_p = tmesh_sqlite_connection_sql(tmesh_sqlite_writer_connection(writer));
    return err;
}

static tmesh_err_t depart(tmesh_sql_reader_t *reader, tmesh_err_t err)
{
    reader_t *self = of(reader);
    if (self->has_entered) tmesh_sqlite_writer_leave(self->store->writer);
    self->has_entered = false;
    if (!self->connection) return err;
    tmesh_err_t ended = tmesh_sqlite_connection_run(self->connection, TMESH_STATEMENT_ROLLBACK);
    return err ? err : ended;
}

static void destroy(tmesh_sql_reader_t *reader)
{
    reader_t *self = of(reader);
    tmesh_sqlite_connection_destroy(&self->connection);
    self->store->readers--;
    tmesh_free(self);
}

tmesh_err_t tmesh_store_sqlite_open_reader(tmesh_store_t *store, tmesh_reader_t **reader_p)
{
    assert(store);
    assert(strcmp(store->backend->name, "sqlite") == 0);
    reader_t *self = tmesh_alloc(sizeof *self);
    self->base.arrive = arrive;
    self->base.depart = depart;
    self->base.destroy = destroy;
    tmesh_auto(tmesh_reader) base = &self->base.base;
    base->backend = &tmesh_sql_reader_backend;
    self->store = (tmesh_store_sqlite_t *)store;
    self->store->readers++;
    if (!self->store->is_memory) {
        tmesh_sqlite_settings_t settings = {
            .path = self->store->path,
            .busy_wait_ms = self->store->busy_wait_ms,
            .executed = &self->executed,
        };
        tmesh_auto(tmesh_fault) fault = NULL;
        tmesh_err_t err = tmesh_sqlite_connection_open_reader(&self->connection, &settings, &fault);
        if (err) return err;
    }
    *reader_p = base;
    base = NULL;
    return TMESH_OK;
}
