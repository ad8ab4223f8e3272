#include "bin/taskmesh-bench/measure.h"

#include <assert.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>

static size_t bucket_of(uint64_t value)
{
    if (value < BENCH_STEPS) return (size_t)value;
    unsigned doublings = 63 - (unsigned)__builtin_clzll(value / BENCH_STEPS);
    size_t bucket = doublings * BENCH_STEPS + (size_t)(value >> doublings);
    return bucket < BENCH_BUCKETS ? bucket : BENCH_BUCKETS - 1;
}

// The middle of what a bucket holds.
static double value_of(size_t bucket)
{
    if (bucket < BENCH_STEPS) return (double)bucket;
    size_t doublings = bucket / BENCH_STEPS - 1;
    double width = (double)((uint64_t)1 << doublings);
    return ((double)(bucket - doublings * BENCH_STEPS) + 0.5) * width;
}

void bench_histogram_add(bench_histogram_t *self, int64_t ns)
{
    self->counts[bucket_of(ns > 0 ? (uint64_t)ns : 0)]++;
    self->total++;
}

double bench_histogram_at(const bench_histogram_t *self, double share)
{
    uint64_t wanted = (uint64_t)(share * (double)self->total);
    uint64_t seen = 0;
    for (size_t i = 0; i < BENCH_BUCKETS && self->total > 0; i++) {
        seen += self->counts[i];
        if (seen > wanted || seen == self->total) return value_of(i);
    }
    return 0;
}

int64_t bench_now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static int64_t ns_of(struct timeval time)
{
    return ((int64_t)time.tv_sec * 1000000 + time.tv_usec) * 1000;
}

bench_usage_t bench_usage_now(void)
{
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return (bench_usage_t){.cpu_ns = ns_of(usage.ru_utime) + ns_of(usage.ru_stime),
                           .sleeps = usage.ru_nvcsw};
}

int64_t bench_cpu_ns_of(pid_t pid)
{
    clockid_t clock;
    struct timespec used;
    if (pid == 0 || clock_getcpuclockid(pid, &clock) != 0) return 0;
    if (clock_gettime(clock, &used) != 0) return 0;
    return (int64_t)used.tv_sec * 1000000000 + used.tv_nsec;
}

void bench_pin(int place)
{
    static cpu_set_t allowed; // before the first pinning
    static int first = -1, last = -1;
    if (first < 0) {
        sched_getaffinity(0, sizeof allowed, &allowed);
        for (int cpu = 0; cpu < CPU_SETSIZE; cpu++) {
            if (!CPU_ISSET(cpu, &allowed)) continue;
            if (first < 0) first = cpu;
            last = cpu;
        }
        assert(first >= 0);
    }
    cpu_set_t one;
    CPU_ZERO(&one);
    CPU_SET(place ? last : first, &one);
    sched_setaffinity(0, sizeof one, &one);
}

static int compare(const void *left, const void *right)
{
    double a = *(const double *)left, b = *(const double *)right;
    return (a > b) - (a < b);
}

double bench_median(double *values, size_t count)
{
    assert(count > 0);
    qsort(values, count, sizeof *values, compare);
    return count % 2 ? values[count / 2] : (values[count / 2 - 1] + values[count / 2]) / 2;
}
