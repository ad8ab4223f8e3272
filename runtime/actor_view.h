// runtime/actor_view.h - what is seen of one actor from outside, at one moment.
#ifndef TMESH_RUNTIME_ACTOR_VIEW_H
#define TMESH_RUNTIME_ACTOR_VIEW_H

#include "runtime/counters.h"

typedef struct {
    const char *name;
    const tmesh_counters_t *counters;
    uint64_t allocations;      // how often a message that it sent needed memory from the heap
    uint32_t depth;
    uint32_t depth_max;
    bool stuck;                // has not come back to its mailbox for stuck_after_ms
    const char *stuck_in;      // the message type it is in, or "tick" or "readable"; NULL: not stuck
} tmesh_actor_view_t;

#endif
