// actors/gateway_waiters.h - clients whose answer waits for something to happen to a task: TASK.WAIT
// and TASK.EVENTS. For actors/gateway*.c alone.
//
// A waiting client is entered first and the reader asked then, so what happens in between is not
// missed. It is asked again when its task has settled, and after look_again_ms in any case: that
// message may be lost, and it does not tell of the other passages.
#ifndef TMESH_ACTORS_GATEWAY_WAITERS_H
#define TMESH_ACTORS_GATEWAY_WAITERS_H

#include "actors/gateway_parts.h"

// The first member of what a command keeps for each client that waits.
struct tmesh_waiter {
    tmesh_task_id_t task_id;
    // Asks the reader, with the tag of `pending`.
    tmesh_err_t (*ask)(tmesh_gateway_t *self, const tmesh_waiter_t *waiter);
    int64_t look_again_ms;
    // Kept here:
    tmesh_gateway_pending_t *pending; // owns the waiter, as its state
    bool is_asked;                    // the reader's answer has not come
    bool ask_again;                   // the task moved meanwhile
    int64_t deadline_ms;              // monotonic
    int64_t ask_at_ms;
    tmesh_waiter_t *next; // waiting for the same task
    TAILQ_ENTRY(tmesh_waiter) in_all;
};

// Takes the waiter (tmesh_alloc), of which the first three members are set, and asks.
void tmesh_gateway_begin_waiting(tmesh_gateway_t *self, const tmesh_frames_address_t *from,
                                 tmesh_waiter_t *waiter, int64_t timeout_ms);
// The reader has answered. The waiter, or NULL: it belongs to an earlier life, or the answer was an
// error, which is then dealt with.
tmesh_waiter_t *tmesh_gateway_take_waiter(tmesh_gateway_t *self, uint64_t tag, tmesh_err_t err,
                                          const tmesh_fault_t *fault);
// What has to be done with it: answers if that is what was awaited, or if the time is over; else
// goes on waiting.
void tmesh_gateway_end_or_wait(tmesh_gateway_t *self, tmesh_waiter_t *waiter, bool is_awaited,
                               const tmesh_encoded_t *encoded);

void tmesh_gateway_wake_waiters(tmesh_gateway_t *self, tmesh_task_id_t task_id);
void tmesh_gateway_check_waiters(tmesh_gateway_t *self);
// The door closes: everybody who waits is told so.
void tmesh_gateway_dismiss_waiters(tmesh_gateway_t *self);

#endif
