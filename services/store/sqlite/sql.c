#include "services/store/sqlite/sql.h"

#include <assert.h>

tmesh_err_t tmesh_sqlite_err(int code)
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

static tmesh_sqlite_sql_t *of(tmesh_sql_t *sql)
{
    return (tmesh_sqlite_sql_t *)sql;
}

static void keep_error(tmesh_sqlite_sql_t *self, int code)
{
    if (self->base.err) return;
    self->base.err = tmesh_sqlite_err(code);
    self->code = code;
}

static void reset(tmesh_sqlite_sql_t *self)
{
    sqlite3_reset(self->statement);
    self->is_running = false;
}

// The index of the next parameter. What ran before is reset first: its parameters can be bound.
static int next_parameter(tmesh_sqlite_sql_t *self)
{
    if (self->is_running) {
        reset(self);
        self->bound = 0;
    }
    return ++self->bound;
}

static void bind_null(tmesh_sql_t *sql)
{
    tmesh_sqlite_sql_t *self = of(sql);
    keep_error(self, sqlite3_bind_null(self->statement, next_parameter(self)));
}

static void bind_int(tmesh_sql_t *sql, int64_t value)
{
    tmesh_sqlite_sql_t *self = of(sql);
    keep_error(self, sqlite3_bind_int64(self->statement, next_parameter(self), value));
}

static void bind_bytes(tmesh_sql_t *sql, tmesh_bytes_t text)
{
    tmesh_sqlite_sql_t *self = of(sql);
    keep_error(self, sqlite3_bind_text64(self->statement, next_parameter(self), text.data,
                                         text.size, SQLITE_STATIC, SQLITE_UTF8));
}

static void bind_blob(tmesh_sql_t *sql, tmesh_bytes_t bytes)
{
    tmesh_sqlite_sql_t *self = of(sql);
    keep_error(self, sqlite3_bind_blob64(self->statement, next_parameter(self), bytes.data,
                                         bytes.size, SQLITE_STATIC));
}

static bool next(tmesh_sql_t *sql)
{
    tmesh_sqlite_sql_t *self = of(sql);
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

static void run(tmesh_sql_t *sql)
{
    tmesh_sqlite_sql_t *self = of(sql);
    if (self->is_running) reset(self); // without parameters there was no bind to reset it
    bool has_row = next(sql);
    assert(!has_row);
    reset(self);
    self->bound = 0;
}

static uint32_t changes(const tmesh_sql_t *sql)
{
    const tmesh_sqlite_sql_t *self = (const tmesh_sqlite_sql_t *)sql;
    return (uint32_t)sqlite3_changes(sqlite3_db_handle(self->statement));
}

static void run_update(tmesh_sql_t *sql)
{
    run(sql);
    if (!sql->err && changes(sql) != 1) tmesh_sql_fail(sql, TMESH_ERR_CORRUPT);
}

static bool again(tmesh_sql_t *sql)
{
    of(sql)->read = 0;
    return of(sql)->code == 0;
}

// The index of the next column.
static int next_column(tmesh_sqlite_sql_t *self)
{
    assert(self->is_running);
    assert(self->read < sqlite3_column_count(self->statement));
    return self->read++;
}

static bool skip_null(tmesh_sql_t *sql)
{
    tmesh_sqlite_sql_t *self = of(sql);
    if (sqlite3_column_type(self->statement, self->read) != SQLITE_NULL) return false;
    next_column(self);
    return true;
}

static int64_t read_int(tmesh_sql_t *sql)
{
    tmesh_sqlite_sql_t *self = of(sql);
    int column = next_column(self);
    if (sqlite3_column_type(self->statement, column) != SQLITE_INTEGER) {
        tmesh_sql_fail(sql, TMESH_ERR_CORRUPT);
    }
    return sqlite3_column_int64(self->statement, column);
}

static tmesh_bytes_t read_bytes(tmesh_sql_t *sql)
{
    tmesh_sqlite_sql_t *self = of(sql);
    int column = next_column(self);
    const unsigned char *text = sqlite3_column_text(self->statement, column);
    if (!text) keep_error(self, SQLITE_NOMEM);
    return tmesh_bytes(text, (size_t)sqlite3_column_bytes(self->statement, column));
}

static tmesh_bytes_t read_blob(tmesh_sql_t *sql)
{
    tmesh_sqlite_sql_t *self = of(sql);
    int column = next_column(self);
    const void *data = sqlite3_column_blob(self->statement, column);
    return tmesh_bytes(data, (size_t)sqlite3_column_bytes(self->statement, column));
}

static void give_back(tmesh_sql_t *sql)
{
    tmesh_sqlite_sql_t *self = of(sql);
    reset(self);
    sqlite3_clear_bindings(self->statement); // what was lent may go now
    self->bound = 0;
    self->read = 0;
    self->is_used = false;
    self->base.err = TMESH_OK;
    self->code = SQLITE_OK;
}

const tmesh_sql_backend_t tmesh_sqlite_sql_backend = {
    .bind_null = bind_null,
    .bind_int = bind_int,
    .bind_bytes = bind_bytes,
    .bind_blob = bind_blob,
    .next = next,
    .add = run,
    .add_update = run_update,
    .run = run,
    .changes = changes,
    .again = again,
    .skip_null = skip_null,
    .read_int = read_int,
    .read_bytes = read_bytes,
    .read_blob = read_blob,
    .give_back = give_back,
};
