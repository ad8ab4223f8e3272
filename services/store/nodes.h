// services/store/nodes.h - several nodes at one store: how they know of each other (store.h). All times
// are the store's.
#ifndef TMESH_SERVICES_STORE_NODES_H
#define TMESH_SERVICES_STORE_NODES_H

#include "runtime/base/arena.h"
#include "services/domain/parcel.h"
#include "services/store/rows.h"

enum { TMESH_BEATS_UNTIL_DEAD = 3 }; // missed ones

// What a node asks with each beat. Everything is lent.
typedef struct {
    int64_t period_ms; // between two beats, the same for all nodes
    const tmesh_task_id_t *watched; // that clients of this node wait for
    size_t watched_count;
    const tmesh_held_run_t *held;
    size_t held_count;
} tmesh_beat_request_t;

typedef struct {
    tmesh_task_id_t task_id;
    tmesh_task_state_t state;
} tmesh_watched_task_t;

// What a node learns. Lists are in the arena that was given.
typedef struct {
    int64_t now_ms;
    int64_t due_ms;     // the earliest that is nobody's or this node's; TMESH_DUE_NONE: none
    int64_t generation; // another one: templates or pauses were changed by somebody
    uint32_t others;    // that live
    tmesh_node_id_t *dead; // that still have runs
    size_t dead_count;
    tmesh_queue_row_t *queues; // with steps that wait unclaimed; without ids
    size_t queue_count;
    tmesh_watched_task_t *settled; // of the watched ones
    size_t settled_count;
    tmesh_held_run_t *gone; // of the held ones: not this node's any more, or over
    size_t gone_count;
} tmesh_beat_reply_t;

#endif
