#include "services/store/postgres/bell.h"

#include <poll.h>
#include <string.h>

#include "runtime/base/memory.h"
#include "services/store/postgres/dial.h"

enum { RETRY_MS = 1000 };

struct tmesh_postgres_bell {
    tmesh_postgres_settings_t settings;
    const tmesh_clock_t *clock; // lent
    PGconn *libpq;              // NULL: there is none
    PostgresPollingStatusType polling; // until it is OK it is being connected
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

static void drop(tmesh_postgres_bell_t *self)
{
    PQfinish(self->libpq);
    self->libpq = NULL;
}

static void begin_to_connect(tmesh_postgres_bell_t *self)
{
    int64_t now_ms = tmesh_clock_monotonic_ms(self->clock);
    if (now_ms < self->retry_ms) return;
    self->retry_ms = now_ms + RETRY_MS;
    tmesh_absence_t absence;
    tmesh_postgres_contact_look(self->settings.contact, &absence);
    if (absence.is_away) return;
    self->libpq = tmesh_postgres_dial_begin(&self->settings);
    self->polling = PGRES_POLLING_WRITING;
}

// As far as it gets without waiting: who listens beats, too, and must not miss one for a host that is off.
static void go_on_connecting(tmesh_postgres_bell_t *self)
{
    struct pollfd item = {.fd = PQsocket(self->libpq),
                          .events = self->polling == PGRES_POLLING_READING ? POLLIN : POLLOUT};
    if (PQstatus(self->libpq) != CONNECTION_BAD && poll(&item, 1, 0) == 0) return;
    self->polling = PQconnectPoll(self->libpq);
    if (self->polling == PGRES_POLLING_FAILED) {
        drop(self);
    } else if (self->polling == PGRES_POLLING_OK) {
        bool is_sent = PQsetnonblocking(self->libpq, 1) == 0 &&
                       PQsendQuery(self->libpq, "LISTEN taskmesh");
        if (!is_sent) drop(self);
    }
}

// False: it is lost.
static bool listen_to(tmesh_postgres_bell_t *self, bool *has_rung_p)
{
    bool is_there = PQflush(self->libpq) >= 0 && PQconsumeInput(self->libpq);
    while (is_there && !PQisBusy(self->libpq)) { // the answer to LISTEN, once
        PGresult *answer = PQgetResult(self->libpq);
        if (!answer) break;
        is_there = PQresultStatus(answer) == PGRES_COMMAND_OK;
        PQclear(answer);
    }
    PGnotify *call = NULL;
    while ((call = PQnotifies(self->libpq))) {
        if (strcmp(call->extra, self->settings.node_id) != 0) *has_rung_p = true; // not by ourselves
        PQfreemem(call);
    }
    return is_there;
}

bool tmesh_postgres_bell_has_rung(tmesh_postgres_bell_t *self)
{
    bool has_rung = false;
    if (!self->libpq) begin_to_connect(self);
    if (self->libpq && self->polling != PGRES_POLLING_OK) go_on_connecting(self);
    if (self->libpq && self->polling == PGRES_POLLING_OK && !listen_to(self, &has_rung)) drop(self);
    return has_rung;
}

tmesh_err_t tmesh_postgres_bell_ring(tmesh_postgres_connection_t *connection)
{
    tmesh_auto(tmesh_sql) sql = tmesh_postgres_connection_use(connection, TMESH_STATEMENT_RING);
    while (tmesh_sql_next(sql)) continue;
    return sql->err;
}
