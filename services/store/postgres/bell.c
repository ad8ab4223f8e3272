#include "services/store/postgres/bell.h"

#include <string.h>

#include "runtime/base/memory.h"
#include "services/store/postgres/dial.h"

enum { RETRY_MS = 1000 };

struct tmesh_postgres_bell {
    tmesh_postgres_settings_t settings;
    const tmesh_clock_t *clock; // lent
    PGconn *libpq;              // NULL: not connected
    int64_t retry_ms;           // monotonic: not before
};

tmesh_postgres_bell_t *tmesh_postgres_bell_new(const tmesh_postgres_settings_t *settings,
                                               const tmesh_clock_t *clock)
{
    tmesh_postgres_bell_t *self = tmesh_alloc(sizeof *self);
    self->settings = *settings;
    self->settings.name = "taskmesh bell";
    self->clock = clock;
    return self;
}

void tmesh_postgres_bell_destroy(tmesh_postgres_bell_t **self_p)
{
    tmesh_postgres_bell_t *self = *self_p;
    if (!self) return;
    PQfinish(self->libpq); // takes NULL
    tmesh_free(self);
    *self_p = NULL;
}

static void connect_now(tmesh_postgres_bell_t *self)
{
    int64_t now_ms = tmesh_clock_monotonic_ms(self->clock);
    if (now_ms < self->retry_ms) return;
    self->retry_ms = now_ms + RETRY_MS;
    tmesh_absence_t absence;
    tmesh_postgres_contact_look(self->settings.contact, &absence);
    if (absence.is_away) return;
    tmesh_auto(tmesh_fault) fault = NULL;
    if (tmesh_postgres_dial(&self->libpq, &self->settings, &fault)) return;
    bool is_sent = PQsetnonblocking(self->libpq, 1) == 0 &&
                   PQsendQuery(self->libpq, "LISTEN taskmesh");
    if (is_sent) return;
    PQfinish(self->libpq);
    self->libpq = NULL;
}

bool tmesh_postgres_bell_has_rung(tmesh_postgres_bell_t *self)
{
    if (!self->libpq) connect_now(self);
    if (!self->libpq) return false;
    bool is_there = PQflush(self->libpq) >= 0 && PQconsumeInput(self->libpq);
    while (is_there && !PQisBusy(self->libpq)) { // the answer to LISTEN, once
        PGresult *answer = PQgetResult(self->libpq);
        if (!answer) break;
        is_there = PQresultStatus(answer) == PGRES_COMMAND_OK;
        PQclear(answer);
    }
    bool has_rung = false;
    PGnotify *call = NULL;
    while ((call = PQnotifies(self->libpq))) {
        has_rung = has_rung || strcmp(call->extra, self->settings.node_id) != 0; // not by ourselves
        PQfreemem(call);
    }
    if (is_there) return has_rung;
    PQfinish(self->libpq);
    self->libpq = NULL;
    return has_rung;
}

tmesh_err_t tmesh_postgres_bell_ring(tmesh_postgres_connection_t *connection)
{
    tmesh_auto(tmesh_sql) sql = tmesh_postgres_connection_use(connection, TMESH_STATEMENT_RING);
    while (tmesh_sql_next(sql)) continue;
    return sql->err;
}
