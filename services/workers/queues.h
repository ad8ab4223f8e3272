// services/workers/queues.h - the runs that wait for a worker: one queue per namespace and callable.
// Plain state of the gateway's thread; the runs belong to the table of runs.h.
#ifndef TMESH_SERVICES_WORKERS_QUEUES_H
#define TMESH_SERVICES_WORKERS_QUEUES_H

#include "services/workers/offers.h"

typedef struct tmesh_queues tmesh_queues_t;

// The board is lent: it knows which offer serves which callable.
tmesh_queues_t *tmesh_queues_new(const tmesh_credit_t *board);
void tmesh_queues_destroy(tmesh_queues_t **self_p);

// The run is WAITING from now on, behind all that are older than it.
void tmesh_queues_insert(tmesh_queues_t *self, tmesh_run_t *run);
void tmesh_queues_remove(tmesh_queues_t *self, tmesh_run_t *run);
size_t tmesh_queues_count(const tmesh_queues_t *self);

// Would any session take this waiting run, now or once it has a free slot?
bool tmesh_queues_is_served(const tmesh_queues_t *self, const tmesh_run_t *run,
                            const tmesh_offers_t *offers);
// The oldest run that a session can take now, and that session; NULL: none.
tmesh_run_t *tmesh_queues_choose(const tmesh_queues_t *self, const tmesh_offers_t *offers,
                                 int64_t monotonic_ms, tmesh_session_t **session_p);

#endif
