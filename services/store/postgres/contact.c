#include "services/store/postgres/contact.h"

#include <assert.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "runtime/base/memory.h"

// All times are monotonic.
struct tmesh_postgres_contact {
    pthread_mutex_t lock;
    const tmesh_clock_t *clock; // lent
    int64_t patience_ms;
    uint32_t asking;       // so many wait for the server
    int64_t quiet_ms;      // since when none of them was answered
    int64_t missed_ms;     // when it first could not be reached; 0: it was, the last time
    char message[TMESH_ABSENCE_TEXT_BYTES]; // of the last try
};

tmesh_postgres_contact_t *tmesh_postgres_contact_new(const tmesh_clock_t *clock,
                                                     int64_t patience_ms)
{
    tmesh_postgres_contact_t *self = tmesh_alloc(sizeof *self);
    pthread_mutex_init(&self->lock, NULL);
    self->clock = clock;
    self->patience_ms = patience_ms;
    return self;
}

void tmesh_postgres_contact_destroy(tmesh_postgres_contact_t **self_p)
{
    tmesh_postgres_contact_t *self = *self_p;
    if (!self) return;
    assert(self->asking == 0);
    pthread_mutex_destroy(&self->lock);
    tmesh_free(self);
    *self_p = NULL;
}

static int64_t take_lock(tmesh_postgres_contact_t *self)
{
    pthread_mutex_lock(&self->lock);
    return tmesh_clock_monotonic_ms(self->clock);
}

// ---- What befalls connections -------------------------------------------------------------------

void tmesh_postgres_contact_asking(tmesh_postgres_contact_t *self)
{
    int64_t now_ms = take_lock(self);
    if (self->asking++ == 0) self->quiet_ms = now_ms;
    pthread_mutex_unlock(&self->lock);
}

void tmesh_postgres_contact_answered(tmesh_postgres_contact_t *self)
{
    int64_t now_ms = take_lock(self);
    assert(self->asking > 0);
    self->asking--;
    self->quiet_ms = now_ms;
    self->missed_ms = 0;
    pthread_mutex_unlock(&self->lock);
}

void tmesh_postgres_contact_lost(tmesh_postgres_contact_t *self)
{
    (void)take_lock(self);
    assert(self->asking > 0);
    self->asking--;
    pthread_mutex_unlock(&self->lock);
}

void tmesh_postgres_contact_unreachable(tmesh_postgres_contact_t *self, const char *message)
{
    int64_t now_ms = take_lock(self);
    assert(self->asking > 0);
    self->asking--;
    bool is_silent = now_ms - self->quiet_ms > TMESH_POSTGRES_SILENT_MS;
    if (self->missed_ms == 0) self->missed_ms = is_silent ? self->quiet_ms : now_ms;
    snprintf(self->message, sizeof self->message, "%s", message);
    for (char *at = self->message; *at; at++) { // libpq gives each host some lines
        if (*at == '\n' || *at == '\t') *at = ' ';
        if (*at == '"') *at = '\'';
    }
    pthread_mutex_unlock(&self->lock);
}

// ---- What is known ------------------------------------------------------------------------------

// Under the lock.
static tmesh_absence_t look(const tmesh_postgres_contact_t *self, int64_t now_ms)
{
    tmesh_absence_t absence = {0};
    int64_t quiet_for_ms = self->asking > 0 ? now_ms - self->quiet_ms : 0;
    if (self->missed_ms > 0) {
        absence.is_away = true;
        absence.for_ms = now_ms - self->missed_ms;
        memcpy(absence.message, self->message, sizeof absence.message);
    } else if (quiet_for_ms > TMESH_POSTGRES_SILENT_MS) {
        absence.is_away = true;
        absence.for_ms = quiet_for_ms;
        snprintf(absence.message, sizeof absence.message, "it does not answer");
    }
    absence.is_given_up = absence.is_away && absence.for_ms >= self->patience_ms;
    return absence;
}

void tmesh_postgres_contact_look(tmesh_postgres_contact_t *self, tmesh_absence_t *absence)
{
    int64_t now_ms = take_lock(self);
    *absence = look(self, now_ms);
    pthread_mutex_unlock(&self->lock);
}

bool tmesh_postgres_contact_may_ask(tmesh_postgres_contact_t *self)
{
    int64_t now_ms = take_lock(self);
    bool may_ask = self->asking == 0 || !look(self, now_ms).is_given_up;
    pthread_mutex_unlock(&self->lock);
    return may_ask;
}

int64_t tmesh_postgres_contact_patience_ms(tmesh_postgres_contact_t *self)
{
    int64_t now_ms = take_lock(self);
    int64_t left_ms = self->patience_ms - look(self, now_ms).for_ms;
    pthread_mutex_unlock(&self->lock);
    return left_ms > 0 ? left_ms : 0;
}
