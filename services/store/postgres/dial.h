// services/store/postgres/dial.h - reaching the server: the way from a URL to a connection that is set
// up as we need it. Passwords of the URL go to libpq and nowhere else.
#ifndef TMESH_SERVICES_STORE_POSTGRES_DIAL_H
#define TMESH_SERVICES_STORE_POSTGRES_DIAL_H

#include <libpq-fe.h>

#include "services/store/postgres/connection.h"

// Yours: PQfinish. Faults as tmesh_postgres_connection_open.
tmesh_err_t tmesh_postgres_dial(PGconn **connection_p, const tmesh_postgres_settings_t *settings,
                                tmesh_fault_t **fault_p);

// Without waiting: PQconnectPoll takes it on from here. Nothing is set up on it. Yours in any case.
PGconn *tmesh_postgres_dial_begin(const tmesh_postgres_settings_t *settings);

#endif
