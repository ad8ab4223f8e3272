#include "services/workers/offers.h"

#include <assert.h>

#include "runtime/base/memory.h"

TAILQ_HEAD(session_list, tmesh_session);

typedef struct {
    struct session_list sessions;
    int64_t capacity;    // of all of them
    int64_t outstanding; // runs known here that were claimed on this offer
    // The audit: how often in a row the difference had the same sign, and the smallest one seen.
    int audited;
    int64_t smallest;
} offer_t;

struct tmesh_offers {
    tmesh_credit_t *board;
    offer_t *offers[TMESH_OFFERS_MAX]; // by the board's index; NULL: nobody joined it yet
    int count;
};

tmesh_offers_t *tmesh_offers_new(tmesh_credit_t *board)
{
    tmesh_offers_t *self = tmesh_alloc(sizeof *self);
    self->board = board;
    return self;
}

void tmesh_offers_destroy(tmesh_offers_t **self_p)
{
    tmesh_offers_t *self = *self_p;
    if (!self) return;
    for (int i = 0; i < self->count; i++) {
        offer_t *offer = self->offers[i];
        if (!offer) continue;
        tmesh_credit_note_workers(self->board, i, -offer->capacity);
        tmesh_credit_add(self->board, i,
                         offer->outstanding - TMESH_CLAIMS_PER_SLOT * offer->capacity);
        tmesh_free(offer);
    }
    tmesh_free(self);
    *self_p = NULL;
}

static offer_t *offer_at(tmesh_offers_t *self, int index)
{
    assert(index >= 0 && index < TMESH_OFFERS_MAX);
    if (!self->offers[index]) {
        self->offers[index] = tmesh_alloc(sizeof(offer_t));
        TAILQ_INIT(&self->offers[index]->sessions);
        if (index >= self->count) self->count = index + 1;
    }
    return self->offers[index];
}

tmesh_err_t tmesh_offers_join(tmesh_offers_t *self, tmesh_session_t *session)
{
    int index = tmesh_credit_offer(self->board, (const char *const *)session->namespaces,
                                   session->namespace_count,
                                   (const char *const *)session->callables,
                                   session->callable_count);
    if (index == TMESH_CREDIT_NONE) return TMESH_ERR_FULL;
    session->offer = index;
    offer_t *offer = offer_at(self, index);
    TAILQ_INSERT_TAIL(&offer->sessions, session, in_offer);
    offer->capacity += session->capacity;
    tmesh_credit_note_workers(self->board, index, session->capacity);
    tmesh_credit_add(self->board, index, TMESH_CLAIMS_PER_SLOT * (int64_t)session->capacity);
    return TMESH_OK;
}

void tmesh_offers_leave(tmesh_offers_t *self, tmesh_session_t *session)
{
    offer_t *offer = offer_at(self, session->offer);
    TAILQ_REMOVE(&offer->sessions, session, in_offer);
    offer->capacity -= session->capacity;
    tmesh_credit_note_workers(self->board, session->offer, -(int64_t)session->capacity);
    tmesh_credit_add(self->board, session->offer,
                     -TMESH_CLAIMS_PER_SLOT * (int64_t)session->capacity);
}

void tmesh_offers_begin_claim(tmesh_offers_t *self, int offer)
{
    if (offer != TMESH_CREDIT_NONE) offer_at(self, offer)->outstanding++;
}

void tmesh_offers_end_claim(tmesh_offers_t *self, int offer)
{
    if (offer == TMESH_CREDIT_NONE) return;
    assert(offer_at(self, offer)->outstanding > 0);
    offer_at(self, offer)->outstanding--;
    tmesh_credit_add(self->board, offer, 1);
}

int tmesh_offers_count(const tmesh_offers_t *self)
{
    return self->count;
}

bool tmesh_offers_has_sessions(const tmesh_offers_t *self, int offer)
{
    return offer < self->count && self->offers[offer] &&
           !TAILQ_EMPTY(&self->offers[offer]->sessions);
}

tmesh_session_t *tmesh_offers_choose(const tmesh_offers_t *self, int offer, int64_t monotonic_ms)
{
    if (offer >= self->count || !self->offers[offer]) return NULL;
    tmesh_session_t *chosen = NULL;
    uint32_t most = 0;
    tmesh_session_t *session = NULL;
    TAILQ_FOREACH(session, &self->offers[offer]->sessions, in_offer)
    {
        uint32_t free_slots = tmesh_session_free_slots(session, monotonic_ms);
        if (free_slots == 0 || free_slots < most) continue;
        if (free_slots == most && session->served >= chosen->served) continue;
        chosen = session;
        most = free_slots;
    }
    return chosen;
}

bool tmesh_offers_have_room(const tmesh_offers_t *self)
{
    for (int i = 0; i < self->count; i++) {
        const offer_t *offer = self->offers[i];
        if (offer && offer->capacity > 0 && tmesh_credit_room(self->board, i) > 0) return true;
    }
    return false;
}

// What this call sees must have the sign of what was seen before, or the counting begins anew.
static int64_t audit_offer(offer_t *offer, int64_t difference)
{
    bool goes_on = offer->audited > 0 && difference != 0 &&
                   (difference > 0) == (offer->smallest > 0);
    if (!goes_on) {
        offer->audited = difference ? 1 : 0;
        offer->smallest = difference;
        return 0;
    }
    offer->audited++;
    if (difference > 0 ? difference < offer->smallest : difference > offer->smallest) {
        offer->smallest = difference;
    }
    if (offer->audited < TMESH_AUDIT_TICKS) return 0;
    offer->audited = 0;
    return offer->smallest;
}

int64_t tmesh_offers_audit(tmesh_offers_t *self)
{
    int64_t total = 0;
    for (int i = 0; i < self->count; i++) {
        offer_t *offer = self->offers[i];
        if (!offer) continue;
        int64_t difference = TMESH_CLAIMS_PER_SLOT * offer->capacity - offer->outstanding -
                             tmesh_credit_room(self->board, i);
        int64_t correction = audit_offer(offer, difference);
        if (correction) tmesh_credit_add(self->board, i, correction);
        total += correction;
    }
    return total;
}
