#include "services/store/sqlite/sql.h"

#include <assert.h>
#include <string.h>

#include "services/store/rows.h"

tmesh_err_t tmesh_sql_err(int code)
{
    switch (code & 0xff) {
    case SQLITE_OK:
    case SQLITE_ROW:
    case SQLITE_DONE:
        return TMESH_OK;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return TMESH_ERR_SERIALIZATION;
    case SQLITE_CONSTRAINT:
        return TMESH_ERR_CONFLICT;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
    case SQLITE_FORMAT:
        return TMESH_ERR_CORRUPT;
    case SQLITE_IOERR:
    case SQLITE_FULL:
    case SQLITE_CANTOPEN:
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_AUTH:
    case SQLITE_NOLFS:
    case SQLITE_PROTOCOL:
        return TMESH_ERR_IO;
    case SQLITE_TOOBIG:
        return TMESH_ERR_INVALID;
    default:
        return TMESH_ERR_FATAL; // out of memory, or a mistake of ours that a test should have met
    }
}

static void keep_error(tmesh_sql_t *self, int code)
{
    if (self->err) return;
    self->err = tmesh_sql_err(code);
    self->code = code;
}

// The index of the next parameter. What ran before is reset first: its parameters can be bound.
static int next_parameter(tmesh_sql_t *self)
{
    if (self->is_running) {
        sqlite3_reset(self->statement);
        self->is_running = false;
        self->bound = 0;
    }
    return ++self->bound;
}

void tmesh_sql_bind_int(tmesh_sql_t *self, int64_t value)
{
    keep_error(self, sqlite3_bind_int64(self->statement, next_parameter(self), value));
}

void tmesh_sql_bind_null(tmesh_sql_t *self)
{
    keep_error(self, sqlite3_bind_null(self->statement, next_parameter(self)));
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
    int index = next_parameter(self);
    keep_error(self, bytes.data ? sqlite3_bind_text64(self->statement, index, bytes.data,
                                                      bytes.size, SQLITE_STATIC, SQLITE_UTF8)
                                : sqlite3_bind_null(self->statement, index));
}

void tmesh_sql_bind_blob(tmesh_sql_t *self, const void *data, size_t size)
{
    assert(data);
    keep_error(self, sqlite3_bind_blob64(self->statement, next_parameter(self), data, size,
                                         SQLITE_STATIC));
}

bool tmesh_sql_next(tmesh_sql_t *self)
{
    if (self->err) return false;
    if (!self->is_running) {
        assert(self->bound == sqlite3_bind_parameter_count(self->statement));
        self->is_running = true;
        atomic_fetch_add_explicit(self->executed, 1, memory_order_relaxed);
    }
    self->read = 0;
    int code = sqlite3_step(self->statement);
    if (code == SQLITE_ROW) return true;
    if (code != SQLITE_DONE) keep_error(self, code);
    return false;
}

tmesh_err_t tmesh_sql_run(tmesh_sql_t *self)
{
    if (self->is_running) { // without parameters there was no bind to reset it
        sqlite3_reset(self->statement);
        self->is_running = false;
    }
    bool has_row = tmesh_sql_next(self);
    assert(!has_row);
    sqlite3_reset(self->statement);
    self->is_running = false;
    self->bound = 0;
    return self->err;
}

int tmesh_sql_changes(const tmesh_sql_t *self)
{
    return sqlite3_changes(sqlite3_db_handle(self->statement));
}

tmesh_err_t tmesh_sql_again(tmesh_sql_t *self)
{
    if (self->code) return self->err;
    self->err = TMESH_OK;
    self->read = 0;
    return TMESH_OK;
}

// The index of the next column, or -1 when nothing is to be read any more.
static int next_column(tmesh_sql_t *self)
{
    if (self->err) return -1;
    assert(self->is_running);
    assert(self->read < sqlite3_column_count(self->statement));
    return self->read++;
}

static int64_t corrupt(tmesh_sql_t *self)
{
    if (!self->err) self->err = TMESH_ERR_CORRUPT;
    return 0;
}

int64_t tmesh_sql_read_int(tmesh_sql_t *self)
{
    int column = next_column(self);
    if (column < 0) return 0;
    if (sqlite3_column_type(self->statement, column) != SQLITE_INTEGER) return corrupt(self);
    return sqlite3_column_int64(self->statement, column);
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
    if (!self->err && sqlite3_column_type(self->statement, self->read) == SQLITE_NULL) {
        next_column(self);
        return TMESH_DUE_NONE;
    }
    return tmesh_sql_read_int(self);
}

bool tmesh_sql_read_blob_or_null(tmesh_sql_t *self, void *data, size_t size)
{
    int column = next_column(self);
    if (column < 0) return false;
    if (sqlite3_column_type(self->statement, column) == SQLITE_NULL) return false;
    const void *stored = sqlite3_column_blob(self->statement, column);
    if (!stored || (size_t)sqlite3_column_bytes(self->statement, column) != size) {
        corrupt(self);
        return false;
    }
    memcpy(data, stored, size);
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
    int column = next_column(self);
    if (column < 0) return TMESH_BYTES_NONE;
    if (sqlite3_column_type(self->statement, column) == SQLITE_NULL) return TMESH_BYTES_NONE;
    const unsigned char *text = sqlite3_column_text(self->statement, column);
    if (!text) {
        keep_error(self, SQLITE_NOMEM);
        return TMESH_BYTES_NONE;
    }
    size_t size = (size_t)sqlite3_column_bytes(self->statement, column);
    return tmesh_arena_bytes(arena, tmesh_bytes(text, size));
}

void tmesh_sql_destroy(tmesh_sql_t **self_p)
{
    tmesh_sql_t *self = *self_p;
    if (!self) return;
    sqlite3_reset(self->statement);
    sqlite3_clear_bindings(self->statement); // what was lent may go now
    self->bound = 0;
    self->read = 0;
    self->is_running = false;
    self->is_used = false;
    self->err = TMESH_OK;
    self->code = SQLITE_OK;
    *self_p = NULL;
}
