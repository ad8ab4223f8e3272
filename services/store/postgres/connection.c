#include "services/store/postgres/connection.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/base/memory.h"
#include "runtime/base/random.h"
#include "services/store/postgres/dial.h"
#include "services/store/postgres/errors.h"
#include "services/store/postgres/line.h"
#include "services/store/postgres/prepare.h"

// A statement in the pipeline.
typedef struct {
    tmesh_postgres_sql_t *sql; // who reads its answer; NULL: nobody
    bool has_rows;             // it writes
} sent_t;

struct tmesh_postgres_connection {
    tmesh_sql_connection_t base; // first
    tmesh_postgres_line_t line;
    tmesh_postgres_counters_t *counters; // lent
    tmesh_postgres_sql_t statements[TMESH_STATEMENT_COUNT];
    sent_t *sent; // since the last sync
    size_t sent_count;
    size_t sent_capacity;
    uint64_t changes;
    tmesh_postgres_stamp_t stamp;
};

static void count(_Atomic uint64_t *counter)
{
    atomic_fetch_add_explicit(counter, 1, memory_order_relaxed);
}

// ---- Answers ------------------------------------------------------------------------------------

static uint64_t rows_written(const PGresult *answer, bool has_rows)
{
    if (!has_rows || PQresultStatus(answer) != PGRES_TUPLES_OK) {
        return strtoull(PQcmdTuples((PGresult *)answer), NULL, 10);
    }
    int64_t counted = 0; // an update that says itself how many there were
    bool is_number = PQntuples(answer) == 1 &&
                     tmesh_parameter_read_int(PQftype(answer, 0), PQgetvalue(answer, 0, 0),
                                              (size_t)PQgetlength(answer, 0, 0), &counted);
    return is_number ? (uint64_t)counted : 0;
}

// Gives the answer to whoever waits for it. The first error goes into *err_p.
static void take_answer(tmesh_postgres_connection_t *self, const sent_t *sent, PGresult *answer,
                        tmesh_err_t *err_p)
{
    ExecStatusType status = PQresultStatus(answer);
    if (status == PGRES_FATAL_ERROR) {
        tmesh_err_t err = tmesh_postgres_err(PQresultErrorField(answer, PG_DIAG_SQLSTATE));
        if (PQstatus(self->line.libpq) == CONNECTION_BAD) err = TMESH_ERR_CONNECTION;
        if (err == TMESH_ERR_CONNECTION) self->line.is_lost = true;
        if (!*err_p) *err_p = err;
        if (sent->sql) tmesh_sql_fail(&sent->sql->base, err);
    } else if (status == PGRES_PIPELINE_ABORTED) {
        assert(*err_p); // one before it has failed
        if (sent->sql) tmesh_sql_fail(&sent->sql->base, *err_p);
    } else {
        bool is_query = strncmp(PQcmdStatus(answer), "SELECT", 6) == 0;
        if (!is_query || sent->has_rows) self->changes += rows_written(answer, sent->has_rows);
        if (sent->sql) {
            sent->sql->result = answer;
            return;
        }
    }
    PQclear(answer);
}

// Of the sync. A statement without a transaction commits there, and may fail there: then nobody knows, and
// another answer is still to come.
static void take_end(tmesh_postgres_connection_t *self)
{
    tmesh_err_t err = TMESH_OK;
    PGresult *end = tmesh_postgres_line_next(&self->line, &err);
    if (PQresultStatus(end) != PGRES_PIPELINE_SYNC) self->line.is_lost = true;
    PQclear(end);
}

static tmesh_err_t take_answers(tmesh_postgres_connection_t *self)
{
    tmesh_err_t err = TMESH_OK;
    for (size_t i = 0; i < self->sent_count && !self->line.is_lost; i++) {
        PGresult *answer = tmesh_postgres_line_next(&self->line, &err);
        if (answer) take_answer(self, &self->sent[i], answer, &err);
        if (answer && !self->line.is_lost) { // the end of its answers
            PQclear(tmesh_postgres_line_next(&self->line, &err));
        }
    }
    if (!self->line.is_lost) take_end(self);
    return self->line.is_lost ? TMESH_ERR_CONNECTION : err;
}

