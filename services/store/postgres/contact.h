// services/store/postgres/contact.h - what is known of the server: when it was last heard, and what was
// said when it could not be reached. All connections of a store tell it; asking costs nothing, and
// nobody is waited for. Any thread.
#ifndef TMESH_SERVICES_STORE_POSTGRES_CONTACT_H
#define TMESH_SERVICES_STORE_POSTGRES_CONTACT_H

#include "runtime/base/clock.h"
#include "services/store/absence.h"

enum { TMESH_POSTGRES_SILENT_MS = 3000 }; // somebody waits, and nobody is answered: three beats

typedef struct tmesh_postgres_contact tmesh_postgres_contact_t;

// The clock is lent. After patience_ms of absence nobody waits for the server any more.
tmesh_postgres_contact_t *tmesh_postgres_contact_new(const tmesh_clock_t *clock,
                                                     int64_t patience_ms);
void tmesh_postgres_contact_destroy(tmesh_postgres_contact_t **self_p);

// Somebody asks the server, or tries to reach it, and says so once it knows what came of it.
void tmesh_postgres_contact_asking(tmesh_postgres_contact_t *self);
void tmesh_postgres_contact_answered(tmesh_postgres_contact_t *self);
// The connection was lost, which says nothing about the server.
void tmesh_postgres_contact_lost(tmesh_postgres_contact_t *self);
void tmesh_postgres_contact_unreachable(tmesh_postgres_contact_t *self, const char *message);

void tmesh_postgres_contact_look(tmesh_postgres_contact_t *self, tmesh_absence_t *absence);
// Is there any sense in asking now? While the server is away for longer than anybody waits, one at a
// time finds out whether it is back.
bool tmesh_postgres_contact_may_ask(tmesh_postgres_contact_t *self);
// How long whoever needs the server now waits for it: patience_ms from when it was first missed.
int64_t tmesh_postgres_contact_patience_ms(tmesh_postgres_contact_t *self);

#endif
