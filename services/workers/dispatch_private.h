// services/workers/dispatch_private.h - the inside of dispatch, for dispatch*.c alone.
#ifndef TMESH_SERVICES_WORKERS_DISPATCH_PRIVATE_H
#define TMESH_SERVICES_WORKERS_DISPATCH_PRIVATE_H

#include "services/workers/dispatch.h"
#include "services/workers/queues.h"

struct tmesh_dispatch {
    tmesh_sessions_t *sessions;
    tmesh_runs_t *runs;
    tmesh_offers_t *offers;
    tmesh_queues_t *queues;
    tmesh_run_list_t notes;  // SENT and not recorded, oldest first
    tmesh_run_list_t untold; // RETURNING, nobody was told yet
    uint64_t served;         // assignments so far
    bool closed;             // nothing new goes out
};

#endif
