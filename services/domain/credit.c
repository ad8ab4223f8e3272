#include "services/domain/credit.h"

#include <assert.h>
#include <fnmatch.h>
#include <stdatomic.h>
#include <string.h>

#include "runtime/base/memory.h"

typedef struct {
    char **namespaces;
    size_t namespace_count;
    char **patterns;
    size_t pattern_count;   // 0: every callable
    _Atomic int64_t room;   // claims that may still be made; below zero after workers left
    _Atomic int64_t offered; // what workers offer in all
} offer_t;

struct tmesh_credit {
    offer_t *offers[TMESH_OFFERS_MAX]; // written once each, before `count` covers them
    _Atomic int count;
    _Atomic uint32_t backlog; // whether one was noted, and LOOKING for everybody who looks at it
    _Atomic int64_t due_ms;
    _Atomic int64_t trusted_ms; // until when
    _Atomic int64_t generation;
    _Atomic bool has_news; // for other nodes
    tmesh_pauses_t *pauses;
    _Atomic int64_t ended_ms;
    _Atomic uint64_t turns;                       // served so far
    _Atomic uint64_t served[TMESH_SERVED_PLACES]; // the last of them, by namespace
};

enum { NOTED = 1, LOOKING = 2 };

tmesh_credit_t *tmesh_credit_new(void)
{
    tmesh_credit_t *self = tmesh_alloc(sizeof *self);
    self->backlog = NOTED; // what an earlier life left behind is not known yet
    self->due_ms = INT64_MAX;
    self->trusted_ms = INT64_MAX;
    self->pauses = tmesh_pauses_new();
    self->ended_ms = INT64_MAX;
    return self;
}

static void free_texts(char **texts, size_t count)
{
    for (size_t i = 0; i < count; i++) tmesh_free(texts[i]);
    tmesh_free(texts);
}

void tmesh_credit_destroy(tmesh_credit_t **self_p)
{
    tmesh_credit_t *self = *self_p;
    if (!self) return;
    for (int i = 0; i < self->count; i++) {
        free_texts(self->offers[i]->namespaces, self->offers[i]->namespace_count);
        free_texts(self->offers[i]->patterns, self->offers[i]->pattern_count);
        tmesh_free(self->offers[i]);
    }
    tmesh_pauses_destroy(&self->pauses);
    tmesh_free(self);
    *self_p = NULL;
}

tmesh_pauses_t *tmesh_credit_pauses(const tmesh_credit_t *self)
{
    return self->pauses;
}

static char **copy_texts(const char *const *texts, size_t count)
{
    char **copy = tmesh_alloc_array(count, sizeof *copy);
    for (size_t i = 0; i < count; i++) copy[i] = tmesh_strdup(texts[i]);
    return copy;
}

static bool texts_equal(char *const *a, size_t a_count, const char *const *b, size_t b_count)
{
    if (a_count != b_count) return false;
    for (size_t i = 0; i < a_count; i++) {
        if (strcmp(a[i], b[i]) != 0) return false;
    }
    return true;
}

int tmesh_credit_offer(tmesh_credit_t *self, const char *const *namespaces, size_t namespace_count,
                       const char *const *patterns, size_t pattern_count)
{
    assert(namespace_count <= TMESH_OFFER_NAMES_MAX);
    assert(pattern_count <= TMESH_OFFER_NAMES_MAX);
    int count = self->count;
    for (int i = 0; i < count; i++) {
        const offer_t *known = self->offers[i];
        if (texts_equal(known->namespaces, known->namespace_count, namespaces, namespace_count) &&
            texts_equal(known->patterns, known->pattern_count, patterns, pattern_count)) {
            return i;
        }
    }
    if (count == TMESH_OFFERS_MAX) return TMESH_CREDIT_NONE;
    offer_t *offer = tmesh_alloc(sizeof *offer);
    offer->namespaces = copy_texts(namespaces, namespace_count);
    offer->namespace_count = namespace_count;
    offer->patterns = copy_texts(patterns, pattern_count);
    offer->pattern_count = pattern_count;
    self->offers[count] = offer;
    self->count = count + 1; // from here on others see it
    return count;
}

static bool serves(const offer_t *offer, const char *namespace_name, const char *callable)
{
    size_t i = 0;
    while (i < offer->namespace_count && strcmp(offer->namespaces[i], namespace_name) != 0) i++;
    if (i == offer->namespace_count) return false;
    if (offer->pattern_count == 0) return true;
    for (i = 0; i < offer->pattern_count; i++) {
        if (fnmatch(offer->patterns[i], callable, FNM_NOESCAPE) == 0) return true;
    }
    return false;
}

bool tmesh_credit_offer_serves(const tmesh_credit_t *self, int offer, const char *namespace_name,
                               const char *callable)
{
    assert(offer >= 0 && offer < self->count);
    return serves(self->offers[offer], namespace_name, callable);
}

void tmesh_credit_add(tmesh_credit_t *self, int offer, int64_t claims)
{
    assert(offer >= 0 && offer < self->count);
    atomic_fetch_add(&self->offers[offer]->room, claims);
}

int64_t tmesh_credit_room(const tmesh_credit_t *self, int offer)
{
    assert(offer >= 0 && offer < self->count);
    return self->offers[offer]->room;
}

