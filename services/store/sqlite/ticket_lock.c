#include "services/store/sqlite/ticket_lock.h"

#include <assert.h>
#include <pthread.h>

#include "runtime/base/memory.h"

// Lives on the stack of the thread that waits.
typedef struct waiter {
    struct waiter *next;
    pthread_cond_t turn;
    bool is_served;
} waiter_t;

struct tmesh_ticket_lock {
    pthread_mutex_t mutex; // guards the rest; held for moments only
    bool is_held;
    pthread_t owner; // while held
    waiter_t *first; // has waited longest
    waiter_t *last;
    uint32_t waiting;
};

tmesh_ticket_lock_t *tmesh_ticket_lock_new(void)
{
    tmesh_ticket_lock_t *self = tmesh_alloc(sizeof *self);
    pthread_mutex_init(&self->mutex, NULL);
    return self;
}

void tmesh_ticket_lock_destroy(tmesh_ticket_lock_t **self_p)
{
    tmesh_ticket_lock_t *self = *self_p;
    if (!self) return;
    assert(!self->is_held);
    assert(!self->first);
    pthread_mutex_destroy(&self->mutex);
    tmesh_free(self);
    *self_p = NULL;
}

static void wait_for_turn(tmesh_ticket_lock_t *self)
{
    waiter_t waiter = {0};
    pthread_cond_init(&waiter.turn, NULL);
    if (self->last) {
        self->last->next = &waiter;
    } else {
        self->first = &waiter;
    }
    self->last = &waiter;
    self->waiting++;
    while (!waiter.is_served) pthread_cond_wait(&waiter.turn, &self->mutex);
    pthread_cond_destroy(&waiter.turn);
}

void tmesh_ticket_lock_take(tmesh_ticket_lock_t *self)
{
    pthread_mutex_lock(&self->mutex);
    assert(!self->is_held || !pthread_equal(self->owner, pthread_self()));
    if (self->is_held) {
        wait_for_turn(self); // it is handed over: is_held stays true in between
    }
    self->is_held = true;
    self->owner = pthread_self();
    pthread_mutex_unlock(&self->mutex);
}

bool tmesh_ticket_lock_try_take(tmesh_ticket_lock_t *self)
{
    pthread_mutex_lock(&self->mutex);
    bool is_free = !self->is_held;
    if (is_free) {
        self->is_held = true;
        self->owner = pthread_self();
    }
    pthread_mutex_unlock(&self->mutex);
    return is_free;
}

void tmesh_ticket_lock_release(tmesh_ticket_lock_t *self)
{
    pthread_mutex_lock(&self->mutex);
    assert(self->is_held);
    assert(pthread_equal(self->owner, pthread_self()));
    waiter_t *next = self->first;
    if (next) {
        self->first = next->next;
        if (!self->first) self->last = NULL;
        self->waiting--;
        next->is_served = true;
        // Nobody owns it until the one served wakes up; it is held all the same.
        self->owner = (pthread_t){0};
        pthread_cond_signal(&next->turn);
    } else {
        self->is_held = false;
    }
    pthread_mutex_unlock(&self->mutex);
}

bool tmesh_ticket_lock_is_mine(tmesh_ticket_lock_t *self)
{
    pthread_mutex_lock(&self->mutex);
    bool is_mine = self->is_held && pthread_equal(self->owner, pthread_self());
    pthread_mutex_unlock(&self->mutex);
    return is_mine;
}

uint32_t tmesh_ticket_lock_waiting(tmesh_ticket_lock_t *self)
{
    pthread_mutex_lock(&self->mutex);
    uint32_t waiting = self->waiting;
    pthread_mutex_unlock(&self->mutex);
    return waiting;
}