// That it can be read says little: without its standby a server may commit nothing.
static void note_contact(tmesh_postgres_connection_t *self)
{
    if (self->line.is_lost) tmesh_postgres_contact_lost(self->line.contact);
    else tmesh_postgres_contact_answered(self->line.contact);
}

tmesh_err_t tmesh_postgres_connection_sync(tmesh_postgres_connection_t *self)
{
    count(&self->counters->round_trips);
    tmesh_err_t err = TMESH_ERR_CONNECTION;
    if (!self->line.is_reader) tmesh_postgres_contact_asking(self->line.contact);
    if (!self->line.is_lost && PQpipelineSync(self->line.libpq)) err = take_answers(self);
    if (err == TMESH_ERR_CONNECTION) self->line.is_lost = true;
    if (!self->line.is_reader) note_contact(self);
    for (size_t i = 0; err && i < self->sent_count; i++) { // those that got no answer
        if (self->sent[i].sql) tmesh_sql_fail(&self->sent[i].sql->base, err);
    }
    self->sent_count = 0;
    return err;
}

// ---- Queueing -----------------------------------------------------------------------------------

static void keep_sent(tmesh_postgres_connection_t *self, tmesh_postgres_sql_t *sql, bool has_rows)
{
    if (self->sent_count == self->sent_capacity) {
        self->sent_capacity = self->sent_capacity ? self->sent_capacity * 2 : 32;
        self->sent = tmesh_realloc_array(self->sent, self->sent_capacity, sizeof *self->sent);
    }
    self->sent[self->sent_count++] = (sent_t){sql, has_rows};
}

void tmesh_postgres_connection_send(tmesh_postgres_connection_t *self, tmesh_postgres_sql_t *sql)
{
    enum { PARAMETERS_MAX = 40 };
    const char *values[PARAMETERS_MAX];
    int lengths[PARAMETERS_MAX];
    int formats[PARAMETERS_MAX];
    assert(sql->parameter_count <= PARAMETERS_MAX);
    for (int i = 0; i < sql->parameter_count; i++) {
        tmesh_bytes_t value = tmesh_parameter_finish(&sql->parameters[i]);
        values[i] = value.data;
        lengths[i] = (int)value.size;
        formats[i] = 1;
    }
    tmesh_statement_name_t name;
    tmesh_postgres_statement_name(sql->statement, name);
    count(&self->counters->statements);
    keep_sent(self, sql, sql->has_rows);
    if (self->line.is_lost) return;
    if (!PQsendQueryPrepared(self->line.libpq, name, sql->parameter_count, values, lengths, formats, 1)) {
        self->line.is_lost = true; // the sync says so
    }
}

void tmesh_postgres_connection_forget(tmesh_postgres_connection_t *self,
                                      const tmesh_postgres_sql_t *sql)
{
    for (size_t i = 0; i < self->sent_count; i++) {
        if (self->sent[i].sql == sql) self->sent[i].sql = NULL;
    }
}

static tmesh_sql_t *use(tmesh_sql_connection_t *connection, int statement)
{
    return tmesh_postgres_connection_use((tmesh_postgres_connection_t *)connection, statement);
}

tmesh_sql_connection_t *tmesh_postgres_connection_sql(tmesh_postgres_connection_t *self)
{
    return &self->base;
}

tmesh_sql_t *tmesh_postgres_connection_use(tmesh_postgres_connection_t *self, int statement)
{
    assert(statement >= 0 && statement < TMESH_STATEMENT_COUNT);
    tmesh_postgres_sql_t *sql = &self->statements[statement];
    assert(!sql->is_used);
    sql->is_used = true;
    return &sql->base;
}

void tmesh_postgres_connection_add(tmesh_postgres_connection_t *self, int statement)
{
    tmesh_auto(tmesh_sql) sql = tmesh_postgres_connection_use(self, statement);
    tmesh_postgres_sql_send(sql);
}

