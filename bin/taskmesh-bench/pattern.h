// bin/taskmesh-bench/pattern.h - who sends what to whom, in the mesh and over bare sockets alike.
#ifndef TMESH_BIN_TASKMESH_BENCH_PATTERN_H
#define TMESH_BIN_TASKMESH_BENCH_PATTERN_H

#include "bin/taskmesh-bench/bench.h"

typedef enum {
    BENCH_CALL,  // a thread outside the mesh waits for each answer
    BENCH_ASK,   // one asks another, with so many outstanding
    BENCH_TELL,  // producers send to one consumer, as fast as it takes
    BENCH_CHAIN, // one sends through four others, which hand on, back to itself
} bench_shape_t;

enum { BENCH_HOPS = 4, BENCH_PRODUCERS_MAX = 4, BENCH_QUEUE = 2000 };

typedef struct {
    bench_title_t title;
    bench_shape_t shape;
    unsigned producers; // BENCH_TELL
    bool across;        // each thread on another core than the one it sends to
} bench_pattern_t;

typedef struct bench_mesh bench_mesh_t;

bench_mesh_t *bench_mesh_new(const bench_pattern_t *pattern);
void bench_mesh_destroy(bench_mesh_t **self_p);
// As fast as it goes.
bench_sample_t bench_mesh_run(bench_mesh_t *self, uint64_t messages);
// One message each `interval_ns`, whatever became of those before: how long after its time is each
// one there (or answered)?
void bench_mesh_run_paced(bench_mesh_t *self, uint64_t messages, double interval_ns,
                          bench_histogram_t *latency);

// The same over bare libzmq: inproc, PUSH to PULL, one socket per pair of threads.
bench_sample_t bench_floor_run(const bench_pattern_t *pattern, uint64_t messages);

#endif
