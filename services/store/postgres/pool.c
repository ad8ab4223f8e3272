#include "services/store/postgres/pool.h"

#include <assert.h>
#include <poll.h>
#include <pthread.h>

#include "runtime/base/clock.h"
#include "runtime/base/memory.h"

enum {
    FIRST_PAUSE_MS = 20,
    LAST_PAUSE_MS = 1000,
    LOST_MAX = TMESH_POSTGRES_CONNECTIONS_MAX, // beyond it the server's own limits must do
};

typedef struct {
    tmesh_postgres_connection_t *connection; // NULL: closed, or being opened by who holds it
    bool is_held;
    pthread_t holder;
} slot_t;

struct tmesh_postgres_pool {
    pthread_mutex_t lock; // of the slots, never held while anything is waited for
    slot_t slots[TMESH_POSTGRES_CONNECTIONS_MAX];
    tmesh_postgres_stamp_t lost[LOST_MAX]; // whose processes may not know that they are alone
    int lost_count;
    tmesh_postgres_settings_t settings;
    const tmesh_clock_t *clock; // lent
    int64_t reconnect_ms;
};

tmesh_postgres_pool_t *tmesh_postgres_pool_new(const tmesh_postgres_settings_t *settings,
                                               const tmesh_clock_t *clock, int64_t reconnect_ms)
{
    tmesh_postgres_pool_t *self = tmesh_alloc(sizeof *self);
    pthread_mutex_init(&self->lock, NULL);
    self->settings = *settings;
    self->clock = clock;
    self->reconnect_ms = reconnect_ms;
    return self;
}

void tmesh_postgres_pool_destroy(tmesh_postgres_pool_t **self_p)
{
    tmesh_postgres_pool_t *self = *self_p;
    if (!self) return;
    for (int i = 0; i < TMESH_POSTGRES_CONNECTIONS_MAX; i++) assert(!self->slots[i].is_held);
    tmesh_postgres_pool_forget_idle(self);
    pthread_mutex_destroy(&self->lock);
    tmesh_free(self);
    *self_p = NULL;
}

// Under the lock.
static slot_t *find_mine(tmesh_postgres_pool_t *self)
{
    for (int i = 0; i < TMESH_POSTGRES_CONNECTIONS_MAX; i++) {
        slot_t *slot = &self->slots[i];
        if (slot->is_held && pthread_equal(slot->holder, pthread_self())) return slot;
    }
    return NULL;
}

// One that is open before one that is not: few are used, and those often.
static slot_t *hold_one(tmesh_postgres_pool_t *self)
{
    pthread_mutex_lock(&self->lock);
    assert(!find_mine(self)); // a thread has one work at a time
    slot_t *chosen = NULL;
    for (int i = 0; i < TMESH_POSTGRES_CONNECTIONS_MAX; i++) {
        slot_t *slot = &self->slots[i];
        if (slot->is_held || (chosen && !slot->connection)) continue;
        if (!chosen || !chosen->connection) chosen = slot;
    }
    if (chosen) {
        chosen->is_held = true;
        chosen->holder = pthread_self();
    }
    pthread_mutex_unlock(&self->lock);
    return chosen;
}

static void let_go(tmesh_postgres_pool_t *self, slot_t *slot)
{
    pthread_mutex_lock(&self->lock);
    slot->is_held = false;
    pthread_mutex_unlock(&self->lock);
}

// Once, and again while there is time.
static tmesh_err_t open_within(tmesh_postgres_pool_t *self, slot_t *slot, int64_t patience_ms,
                               tmesh_fault_t **fault_p)
{
    const int64_t until_ms = tmesh_clock_monotonic_ms(self->clock) + patience_ms;
    int pause_ms = FIRST_PAUSE_MS;
    while (true) { // ends with the time limit
        tmesh_auto(tmesh_fault) fault = NULL;
        tmesh_err_t err =
            tmesh_postgres_connection_open(&slot->connection, &self->settings, &fault);
        if (!err) return TMESH_OK;
        bool is_over = tmesh_clock_monotonic_ms(self->clock) + pause_ms > until_ms;
        if (is_over || err != TMESH_ERR_CONNECTION) {
            if (fault_p) {
                *fault_p = fault;
                fault = NULL;
            }
            return err;
        }
        poll(NULL, 0, pause_ms);
        pause_ms = pause_ms * 2 < LAST_PAUSE_MS ? pause_ms * 2 : LAST_PAUSE_MS;
    }
}

