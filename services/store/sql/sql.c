#include "services/store/sql/sql.h"

#include <assert.h>
#include <string.h>

#include "services/store/rows.h"

tmesh_sql_t *tmesh_sql_use(tmesh_sql_connection_t *connection, int statement)
{
    return connection->use(connection, statement);
}

void tmesh_sql_fail(tmesh_sql_t *self, tmesh_err_t err)
{
    if (!self->err) self->err = err;
}

// ---- Binding ------------------------------------------------------------------------------------

void tmesh_sql_bind_int(tmesh_sql_t *self, int64_t value)
{
    self->backend->bind_int(self, value);
}

void tmesh_sql_bind_null(tmesh_sql_t *self)
{
    self->backend->bind_null(self);
}

void tmesh_sql_bind_due(tmesh_sql_t *self, int64_t due_ms)
{
    if (due_ms == TMESH_DUE_NONE) {
        tmesh_sql_bind_null(self);
    } else {
        tmesh_sql_bind_int(self, due_ms);
    }
}

void tmesh_sql_bind_text(tmesh_sql_t *self, const char *text)
{
    tmesh_sql_bind_bytes(self, text ? tmesh_bytes_of_text(text) : TMESH_BYTES_NONE);
}

void tmesh_sql_bind_bytes(tmesh_sql_t *self, tmesh_bytes_t bytes)
{
    if (bytes.data) {
        self->backend->bind_bytes(self, bytes);
    } else {
        tmesh_sql_bind_null(self);
    }
}

void tmesh_sql_bind_blob(tmesh_sql_t *self, const void *data, size_t size)
{
    assert(data);
    self->backend->bind_blob(self, tmesh_bytes(data, size));
}

// ---- Running ------------------------------------------------------------------------------------

bool tmesh_sql_next(tmesh_sql_t *self)
{
    return !self->err && self->backend->next(self);
}

tmesh_err_t tmesh_sql_add(tmesh_sql_t *self)
{
    if (!self->err) self->backend->add(self);
    return self->err;
}

tmesh_err_t tmesh_sql_add_update(tmesh_sql_t *self)
{
    if (!self->err) self->backend->add_update(self);
    return self->err;
}

tmesh_err_t tmesh_sql_run(tmesh_sql_t *self)
{
    if (!self->err) self->backend->run(self);
    return self->err;
}

uint32_t tmesh_sql_changes(const tmesh_sql_t *self)
{
    return self->backend->changes(self);
}

tmesh_err_t tmesh_sql_again(tmesh_sql_t *self)
{
    if (self->backend->again(self)) self->err = TMESH_OK;
    return self->err;
}

// ---- Reading ------------------------------------------------------------------------------------

static int64_t corrupt(tmesh_sql_t *self)
{
    tmesh_sql_fail(self, TMESH_ERR_CORRUPT);
    return 0;
}

int64_t tmesh_sql_read_int(tmesh_sql_t *self)
{
    if (self->err) return 0;
    int64_t value = self->backend->read_int(self);
    return self->err ? 0 : value;
}

int64_t tmesh_sql_read_within(tmesh_sql_t *self, int64_t lowest, int64_t highest)
{
    int64_t value = tmesh_sql_read_int(self);
    if (self->err) return 0;
    return value >= lowest && value <= highest ? value : corrupt(self);
}

uint32_t tmesh_sql_read_u32(tmesh_sql_t *self)
{
    return (uint32_t)tmesh_sql_read_within(self, 0, UINT32_MAX);
}

bool tmesh_sql_read_bool(tmesh_sql_t *self)
{
    return tmesh_sql_read_within(self, 0, 1) == 1;
}

int64_t tmesh_sql_read_due(tmesh_sql_t *self)
{
    if (!self->err && self->backend->skip_null(self)) return TMESH_DUE_NONE;
    return tmesh_sql_read_int(self);
}

bool tmesh_sql_read_blob_or_null(tmesh_sql_t *self, void *data, size_t size)
{
    if (self->err || self->backend->skip_null(self)) return false;
    tmesh_bytes_t stored = self->backend->read_blob(self);
    if (!stored.data || stored.size != size) {
        corrupt(self);
        return false;
    }
    memcpy(data, stored.data, size);
    return true;
}

void tmesh_sql_read_blob(tmesh_sql_t *self, void *data, size_t size)
{
    if (!tmesh_sql_read_blob_or_null(self, data, size)) corrupt(self);
}

const char *tmesh_sql_read_text(tmesh_sql_t *self, tmesh_arena_t *arena)
{
    return tmesh_sql_read_bytes(self, arena).data;
}

tmesh_bytes_t tmesh_sql_read_bytes(tmesh_sql_t *self, tmesh_arena_t *arena)
{
    if (self->err || self->backend->skip_null(self)) return TMESH_BYTES_NONE;
    tmesh_bytes_t stored = self->backend->read_bytes(self);
    return self->err ? TMESH_BYTES_NONE : tmesh_arena_bytes(arena, stored);
}

void tmesh_sql_destroy(tmesh_sql_t **self_p)
{
    tmesh_sql_t *self = *self_p;
    if (!self) return;
    self->backend->give_back(self);
    *self_p = NULL;
}
