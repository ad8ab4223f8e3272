// actors/publisher.h - tells whoever has subscribed what was committed (docs/PROTOCOL.md, Events).
// At most once: who must not miss anything asks TASK.EVENTS.
#ifndef TMESH_ACTORS_PUBLISHER_H
#define TMESH_ACTORS_PUBLISHER_H

#include "services/domain/audience.h"
#include "services/domain/metrics.h"
#include "services/wire/contract.h"

// Lent for the actor's life.
typedef struct {
    const char *const *endpoints; // none: nobody can subscribe
    size_t endpoint_count;
    tmesh_audience_t *audience; // written by this actor alone
    tmesh_metrics_t *metrics;   // NULL: nothing is counted
} tmesh_publisher_services_t;

// The class itself, tmesh_publisher_class, is declared by services/wire/contract.h.

#endif