// ---- What a lost connection leaves at the server --------------------------------------------------

static void remember_lost(tmesh_postgres_pool_t *self, const tmesh_postgres_stamp_t *stamp)
{
    pthread_mutex_lock(&self->lock);
    if (self->lost_count < LOST_MAX) self->lost[self->lost_count++] = *stamp;
    pthread_mutex_unlock(&self->lock);
}

static bool take_lost(tmesh_postgres_pool_t *self, tmesh_postgres_stamp_t *stamp)
{
    pthread_mutex_lock(&self->lock);
    bool is_any = self->lost_count > 0;
    if (is_any) *stamp = self->lost[--self->lost_count];
    pthread_mutex_unlock(&self->lock);
    return is_any;
}

// Its process may be in the middle of a transaction and hold what the next one waits for. When half of a
// request was lost, no time limit of the server's ends that.
static void end_lost(tmesh_postgres_pool_t *self, tmesh_postgres_connection_t *connection)
{
    tmesh_postgres_stamp_t stamp;
    while (take_lost(self, &stamp)) {
        tmesh_auto(tmesh_sql) sql =
            tmesh_postgres_connection_use(connection, TMESH_STATEMENT_TERMINATE);
        tmesh_sql_bind_int(sql, stamp.backend_pid);
        tmesh_sql_bind_int(sql, stamp.now_ms);
        while (tmesh_sql_next(sql)) continue;
        if (sql->err != TMESH_ERR_CONNECTION) continue;
        remember_lost(self, &stamp);
        return; // who uses this connection meets the same
    }
}

static tmesh_err_t take(tmesh_postgres_pool_t *self, int64_t patience_ms,
                        tmesh_postgres_connection_t **connection_p, bool *is_new_p,
                        tmesh_fault_t **fault_p)
{
    slot_t *slot = hold_one(self);
    if (!slot) return TMESH_ERR_BUSY;
    *is_new_p = !slot->connection;
    if (*is_new_p) {
        tmesh_err_t err = open_within(self, slot, patience_ms, fault_p);
        if (err) {
            let_go(self, slot);
            return err;
        }
    }
    end_lost(self, slot->connection);
    *connection_p = slot->connection;
    return TMESH_OK;
}

tmesh_err_t tmesh_postgres_pool_take(tmesh_postgres_pool_t *self,
                                     tmesh_postgres_connection_t **connection_p, bool *is_new_p)
{
    tmesh_postgres_contact_t *contact = self->settings.contact;
    if (!tmesh_postgres_contact_may_ask(contact)) return TMESH_ERR_CONNECTION;
    return take(self, tmesh_postgres_contact_patience_ms(contact), connection_p, is_new_p, NULL);
}

tmesh_err_t tmesh_postgres_pool_take_patiently(tmesh_postgres_pool_t *self,
                                               tmesh_postgres_connection_t **connection_p,
                                               bool *is_new_p, tmesh_fault_t **fault_p)
{
    return take(self, self->reconnect_ms, connection_p, is_new_p, fault_p);
}

tmesh_postgres_connection_t *tmesh_postgres_pool_mine(tmesh_postgres_pool_t *self)
{
    pthread_mutex_lock(&self->lock);
    slot_t *slot = find_mine(self);
    pthread_mutex_unlock(&self->lock);
    return slot ? slot->connection : NULL;
}

void tmesh_postgres_pool_give(tmesh_postgres_pool_t *self)
{
    pthread_mutex_lock(&self->lock);
    slot_t *slot = find_mine(self);
    pthread_mutex_unlock(&self->lock);
    assert(slot);
    if (tmesh_postgres_connection_is_lost(slot->connection)) {
        remember_lost(self, tmesh_postgres_connection_stamp(slot->connection));
        tmesh_postgres_connection_destroy(&slot->connection);
    }
    let_go(self, slot);
}

void tmesh_postgres_pool_forget_idle(tmesh_postgres_pool_t *self)
{
    for (int i = 0; i < TMESH_POSTGRES_CONNECTIONS_MAX; i++) {
        tmesh_postgres_connection_t *idle = NULL;
        pthread_mutex_lock(&self->lock);
        if (!self->slots[i].is_held) {
            idle = self->slots[i].connection;
            self->slots[i].connection = NULL;
        }
        pthread_mutex_unlock(&self->lock);
        tmesh_postgres_connection_destroy(&idle);
    }
}
