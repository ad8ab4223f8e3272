// services/store/postgres/bell.h - by which nodes at one database call each other: NOTIFY, heard over a
// connection of its own that does nothing else. A call only makes sooner what a beat would find anyway.
// One thread.
#ifndef TMESH_SERVICES_STORE_POSTGRES_BELL_H
#define TMESH_SERVICES_STORE_POSTGRES_BELL_H

#include "services/store/postgres/connection.h"

typedef struct tmesh_postgres_bell tmesh_postgres_bell_t;

// Connects with the first question. `settings`, what it points to and the clock are lent.
tmesh_postgres_bell_t *tmesh_postgres_bell_new(const tmesh_postgres_settings_t *settings,
                                               const tmesh_clock_t *clock);
void tmesh_postgres_bell_destroy(tmesh_postgres_bell_t **self_p);

// Has another node called since the last question? False also while nothing can be heard: what is lost is
// opened again, at most once a second, and not while the server is away.
bool tmesh_postgres_bell_has_rung(tmesh_postgres_bell_t *self);

// Calls the others: a transaction of its own.
tmesh_err_t tmesh_postgres_bell_ring(tmesh_postgres_connection_t *connection);

#endif
