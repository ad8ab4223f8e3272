// A pattern in the mesh: as many actors as it needs, and runs that are measured.
#include <assert.h>
#include <sched.h>

#include "bin/taskmesh-bench/mesh_private.h"
#include "runtime/base/memory.h"

enum { PATIENCE_MS = 60000 };

static void add_actor(bench_mesh_t *self, size_t i)
{
    static const char *const names[BENCH_ACTORS_MAX] = {"peer_0", "peer_1", "peer_2", "peer_3", "peer_4"};
    size_t bytes = sizeof(tmesh_arena_t *) + self->pattern->title.payload_bytes;
    self->peers[i] = (bench_peer_t){.mesh = self, .index = i};
    self->classes[i] = bench_peer_class;
    self->classes[i].name = names[i];
    bool answers = self->pattern->shape == BENCH_CALL || self->pattern->shape == BENCH_ASK;
    tmesh_message_type_t type = {.actor = &self->classes[i],
                                 .request_size = bytes,
                                 .reply_size = answers ? bytes : sizeof(tmesh_arena_t *)};
    self->go[i] = self->parcels[i] = type;
    self->go[i].name = "go";
    self->go[i].handle = bench_peer_go;
    self->parcels[i].name = "parcel";
    self->parcels[i].handle = bench_peer_take;
    tmesh_registry_add(self->registry, &self->classes[i], &self->peers[i]);
}

bench_mesh_t *bench_mesh_new(const bench_pattern_t *pattern)
{
    static const size_t counts[] = {[BENCH_CALL] = 1, [BENCH_ASK] = 2, [BENCH_CHAIN] = BENCH_ACTORS_MAX};
    bench_mesh_t *self = tmesh_alloc(sizeof *self);
    self->pattern = pattern;
    self->count = pattern->shape == BENCH_TELL ? 1 + pattern->producers : counts[pattern->shape];
    self->clock = tmesh_clock_new_system();
    sem_init(&self->ended, 0, 0);
    tmesh_registry_config_t config = {
        .clock = self->clock, .mailbox_limit = BENCH_QUEUE, .threads = true};
    tmesh_err_t err = tmesh_registry_open(&self->registry, &config);
    assert(!err);
    for (size_t i = 0; i < self->count; i++) add_actor(self, i);
    tmesh_auto(tmesh_fault) fault = NULL;
    err = tmesh_registry_start(self->registry, &fault);
    assert(!err);
    return self;
}

void bench_mesh_destroy(bench_mesh_t **self_p)
{
    bench_mesh_t *self = *self_p;
    if (!self) return;
    tmesh_registry_destroy(&self->registry);
    tmesh_clock_destroy(&self->clock);
    sem_destroy(&self->ended);
    tmesh_free(self);
    *self_p = NULL;
}

static void call_all(bench_mesh_t *self)
{
    tmesh_context_t *foreign = tmesh_registry_context(self->registry);
    bench_pin(0);
    self->begun_ns = bench_now_ns();
    for (uint64_t i = 0; i < self->messages; i++) {
        bench_parcel_t request = {0}, reply;
        request.due_ns = self->begun_ns + (int64_t)(self->interval_ns * (double)i);
        while (self->latency && bench_now_ns() < request.due_ns) sched_yield();
        tmesh_err_t err = tmesh_context_call(foreign, &self->parcels[0], &request, &reply, NULL,
                                             PATIENCE_MS);
        assert(!err);
        bench_note_arrival(self, &reply);
    }
    self->ended_ns = bench_now_ns();
}

static void run(bench_mesh_t *self)
{
    if (self->pattern->shape == BENCH_CALL) {
        call_all(self);
        return;
    }
    size_t first = self->pattern->shape == BENCH_TELL ? 1 : 0;
    size_t last = self->pattern->shape == BENCH_TELL ? self->pattern->producers : 0;
    for (size_t i = first; i <= last; i++) {
        bench_parcel_t request = {0};
        tmesh_err_t err = tmesh_context_tell(tmesh_registry_context(self->registry), &self->go[i],
                                             &request);
        assert(!err);
    }
    while (sem_wait(&self->ended) != 0) {
    }
}

static void prepare(bench_mesh_t *self, uint64_t messages)
{
    tmesh_err_t err = tmesh_registry_drain(self->registry, self->count, PATIENCE_MS);
    assert(!err);
    self->messages = messages;
    self->begun_ns = 0;
    self->interval_ns = 0;
    self->latency = NULL;
    for (size_t i = 0; i < self->count; i++) self->peers[i].sent = self->peers[i].received = 0;
}

static uint64_t allocations(const bench_mesh_t *self)
{
    // Threads outside the mesh only say "go", but in CALL, where they are what is measured.
    bool calls = self->pattern->shape == BENCH_CALL;
    uint64_t sum = calls ? tmesh_registry_foreign_allocations(self->registry) : 0;
    for (size_t i = 0; i < self->count; i++) {
        sum += tmesh_registry_view(self->registry, i).allocations;
    }
    return sum;
}

bench_sample_t bench_mesh_run(bench_mesh_t *self, uint64_t messages)
{
    prepare(self, messages);
    uint64_t allocations_before = allocations(self);
    bench_usage_t before = bench_usage_now();
    run(self);
    bench_usage_t after = bench_usage_now();
    double count = (double)messages;
    return (bench_sample_t){
        .ns = (double)(self->ended_ns - self->begun_ns) / count,
        .cpu_ns = (double)(after.cpu_ns - before.cpu_ns) / count,
        .wakeups = (double)(after.sleeps - before.sleeps) / count,
        .allocations = (double)(allocations(self) - allocations_before) / count,
    };
}

void bench_mesh_run_paced(bench_mesh_t *self, uint64_t messages, double interval_ns,
                          bench_histogram_t *latency)
{
    prepare(self, messages);
    self->interval_ns = interval_ns;
    self->latency = latency;
    run(self);
}
