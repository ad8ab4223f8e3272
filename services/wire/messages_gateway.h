// services/wire/messages_gateway.h - messages that gateway answers: what goes out to workers and clients.
// Read services/wire/messages.h first.
#ifndef TMESH_SERVICES_WIRE_MESSAGES_GATEWAY_H
#define TMESH_SERVICES_WIRE_MESSAGES_GATEWAY_H

#include "runtime/base/arena.h"
#include "services/domain/ids.h"
#include "services/domain/parcel.h"
#include "services/domain/task_state.h"

// Claimed steps, committed: hand them to workers. A run that is held already is ignored.
typedef struct {
    tmesh_arena_t *arena;
    size_t count;
    const tmesh_parcel_t *parcels;
} tmesh_dispatch_steps_request_t;
typedef struct {
    tmesh_arena_t *arena;
} tmesh_dispatch_steps_reply_t;

typedef struct {
    tmesh_step_id_t step_id;
    uint32_t run;       // this run; 0: whatever runs
    bool only_unsent;   // a claim withdrawn: forget it unless it was sent
    const char *reason; // stable word: "task_cancelled", "step_timeout", "task_blocked"
} tmesh_cancelled_run_t;
typedef struct {
    tmesh_arena_t *arena;
    size_t count;
    const tmesh_cancelled_run_t *runs;
} tmesh_cancel_runs_request_t;
typedef struct {
    tmesh_arena_t *arena;
} tmesh_cancel_runs_reply_t;

typedef struct {
    tmesh_arena_t *arena;
    tmesh_task_id_t task_id;
    tmesh_task_state_t state;
} tmesh_task_settled_request_t;
typedef struct {
    tmesh_arena_t *arena;
} tmesh_task_settled_reply_t;

// The door closes: commands get 503, no new steps go out, results are still taken.
// The reply comes when claims that were not sent have been handed on.
typedef struct {
    tmesh_arena_t *arena;
} tmesh_close_door_request_t;
typedef struct {
    tmesh_arena_t *arena;
    uint32_t runs_out;
} tmesh_close_door_reply_t;

// What a beat is sent with: the tasks that clients wait for, and the runs that have been here for longer
// than it takes to record that they were sent.
typedef struct {
    tmesh_arena_t *arena;
} tmesh_list_held_request_t;
typedef struct {
    tmesh_arena_t *arena;
    size_t watched_count;
    const tmesh_task_id_t *watched;
    size_t run_count;
    const tmesh_held_run_t *runs;
} tmesh_list_held_reply_t;

#endif