bool tmesh_postgres_connection_has_queued(const tmesh_postgres_connection_t *self)
{
    return self->sent_count > 0;
}

void tmesh_postgres_connection_rollback(tmesh_postgres_connection_t *self)
{
    if (self->line.is_lost) return;
    bool is_idle = PQtransactionStatus(self->line.libpq) == PQTRANS_IDLE;
    if (is_idle && self->sent_count == 0) return;
    // What is still queued is sent and undone: libpq has it already.
    if (self->sent_count > 0 && tmesh_postgres_connection_sync(self) == TMESH_ERR_CONNECTION) return;
    tmesh_postgres_connection_add(self, TMESH_STATEMENT_ROLLBACK);
    if (tmesh_postgres_connection_sync(self)) self->line.is_lost = true; // who can not undo can not stay
}

uint64_t tmesh_postgres_connection_changes(const tmesh_postgres_connection_t *self)
{
    return self->changes;
}

tmesh_postgres_stamp_t *tmesh_postgres_connection_stamp(tmesh_postgres_connection_t *self)
{
    return &self->stamp;
}

bool tmesh_postgres_connection_is_lost(const tmesh_postgres_connection_t *self)
{
    return self->line.is_lost;
}

// ---- Opening ------------------------------------------------------------------------------------

// Who it is, and since when at the latest: its process must be found should its first work be lost.
static tmesh_err_t begin_stamp(tmesh_postgres_connection_t *self,
                               const tmesh_postgres_settings_t *settings, tmesh_fault_t **fault_p)
{
    tmesh_auto(tmesh_random) random = tmesh_random_new_system();
    tmesh_random_fill(random, self->stamp.connection_id, sizeof self->stamp.connection_id);
    self->stamp.backend_pid = PQbackendPID(self->line.libpq);
    tmesh_auto(tmesh_sql) sql = tmesh_postgres_connection_use(self, TMESH_STATEMENT_STAMP);
    if (tmesh_sql_next(sql)) self->stamp.now_ms = tmesh_sql_read_int(sql);
    if (sql->err) {
        *fault_p = tmesh_fault_new(sql->err, "store_unreachable", settings->shown, "%s",
                                   PQerrorMessage(self->line.libpq));
    }
    return sql->err;
}

tmesh_err_t tmesh_postgres_connection_open(tmesh_postgres_connection_t **self_p,
                                           const tmesh_postgres_settings_t *settings,
                                           tmesh_fault_t **fault_p)
{
    tmesh_auto(tmesh_postgres_connection) self = tmesh_alloc(sizeof *self);
    self->base.use = use;
    for (int i = 0; i < TMESH_STATEMENT_COUNT; i++) self->statements[i].connection = self;
    self->counters = settings->counters;
    self->line.contact = settings->contact;
    self->line.silence_ms = settings->silence_ms;
    self->line.is_reader = settings->is_reader;
    tmesh_postgres_contact_asking(self->line.contact);
    tmesh_err_t err = tmesh_postgres_dial(&self->line.libpq, settings, fault_p);
    if (!err) err = tmesh_postgres_prepare(&self->line, self->statements, settings, fault_p);
    if (!err) err = begin_stamp(self, settings, fault_p);
    if (err) tmesh_postgres_contact_unreachable(self->line.contact, (*fault_p)->message);
    else tmesh_postgres_contact_answered(self->line.contact);
    if (err) return err;
    *self_p = self;
    self = NULL;
    return TMESH_OK;
}

void tmesh_postgres_connection_destroy(tmesh_postgres_connection_t **self_p)
{
    tmesh_postgres_connection_t *self = *self_p;
    if (!self) return;
    for (int i = 0; i < TMESH_STATEMENT_COUNT; i++) {
        tmesh_postgres_sql_t *sql = &self->statements[i];
        assert(!sql->is_used);
        for (int k = 0; k < sql->parameter_count; k++) tmesh_parameter_free(&sql->parameters[k]);
        tmesh_free(sql->parameters);
    }
    PQfinish(self->line.libpq);
    tmesh_free(self->sent);
    tmesh_free(self);
    *self_p = NULL;
}
