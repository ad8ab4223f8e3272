#include "services/store/postgres/line.h"

#include <poll.h>

enum { LOOK_EVERY_MS = 500 }; // whether a reader still waits for anybody

// Waits until there is something to do for libpq; false when nobody is there any more. A signal begins
// the wait anew: none comes often. Who writes waits for long, for a commit that is given up has to be
// asked for; who reads does not keep people waiting for a server that answers nobody.
static bool wait_for_server(const tmesh_postgres_line_t *self, int unsent)
{
    struct pollfd item = {.fd = PQsocket(self->libpq),
                          .events = (short)(unsent ? POLLIN | POLLOUT : POLLIN)};
    if (!self->is_reader) return poll(&item, 1, (int)self->silence_ms) != 0;
    for (int64_t left_ms = self->silence_ms; left_ms > 0; left_ms -= LOOK_EVERY_MS) {
        if (poll(&item, 1, LOOK_EVERY_MS) != 0) return true;
        tmesh_absence_t absence;
        tmesh_postgres_contact_look(self->contact, &absence);
        if (absence.is_given_up) break;
    }
    return false;
}

PGresult *tmesh_postgres_line_next(tmesh_postgres_line_t *self, tmesh_err_t *err_p)
{
    while (!self->is_lost) {
        int unsent = PQflush(self->libpq);
        if (unsent == 0 && !PQisBusy(self->libpq)) return PQgetResult(self->libpq);
        bool is_there = unsent >= 0 && wait_for_server(self, unsent);
        if (!is_there || !PQconsumeInput(self->libpq)) self->is_lost = true;
    }
    *err_p = TMESH_ERR_CONNECTION;
    return NULL;
}
