#include <math.h>
#include <stdio.h>

#include "bin/taskmesh-bench/bench.h"

typedef double sample_field_t(const bench_sample_t *sample);

static double ns(const bench_sample_t *sample)
{
    return sample->ns;
}

static double cpu_ns(const bench_sample_t *sample)
{
    return sample->cpu_ns;
}

static double wakeups(const bench_sample_t *sample)
{
    return sample->wakeups;
}

static double allocations(const bench_sample_t *sample)
{
    return sample->allocations;
}

static double median_of(const bench_sample_t *samples, unsigned runs, sample_field_t *field)
{
    double values[BENCH_RUNS_MAX];
    for (unsigned i = 0; i < runs; i++) values[i] = field(&samples[i]);
    return bench_median(values, runs);
}

// Run by run, since what disturbs the machine disturbs both sides of one run.
static double median_ratio(const bench_sample_t *ours, const bench_sample_t *floors, unsigned runs,
                           sample_field_t *field)
{
    double values[BENCH_RUNS_MAX];
    for (unsigned i = 0; i < runs; i++) values[i] = field(&ours[i]) / field(&floors[i]);
    return bench_median(values, runs);
}

void bench_report_begin(const bench_options_t *options)
{
    if (options->as_json) return;
    printf("Medians of %u runs. Times in ns per message (or round trip), beside the bare sockets in\n"
           "the same pattern; percentiles under open-loop load at half the measured rate.\n\n",
           options->runs);
    printf("%-26s %7s %6s %9s %9s %6s %9s %9s %9s %9s %6s %8s %8s\n", "case", "payload", "out", "ns",
           "floor", "ratio", "p50", "p99", "cpu", "floor cpu", "ratio", "wakeups", "allocs");
}

void bench_report(const bench_options_t *options, const bench_title_t *title,
                  const bench_sample_t *ours, const bench_sample_t *floors,
                  const bench_histogram_t *latency)
{
    unsigned runs = options->runs;
    double p50 = bench_histogram_at(latency, 0.50), p99 = bench_histogram_at(latency, 0.99);
    const char *format =
        options->as_json
            ? "{\"case\":\"%s\",\"payload_bytes\":%zu,\"outstanding\":%u,\"ns\":%.1f,"
              "\"floor_ns\":%.1f,\"ratio\":%.3f,\"p50_ns\":%.0f,\"p99_ns\":%.0f,\"cpu_ns\":%.1f,"
              "\"floor_cpu_ns\":%.1f,\"cpu_ratio\":%.3f,\"wakeups_per_message\":%.4f,\"allocations_per_message\":%s}\n"
            : "%-26s %7zu %6u %9.1f %9.1f %6.2f %9.0f %9.0f %9.1f %9.1f %6.2f %8.4f %8s\n";
    double allocated = median_of(ours, runs, allocations);
    char allocated_text[32] = "null"; // in another process
    if (!isnan(allocated)) snprintf(allocated_text, sizeof allocated_text, "%.4f", allocated);
    printf(format, title->name, title->payload_bytes, title->outstanding, median_of(ours, runs, ns),
           median_of(floors, runs, ns), median_ratio(ours, floors, runs, ns), p50, p99,
           median_of(ours, runs, cpu_ns), median_of(floors, runs, cpu_ns),
           median_ratio(ours, floors, runs, cpu_ns),
           median_of(ours, runs, wakeups), allocated_text);
    fflush(stdout);
}
