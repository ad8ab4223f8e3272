// bin/taskmesh-bench/measure.h - clocks, processor time, histograms, where a thread runs.
#ifndef TMESH_BIN_TASKMESH_BENCH_MEASURE_H
#define TMESH_BIN_TASKMESH_BENCH_MEASURE_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum {
    BENCH_STEPS = 32, // of each doubling: values are kept to 3 percent
    BENCH_BUCKETS = 60 * BENCH_STEPS,
};

// Written by one thread at a time.
typedef struct {
    uint64_t counts[BENCH_BUCKETS];
    uint64_t total;
} bench_histogram_t;

void bench_histogram_add(bench_histogram_t *self, int64_t ns);
// The value that `share` (0 to 1) of all are not above; 0 when there are none.
double bench_histogram_at(const bench_histogram_t *self, double share);

int64_t bench_now_ns(void);

// What the process has used since it began.
typedef struct {
    int64_t cpu_ns;
    int64_t sleeps; // of any thread: it waited for something. Yielding is not sleeping
} bench_usage_t;
bench_usage_t bench_usage_now(void);
// Processor time of another process, 0 when there is none.
int64_t bench_cpu_ns_of(pid_t pid);

// Binds the calling thread to the first (0) or the last (1) processor that this process may use.
// Threads that it starts inherit that.
void bench_pin(int place);

// Of `count` values, sorting them.
double bench_median(double *values, size_t count);

#endif
