// services/moves/refill.h - free credit goes to the steps that wait for it, in turn (SPEC 4.7).
//
// Any transaction may do it on its way: opened before the work begins, closed instead of its commit.
// In between nothing takes credit directly: what becomes ready is a candidate like the steps that
// waited before (enqueue.h). Without a backlog or without room it is nothing, and costs nothing.
#ifndef TMESH_SERVICES_MOVES_REFILL_H
#define TMESH_SERVICES_MOVES_REFILL_H

#include "services/moves/outcome.h"

enum {
    TMESH_REFILL_QUEUE_MAX = 256,      // steps of one queue that one transaction claims
    TMESH_REFILL_SUSPENDED_MS = 1000,  // after what waits could not be read
};

// On the caller's stack; the wants point to it until the work has begun.
typedef struct {
    tmesh_tools_t *tools;
    bool is_open;
    uint32_t claimed;    // by it
    uint32_t least_room; // that any queue was given
    bool is_cut;         // a queue has more room than one transaction claims
    bool left;           // steps stay unclaimed, or may do so
    bool goes_on;        // there is room for them
    bool gave_up;        // after an error that does not pass: see tmesh_refill_close
} tmesh_refill_t;

// Adds to the wants what may be claimed. What it opens must be closed.
void tmesh_refill_open(tmesh_refill_t *self, tmesh_tools_t *tools, tmesh_wants_t *wants);

// Claims, commits and collects what follows from it, as tmesh_outcome_commit does; after an error of
// the caller's the work is abandoned. NULL: it could not begin. Takes the work in any case.
// An error that does not pass may be that of a row which only the refill has touched. So these tools open
// none for a while (gave_up), and the caller's own work can be done without.
tmesh_err_t tmesh_refill_close(tmesh_refill_t *self, tmesh_err_t err, tmesh_work_t **work_p,
                               tmesh_outcome_t *outcome);

#endif
