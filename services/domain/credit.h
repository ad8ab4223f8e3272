// services/domain/credit.h - how many steps may still be claimed for the workers of this node.
//
// The gateway writes what its workers offer; the services take one credit for each step that they
// claim, in the transaction that claims it. Numbers only, all atomic: a reader that is a moment
// behind leaves a step for the next refill or claims one too many, both of which are harmless.
// It also carries the nudges that must not be lost between threads: that unclaimed steps wait, the
// earliest due time that anybody knows, and when the first task ended that retention may remove; and
// which namespace was served how long ago.
#ifndef TMESH_SERVICES_DOMAIN_CREDIT_H
#define TMESH_SERVICES_DOMAIN_CREDIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "services/domain/pauses.h"

enum {
    TMESH_OFFERS_MAX = 1024,        // different offers in the life of a runtime
    TMESH_OFFER_NAMES_MAX = 64,     // namespaces, and patterns, of one offer
    TMESH_SERVED_PLACES = 1024,     // namespaces share a place only by chance
    TMESH_CREDIT_NONE = -1,
};

typedef struct tmesh_credit tmesh_credit_t;

tmesh_credit_t *tmesh_credit_new(void);
void tmesh_credit_destroy(tmesh_credit_t **self_p);

// The gateway's thread only. The index of the offer with exactly these namespaces and callable
// patterns (no patterns: every callable); made when it is new. TMESH_CREDIT_NONE: too many offers.
int tmesh_credit_offer(tmesh_credit_t *self, const char *const *namespaces, size_t namespace_count,
                       const char *const *patterns, size_t pattern_count);
// Does the offer serve this callable? Any thread.
bool tmesh_credit_offer_serves(const tmesh_credit_t *self, int offer, const char *namespace_name,
                               const char *callable);
// Adds claims that may be made on this offer; negative when workers leave. Any thread.
void tmesh_credit_add(tmesh_credit_t *self, int offer, int64_t claims);
int64_t tmesh_credit_room(const tmesh_credit_t *self, int offer);
// Adds to the capacity of the workers behind this offer, whether busy or not. The gateway only.
void tmesh_credit_note_workers(tmesh_credit_t *self, int offer, int64_t capacity);

// Takes one credit of any offer that serves this callable, or TMESH_CREDIT_NONE. Any thread.
int tmesh_credit_take(tmesh_credit_t *self, const char *namespace_name, const char *callable);
// May any claim be made at all? Any thread.
bool tmesh_credit_has_room(const tmesh_credit_t *self);
// How many claims may be made for this callable now. Any thread.
uint32_t tmesh_credit_room_for(const tmesh_credit_t *self, const char *namespace_name,
                               const char *callable);
// Gives back a credit whose claim was not committed. Any thread.
void tmesh_credit_give_back(tmesh_credit_t *self, int offer);
// Is there any worker at all for this callable, busy or not? Any thread.
bool tmesh_credit_is_offered(const tmesh_credit_t *self, const char *namespace_name,
                             const char *callable);

// What is paused: it is not offered, and no credit is given for it. Owned by the board. Any thread.
tmesh_pauses_t *tmesh_credit_pauses(const tmesh_credit_t *self);

// Steps were left unclaimed, or may have been: whoever gets credit should refill. Any thread.
void tmesh_credit_note_backlog(tmesh_credit_t *self);
bool tmesh_credit_has_backlog(const tmesh_credit_t *self);
// Taken by whoever is about to look at what waits, and then left: with steps that still wait, or may
// do so, or without. False: there is none, and nothing to be left. While others look it may be taken
// too: they have not seen the credit that came since. Any thread.
bool tmesh_credit_take_backlog(tmesh_credit_t *self);
void tmesh_credit_leave_backlog(tmesh_credit_t *self, bool steps_wait);
// There is a backlog, or somebody looks at it just now: what becomes ready comes after others that
// may wait, and credit that got free is awaited. Any thread.
bool tmesh_credit_is_awaited(const tmesh_credit_t *self);

// Until when (monotonic ms) steps may be handed out: among several nodes, while this one is known to
// live. A node that is alone always may. Any thread.
void tmesh_credit_trust(tmesh_credit_t *self, int64_t until_ms);
bool tmesh_credit_is_trusted(const tmesh_credit_t *self, int64_t now_ms);

// Templates may have been changed by another node: whoever remembers some looks at this number, and
// forgets them when it is another one. Any thread.
void tmesh_credit_note_generation(tmesh_credit_t *self, int64_t generation);
int64_t tmesh_credit_generation(const tmesh_credit_t *self);

// Something was committed that other nodes may wait for: they should be called. Any thread.
void tmesh_credit_note_news(tmesh_credit_t *self);
// The keeper's. False: there is none.
bool tmesh_credit_take_news(tmesh_credit_t *self);

// When a namespace, by a number of its name, was last served in turn: larger is later, 0 never.
// Those that share a place share the time, too. Any thread.
uint64_t tmesh_credit_served(const tmesh_credit_t *self, uint64_t namespace_key);
void tmesh_credit_note_served(tmesh_credit_t *self, uint64_t namespace_key);

// Lowers the earliest due time (ms since 1970) that is known; true when it was lowered, so that the
// step enqueuer should be told. Any thread.
bool tmesh_credit_note_due(tmesh_credit_t *self, int64_t due_ms);
// INT64_MAX: none.
int64_t tmesh_credit_due(const tmesh_credit_t *self);
// Set by the step enqueuer before it reads the next due times from the store.
void tmesh_credit_reset_due(tmesh_credit_t *self);

// The same for the task that ended first, of those that retention may remove (SPEC 9.3): 0 when there
// may be one that nobody knows. Nobody is told: they stay for so long that who looks now and then sees
// it in time.
void tmesh_credit_note_ended(tmesh_credit_t *self, int64_t completed_ms);
int64_t tmesh_credit_ended(const tmesh_credit_t *self);
void tmesh_credit_reset_ended(tmesh_credit_t *self);

#endif
