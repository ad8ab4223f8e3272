#include "services/store/postgres/sql.h"

#include <assert.h>
#include <stdlib.h>

#include "services/store/postgres/connection.h"

static tmesh_postgres_sql_t *of(tmesh_sql_t *sql)
{
    return (tmesh_postgres_sql_t *)sql;
}

static void clear(tmesh_postgres_sql_t *self)
{
    for (int i = 0; i < self->parameter_count; i++) tmesh_parameter_clear(&self->parameters[i]);
    PQclear(self->result);
    self->result = NULL;
    self->bound = 0;
    self->row = -1;
    self->has_rows = false;
    self->is_sent = false;
}

// ---- Binding ------------------------------------------------------------------------------------

// What was executed before is over: its parameters are bound anew.
static tmesh_parameter_t *next_parameter(tmesh_postgres_sql_t *self)
{
    assert(self->bound < self->parameter_count);
    if (self->result) clear(self);
    assert(!self->is_sent);
    tmesh_parameter_t *parameter = &self->parameters[self->bound];
    self->bound = (self->bound + 1) % self->parameter_count;
    return parameter;
}

static void bind_null(tmesh_sql_t *sql)
{
    tmesh_parameter_add_null(next_parameter(of(sql)));
}

static void bind_int(tmesh_sql_t *sql, int64_t value)
{
    tmesh_parameter_add_int(next_parameter(of(sql)), value);
}

static void bind_bytes(tmesh_sql_t *sql, tmesh_bytes_t bytes)
{
    tmesh_parameter_add_bytes(next_parameter(of(sql)), bytes);
}

void tmesh_postgres_sql_at(tmesh_sql_t *self, int index)
{
    of(self)->bound = index;
}

// ---- Running ------------------------------------------------------------------------------------

void tmesh_postgres_sql_send(tmesh_sql_t *sql)
{
    tmesh_postgres_sql_t *self = of(sql);
    assert(!self->is_sent);
    self->is_sent = true;
    tmesh_postgres_connection_send(self->connection, self);
}

static void add(tmesh_sql_t *sql)
{
    assert(of(sql)->bound == 0); // a whole row
    of(sql)->has_rows = true;
}

static bool next(tmesh_sql_t *sql)
{
    tmesh_postgres_sql_t *self = of(sql);
    if (!self->is_sent) tmesh_postgres_sql_send(sql);
    if (!self->result) {
        tmesh_err_t err = tmesh_postgres_connection_sync(self->connection);
        if (err) tmesh_sql_fail(sql, err);
        if (sql->err) return false;
        assert(self->result);
    }
    self->read = 0;
    return ++self->row < PQntuples(self->result);
}

static void run(tmesh_sql_t *sql)
{
    tmesh_postgres_sql_t *self = of(sql);
    if (self->result) clear(self);
    bool has_row = next(sql);
    assert(!has_row);
}

static uint32_t changes(const tmesh_sql_t *sql)
{
    PGresult *result = ((const tmesh_postgres_sql_t *)sql)->result;
    return result ? (uint32_t)strtoul(PQcmdTuples(result), NULL, 10) : 1;
}

static bool again(tmesh_sql_t *sql)
{
    tmesh_postgres_sql_t *self = of(sql);
    self->read = 0;
    return self->result && self->row >= 0 && self->row < PQntuples(self->result);
}

// ---- Reading ------------------------------------------------------------------------------------

static bool skip_null(tmesh_sql_t *sql)
{
    tmesh_postgres_sql_t *self = of(sql);
    assert(self->read < PQnfields(self->result));
    if (!PQgetisnull(self->result, self->row, self->read)) return false;
    self->read++;
    return true;
}

static int64_t read_int(tmesh_sql_t *sql)
{
    tmesh_postgres_sql_t *self = of(sql);
    int64_t value = 0;
    bool is_there = !skip_null(sql) &&
                    tmesh_parameter_read_int(PQftype(self->result, self->read),
                                             PQgetvalue(self->result, self->row, self->read),
                                             (size_t)PQgetlength(self->result, self->row, self->read),
                                             &value);
    if (!is_there) tmesh_sql_fail(sql, TMESH_ERR_CORRUPT);
    self->read++;
    return value;
}

static tmesh_bytes_t read_bytes(tmesh_sql_t *sql)
{
    tmesh_postgres_sql_t *self = of(sql);
    assert(self->read < PQnfields(self->result));
    int column = self->read++;
    return tmesh_bytes(PQgetvalue(self->result, self->row, column),
                       (size_t)PQgetlength(self->result, self->row, column));
}

static void give_back(tmesh_sql_t *sql)
{
    tmesh_postgres_sql_t *self = of(sql);
    if (self->has_rows && !self->is_sent && !sql->err) tmesh_postgres_sql_send(sql);
    tmesh_postgres_connection_forget(self->connection, self);
    clear(self);
    self->is_used = false;
    sql->err = TMESH_OK;
}

const tmesh_sql_backend_t tmesh_postgres_sql_backend = {
    .bind_null = bind_null,
    .bind_int = bind_int,
    .bind_bytes = bind_bytes,
    .bind_blob = bind_bytes, // ids, hashes: their bytes as they are
    .next = next,
    .add = add,
    .add_update = add, // the text counts what it has updated
    .run = run,
    .changes = changes,
    .again = again,
    .skip_null = skip_null,
    .read_int = read_int,
    .read_bytes = read_bytes,
    .read_blob = read_bytes,
    .give_back = give_back,
};
