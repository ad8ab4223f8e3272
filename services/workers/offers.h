// services/workers/offers.h - what the workers of this node offer, and how much of it is taken.
//
// An offer is a set of namespaces and callable patterns (services/domain/credit.h); sessions with
// the same set share one. Claims are made elsewhere, on the credit board; here is what became of
// them. For each offer: room on the board = 2 * capacity - claims outstanding, where a claim is
// outstanding from the moment it is made until its result comes, or its run ends here. Twice the capacity, so that the
// next run of a busy slot is already here when the slot gets free.
#ifndef TMESH_SERVICES_WORKERS_OFFERS_H
#define TMESH_SERVICES_WORKERS_OFFERS_H

#include "runtime/base/error.h"
#include "services/domain/credit.h"
#include "services/workers/sessions.h"

enum {
    TMESH_CLAIMS_PER_SLOT = 2,
    TMESH_AUDIT_TICKS = 6, // how long a difference must last before it is believed
};

typedef struct tmesh_offers tmesh_offers_t;

// The board is lent.
tmesh_offers_t *tmesh_offers_new(tmesh_credit_t *board);
// Takes back from the board what is still offered.
void tmesh_offers_destroy(tmesh_offers_t **self_p);

// Finds the offer of the session and adds its capacity; TMESH_ERR_FULL: too many different offers.
tmesh_err_t tmesh_offers_join(tmesh_offers_t *self, tmesh_session_t *session);
void tmesh_offers_leave(tmesh_offers_t *self, tmesh_session_t *session);
// A run that was claimed on this offer is known here; or has ended. TMESH_CREDIT_NONE is ignored.
void tmesh_offers_begin_claim(tmesh_offers_t *self, int offer);
void tmesh_offers_end_claim(tmesh_offers_t *self, int offer);

// The number of offers that were ever joined; indexes are below it.
int tmesh_offers_count(const tmesh_offers_t *self);
// Is there a session behind this offer that takes new runs, busy or not?
bool tmesh_offers_has_sessions(const tmesh_offers_t *self, int offer);
// The session of this offer with the most free slots (the one served longest ago, when several
// have as many), or NULL.
tmesh_session_t *tmesh_offers_choose(const tmesh_offers_t *self, int offer, int64_t monotonic_ms);
// May anything more be claimed for workers that are here?
bool tmesh_offers_have_room(const tmesh_offers_t *self);

// To be called once a second. A claim whose message never arrived holds its credit for ever: nobody
// but the board knows of it. So each offer is compared, and a difference that lasted through
// TMESH_AUDIT_TICKS calls (a message on its way is never that slow, and the smallest difference seen
// is taken) is put right on the board. Returns how many credits were given back.
int64_t tmesh_offers_audit(tmesh_offers_t *self);

#endif
