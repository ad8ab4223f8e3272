// bin/taskmesh-bench/bench.h - what a case is, what is measured of it, how it is shown.
#ifndef TMESH_BIN_TASKMESH_BENCH_BENCH_H
#define TMESH_BIN_TASKMESH_BENCH_BENCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bin/taskmesh-bench/measure.h"

enum { BENCH_RUNS_MAX = 99, BENCH_PAYLOAD_MAX = 256 };

typedef struct {
    bool as_json;
    unsigned runs;        // the medians of so many are shown
    uint64_t messages;    // per run; a case with one outstanding takes fewer
    const char *only;     // cases whose name contains this; NULL: all
    const char *endpoint; // gateway: of a server that runs already
} bench_options_t;

typedef struct {
    const char *name;
    size_t payload_bytes;
    uint32_t outstanding; // 0: as many as the queue holds
} bench_title_t;

// Per message, of one run.
typedef struct {
    double ns;
    double cpu_ns;      // of the whole process
    double wakeups;     // sleeps of any of its threads
    double allocations; // memory from the heap for messages; of the mesh only
} bench_sample_t;

// The table (or one JSON object per line).
void bench_report_begin(const bench_options_t *options);
void bench_report(const bench_options_t *options, const bench_title_t *title,
                  const bench_sample_t *ours, const bench_sample_t *floors,
                  const bench_histogram_t *latency);

// The subcommands; they return an exit code.
int bench_actor(const bench_options_t *options);
int bench_gateway(const bench_options_t *options);

#endif
