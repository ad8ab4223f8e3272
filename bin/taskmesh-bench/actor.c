// taskmesh-bench actor: messages between actors, beside bare sockets.
#include <stdio.h>
#include <string.h>

#include "bin/taskmesh-bench/pattern.h"
#include "runtime/base/memory.h"

typedef struct {
    const char *name;
    bench_shape_t shape;
    unsigned producers;
    uint32_t outstanding;
    uint64_t share; // of the messages that were asked for: slow patterns take fewer
} shape_case_t;

static const shape_case_t cases[] = {
    {"call", BENCH_CALL, 1, 1, 20},
    {"ask_64", BENCH_ASK, 1, 64, 1},
    {"ask_1024", BENCH_ASK, 1, 1024, 1},
    {"tell_1_to_1", BENCH_TELL, 1, 0, 1},
    {"tell_4_to_1", BENCH_TELL, 4, 0, 1},
    {"chain_of_4", BENCH_CHAIN, 1, 1, 40},
    {"chain_of_4_1024", BENCH_CHAIN, 1, 1024, 2},
};

enum {
    NAME_BYTES = 64,
    ACROSS_SLOWER = 8, // with one outstanding, bare sockets sleep for every message
    PACED = 4,         // a part of the messages
};

static void run_case(const bench_options_t *options, const bench_pattern_t *pattern,
                     uint64_t messages)
{
    bench_sample_t ours[BENCH_RUNS_MAX], floors[BENCH_RUNS_MAX];
    tmesh_auto_free bench_histogram_t *latency = tmesh_alloc(sizeof *latency);
    bench_mesh_t *mesh = bench_mesh_new(pattern);
    bench_mesh_run(mesh, messages); // until no more memory is needed
    for (unsigned i = 0; i < options->runs; i++) {
        floors[i] = bench_floor_run(pattern, messages);
        ours[i] = bench_mesh_run(mesh, messages);
        bench_mesh_run_paced(mesh, messages / PACED / 4 * 4, 2 * ours[i].ns, latency);
    }
    bench_mesh_destroy(&mesh);
    bench_report(options, &pattern->title, ours, floors, latency);
}

static void run_shape(const bench_options_t *options, const shape_case_t *shape, bool across,
                      size_t payload_bytes)
{
    char name[NAME_BYTES];
    snprintf(name, sizeof name, "%s/%s", shape->name, across ? "two_cores" : "one_core");
    if (options->only && !strstr(name, options->only)) return;
    const bench_pattern_t pattern = {
        .title = {name, payload_bytes, shape->outstanding},
        .shape = shape->shape,
        .producers = shape->producers,
        .across = across,
    };
    uint64_t messages = options->messages / shape->share;
    if (across && shape->outstanding == 1) messages /= ACROSS_SLOWER;
    messages = messages / 4 * 4; // the same for each of four producers
    if (messages < 1000) messages = 1000;
    run_case(options, &pattern, messages);
}

int bench_actor(const bench_options_t *options)
{
    static const size_t payloads[] = {8, 256};
    bench_report_begin(options);
    for (int across = 0; across <= 1; across++) {
        for (size_t p = 0; p < TMESH_COUNT_OF(payloads); p++) {
            for (size_t i = 0; i < TMESH_COUNT_OF(cases); i++) {
                run_shape(options, &cases[i], across, payloads[p]);
            }
        }
    }
    return 0;
}
