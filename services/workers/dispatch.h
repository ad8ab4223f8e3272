// services/workers/dispatch.h - which run goes to which worker, and what becomes of it.
// Plain state of the gateway's thread, no I/O; time is handed in. It owns the sessions, the runs and
// the queues in front of them; a pointer to a run or session is good until the call that ends it.
//
//   add -> WAITING -> next -> ASSIGNED -> sent -> SENT -> end
//             ^                   |                 |
//             +---- put_back -----+                 +-> RETURNING (its worker left) -> end
//
// A run waits in the queue of its namespace and callable, oldest first; a free slot takes the oldest
// run of all queues that its session serves.
#ifndef TMESH_SERVICES_WORKERS_DISPATCH_H
#define TMESH_SERVICES_WORKERS_DISPATCH_H

#include "services/workers/offers.h"

typedef struct tmesh_dispatch tmesh_dispatch_t;

tmesh_dispatch_t *tmesh_dispatch_new(tmesh_credit_t *board);
void tmesh_dispatch_destroy(tmesh_dispatch_t **self_p);
// Asserts the whole invariant: tests call it between steps.
void tmesh_dispatch_check(const tmesh_dispatch_t *self);

const tmesh_sessions_t *tmesh_dispatch_sessions(const tmesh_dispatch_t *self);
const tmesh_runs_t *tmesh_dispatch_runs(const tmesh_dispatch_t *self);
tmesh_offers_t *tmesh_dispatch_offers(tmesh_dispatch_t *self);
size_t tmesh_dispatch_waiting_count(const tmesh_dispatch_t *self);

// ---- Sessions

// A session that was on this connection must have left. TMESH_ERR_FULL: too many different offers.
tmesh_err_t tmesh_dispatch_join(tmesh_dispatch_t *self, const tmesh_session_terms_t *terms,
                                int64_t now_ms, int64_t monotonic_ms, tmesh_session_t **session_p);
// Its runs become RETURNING, was_sent; waiting ones that no other session serves do too, unsent.
void tmesh_dispatch_leave(tmesh_dispatch_t *self, tmesh_session_t **session_p);
// It keeps what was sent to it and gets nothing more; its credit is withdrawn.
void tmesh_dispatch_drain(tmesh_dispatch_t *self, tmesh_session_t *session);

// ---- Runs

typedef enum {
    TMESH_DISPATCH_ADDED,
    TMESH_DISPATCH_KNOWN,    // this run, or a newer one of the step, is here already
    TMESH_DISPATCH_REPLACED, // an older run of the step was here; it has ended
} tmesh_dispatch_added_t;

// A run that no session here takes is RETURNING at once, unsent.
// `hold` is the arena behind the parcel, shared while it is needed. When it replaces a run that was
// sent, that run's worker may be told: `replaced` is a copy of it, its session still valid.
tmesh_dispatch_added_t tmesh_dispatch_add(tmesh_dispatch_t *self, const tmesh_parcel_t *parcel,
                                          tmesh_hold_t *hold, tmesh_run_t *replaced);
// The worker came back holding this run: it is SENT to this session, wherever it was before. NULL
// when a newer run of the step is here.
tmesh_run_t *tmesh_dispatch_adopt(tmesh_dispatch_t *self, tmesh_fence_t fence,
                                  tmesh_session_t *session, int64_t now_ms);
// The run of exactly this number, or NULL; run 0: whichever there is.
tmesh_run_t *tmesh_dispatch_find(const tmesh_dispatch_t *self, tmesh_step_id_t step_id,
                                 uint32_t run);

// The oldest waiting run that a session can take now; it is ASSIGNED. NULL: none.
tmesh_run_t *tmesh_dispatch_next(tmesh_dispatch_t *self, int64_t monotonic_ms);
// An ASSIGNED run could not be written: it waits again, at its old place.
void tmesh_dispatch_put_back(tmesh_dispatch_t *self, tmesh_run_t *run);
// An ASSIGNED run was written; its parcel is void from now on. `note_at_ms`: see next_note.
void tmesh_dispatch_sent(tmesh_dispatch_t *self, tmesh_run_t *run, int64_t now_ms,
                         int64_t note_at_ms);
// Its result has come: its credit is free, for those who wait and for what follows from the result in
// the same commit. Its slot is free when it ends. False: it held no credit.
bool tmesh_dispatch_free_credit(tmesh_dispatch_t *self, tmesh_run_t *run);
// It is over, from any state: its slot and its credit are free.
void tmesh_dispatch_end(tmesh_dispatch_t *self, tmesh_run_t **run_p);

// What waits and is served by nobody any more, because workers left or it was paused, is RETURNING.
void tmesh_dispatch_return_unserved(tmesh_dispatch_t *self);

// Ends the WAITING runs of a task that does not go on; returns how many. Few tasks stop with work
// waiting, so all runs are looked at.
size_t tmesh_dispatch_withdraw(tmesh_dispatch_t *self, tmesh_task_id_t task_id);

// The SENT run whose sending should be recorded first, or NULL; and: that it was asked for, or
// should be asked for once more.
tmesh_run_t *tmesh_dispatch_next_note(const tmesh_dispatch_t *self);
void tmesh_dispatch_noted(tmesh_dispatch_t *self, tmesh_run_t *run);
void tmesh_dispatch_note_again(tmesh_dispatch_t *self, tmesh_run_t *run, int64_t note_at_ms);

// The first RETURNING run that nobody was told of yet, or NULL; and: that it was told, or that the
// answer asked for another try.
tmesh_run_t *tmesh_dispatch_next_returning(const tmesh_dispatch_t *self);
void tmesh_dispatch_told(tmesh_dispatch_t *self, tmesh_run_t *run);
void tmesh_dispatch_tell_again(tmesh_dispatch_t *self, tmesh_run_t *run);
// The door closes: all sessions drain, so that nothing is claimed for them and all waiting runs become
// RETURNING, unsent. So do those that are added later.
void tmesh_dispatch_close(tmesh_dispatch_t *self);

#endif
