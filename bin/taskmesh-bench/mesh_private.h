// bin/taskmesh-bench/mesh_private.h - the actors of the measured mesh, and what they share.
#ifndef TMESH_BIN_TASKMESH_BENCH_MESH_PRIVATE_H
#define TMESH_BIN_TASKMESH_BENCH_MESH_PRIVATE_H

#include <semaphore.h>
#include <stdatomic.h>

#include "bin/taskmesh-bench/pattern.h"
#include "runtime/registry.h"

enum { BENCH_ACTORS_MAX = BENCH_HOPS + 1 };

// A request and its reply. Only the first payload_bytes of what follows the arena travel.
typedef struct {
    tmesh_arena_t *arena;
    union {
        int64_t due_ns; // 0: as fast as it goes
        char bytes[BENCH_PAYLOAD_MAX];
    };
} bench_parcel_t;

// What one actor works on, beyond its lives.
typedef struct {
    bench_mesh_t *mesh;
    size_t index;
    tmesh_context_t *context;
    uint64_t sent;
    uint64_t received;
    bench_parcel_t parcel; // to send
} bench_peer_t;

struct bench_mesh {
    const bench_pattern_t *pattern; // lent
    tmesh_clock_t *clock;
    tmesh_registry_t *registry;
    size_t count; // of actors
    tmesh_actor_class_t classes[BENCH_ACTORS_MAX];
    tmesh_message_type_t go[BENCH_ACTORS_MAX];      // begin, or go on sending
    tmesh_message_type_t parcels[BENCH_ACTORS_MAX]; // what is measured
    bench_peer_t peers[BENCH_ACTORS_MAX];
    // Of one run, set before it begins.
    uint64_t messages;
    double interval_ns; // 0: as fast as it goes
    bench_histogram_t *latency;
    _Atomic int64_t begun_ns;
    int64_t ended_ns;
    sem_t ended;
};

// How long after its time it came; in a paced run.
void bench_note_arrival(bench_mesh_t *mesh, const bench_parcel_t *parcel);

// Of all actors (mesh_peer.c); its name is still to be filled in.
extern const tmesh_actor_class_t bench_peer_class;
// What they answer: begin, or go on sending; and a parcel.
tmesh_handle_t bench_peer_go, bench_peer_take;

#endif
