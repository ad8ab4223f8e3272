// services/store/sqlite/ticket_lock.h - a mutex that is fair: who comes first is served first.
// A plain mutex lets the thread that just released it take it again, and with commits of
// milliseconds another one may starve. Any thread.
#ifndef TMESH_SERVICES_STORE_SQLITE_TICKET_LOCK_H
#define TMESH_SERVICES_STORE_SQLITE_TICKET_LOCK_H

#include <stdbool.h>
#include <stdint.h>

typedef struct tmesh_ticket_lock tmesh_ticket_lock_t;

tmesh_ticket_lock_t *tmesh_ticket_lock_new(void);
// Nobody may hold it or wait for it.
void tmesh_ticket_lock_destroy(tmesh_ticket_lock_t **self_p);

// Waits until all who came earlier have had it. Not by the thread that holds it.
void tmesh_ticket_lock_take(tmesh_ticket_lock_t *self);
// Takes it unless somebody has it.
bool tmesh_ticket_lock_try_take(tmesh_ticket_lock_t *self);
// Hands it to the one that has waited longest. Only by the thread that holds it.
void tmesh_ticket_lock_release(tmesh_ticket_lock_t *self);
bool tmesh_ticket_lock_is_mine(tmesh_ticket_lock_t *self);
uint32_t tmesh_ticket_lock_waiting(tmesh_ticket_lock_t *self);

#endif