int tmesh_credit_take(tmesh_credit_t *self, const char *namespace_name, const char *callable)
{
    if (tmesh_pauses_has(self->pauses, namespace_name, callable)) return TMESH_CREDIT_NONE;
    int count = self->count;
    for (int i = 0; i < count; i++) {
        offer_t *offer = self->offers[i];
        if (offer->room <= 0 || !serves(offer, namespace_name, callable)) continue;
        if (atomic_fetch_sub(&offer->room, 1) > 0) return i;
        atomic_fetch_add(&offer->room, 1);
    }
    return TMESH_CREDIT_NONE;
}

void tmesh_credit_give_back(tmesh_credit_t *self, int offer)
{
    if (offer != TMESH_CREDIT_NONE) tmesh_credit_add(self, offer, 1);
}

bool tmesh_credit_has_room(const tmesh_credit_t *self)
{
    int count = self->count;
    for (int i = 0; i < count; i++) {
        if (self->offers[i]->room > 0) return true;
    }
    return false;
}

uint32_t tmesh_credit_room_for(const tmesh_credit_t *self, const char *namespace_name,
                               const char *callable)
{
    if (tmesh_pauses_has(self->pauses, namespace_name, callable)) return 0;
    int count = self->count;
    int64_t room = 0;
    for (int i = 0; i < count; i++) {
        int64_t left = self->offers[i]->room;
        if (left > 0 && serves(self->offers[i], namespace_name, callable)) room += left;
    }
    return room > UINT32_MAX ? UINT32_MAX : (uint32_t)room;
}

void tmesh_credit_note_workers(tmesh_credit_t *self, int offer, int64_t capacity)
{
    assert(offer >= 0 && offer < self->count);
    atomic_fetch_add(&self->offers[offer]->offered, capacity);
}

bool tmesh_credit_is_offered(const tmesh_credit_t *self, const char *namespace_name,
                             const char *callable)
{
    if (tmesh_pauses_has(self->pauses, namespace_name, callable)) return false;
    int count = self->count;
    for (int i = 0; i < count; i++) {
        if (self->offers[i]->offered > 0 && serves(self->offers[i], namespace_name, callable)) {
            return true;
        }
    }
    return false;
}

void tmesh_credit_note_backlog(tmesh_credit_t *self)
{
    atomic_fetch_or(&self->backlog, NOTED);
}

bool tmesh_credit_has_backlog(const tmesh_credit_t *self)
{
    return self->backlog & NOTED;
}

bool tmesh_credit_take_backlog(tmesh_credit_t *self)
{
    uint32_t known = self->backlog;
    while (known) {
        uint32_t taken = (known & ~(uint32_t)NOTED) + LOOKING;
        if (atomic_compare_exchange_weak(&self->backlog, &known, taken)) return true;
    }
    return false;
}

void tmesh_credit_leave_backlog(tmesh_credit_t *self, bool steps_wait)
{
    assert(self->backlog >= LOOKING);
    if (steps_wait) tmesh_credit_note_backlog(self); // first: there is no moment without either
    atomic_fetch_sub(&self->backlog, LOOKING);
}

bool tmesh_credit_is_awaited(const tmesh_credit_t *self)
{
    return self->backlog != 0;
}

void tmesh_credit_trust(tmesh_credit_t *self, int64_t until_ms)
{
    self->trusted_ms = until_ms;
}

bool tmesh_credit_is_trusted(const tmesh_credit_t *self, int64_t now_ms)
{
    return now_ms < self->trusted_ms;
}

void tmesh_credit_note_generation(tmesh_credit_t *self, int64_t generation)
{
    self->generation = generation;
}

int64_t tmesh_credit_generation(const tmesh_credit_t *self)
{
    return self->generation;
}

void tmesh_credit_note_news(tmesh_credit_t *self)
{
    if (!self->has_news) self->has_news = true; // read by many, written seldom
}

bool tmesh_credit_take_news(tmesh_credit_t *self)
{
    return atomic_exchange(&self->has_news, false);
}

uint64_t tmesh_credit_served(const tmesh_credit_t *self, uint64_t namespace_key)
{
    return self->served[namespace_key % TMESH_SERVED_PLACES];
}

void tmesh_credit_note_served(tmesh_credit_t *self, uint64_t namespace_key)
{
    self->served[namespace_key % TMESH_SERVED_PLACES] = atomic_fetch_add(&self->turns, 1) + 1;
}

// True when it was lowered.
static bool lower(_Atomic int64_t *time_ms, int64_t to_ms)
{
    int64_t known = *time_ms;
    while (to_ms < known) {
        if (atomic_compare_exchange_weak(time_ms, &known, to_ms)) return true;
    }
    return false;
}

bool tmesh_credit_note_due(tmesh_credit_t *self, int64_t due_ms)
{
    return lower(&self->due_ms, due_ms);
}

int64_t tmesh_credit_due(const tmesh_credit_t *self)
{
    return self->due_ms;
}

void tmesh_credit_reset_due(tmesh_credit_t *self)
{
    self->due_ms = INT64_MAX;
}

void tmesh_credit_note_ended(tmesh_credit_t *self, int64_t completed_ms)
{
    (void)lower(&self->ended_ms, completed_ms);
}

int64_t tmesh_credit_ended(const tmesh_credit_t *self)
{
    return self->ended_ms;
}

void tmesh_credit_reset_ended(tmesh_credit_t *self)
{
    self->ended_ms = INT64_MAX;
}
