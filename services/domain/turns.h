// services/domain/turns.h - who of those that wait comes first (SPEC 4.7). Pure.
//
// Namespaces take turns, one step each; the one that was served longest ago begins. Within a
// namespace the ageing key decides (readiness.h), over all its queues.
#ifndef TMESH_SERVICES_DOMAIN_TURNS_H
#define TMESH_SERVICES_DOMAIN_TURNS_H

#include <stddef.h>
#include <stdint.h>

#include "services/domain/ids.h"

typedef struct {
    uint64_t namespace_key; // a number of its name
    uint64_t served;        // of its namespace: when it had its last turn, larger is later
    int64_t order_key;
    tmesh_step_id_t step_id;
    void *step; // the caller's
    // Found by tmesh_turns_order:
    size_t round;          // how many of its namespace go before it
    int64_t eldest_key;    // of its namespace: decides between those served at the same time
} tmesh_turn_t;

// Sorts them into the order in which they are served. All of a namespace carry the same `served`.
void tmesh_turns_order(tmesh_turn_t *turns, size_t count);

#endif
