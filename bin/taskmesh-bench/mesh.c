// The patterns in the mesh: one actor per thread, messages of one type each.
#include <assert.h>
#include <sched.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <string.h>

#include "bin/taskmesh-bench/pattern.h"
#include "runtime/base/memory.h"
#include "runtime/registry.h"

enum { ACTORS_MAX = BENCH_HOPS + 1, PATIENCE_MS = 60000 };

// A request and its reply. Only the first payload_bytes of what follows the arena travel.
typedef struct {
    tmesh_arena_t *arena;
    union {
        int64_t due_ns; // 0: as fast as it goes
        char bytes[BENCH_PAYLOAD_MAX];
    };
} parcel_t;

// What one actor works on, beyond its lives.
typedef struct {
    bench_mesh_t *mesh;
    size_t index;
    tmesh_context_t *context;
    uint64_t sent;
    uint64_t received;
    parcel_t parcel; // to send
} peer_t;

struct bench_mesh {
    const bench_pattern_t *pattern; // lent
    tmesh_clock_t *clock;
    tmesh_registry_t *registry;
    size_t count; // of actors
    tmesh_actor_class_t classes[ACTORS_MAX];
    tmesh_message_type_t go[ACTORS_MAX];      // begin, or go on sending
    tmesh_message_type_t parcels[ACTORS_MAX]; // what is measured
    peer_t peers[ACTORS_MAX];
    // Of one run, set before it begins.
    uint64_t messages;
    double interval_ns; // 0: as fast as it goes
    bench_histogram_t *latency;
    _Atomic int64_t begun_ns;
    int64_t ended_ns;
    sem_t ended;
};

// ---- What is sent -------------------------------------------------------------------------------

static void note_arrival(bench_mesh_t *self, const parcel_t *parcel)
{
    if (self->latency) bench_histogram_add(self->latency, bench_now_ns() - parcel->due_ns);
}

static void end_when_all_came(peer_t *peer)
{
    bench_mesh_t *self = peer->mesh;
    if (peer->received < self->messages) return;
    self->ended_ns = bench_now_ns();
    sem_post(&self->ended);
}

static tmesh_err_t send_next(peer_t *peer, int64_t due_ns);

static void on_answer(void *object, const tmesh_answer_t *answer)
{
    peer_t *peer = object;
    assert(!answer->err);
    peer->received++;
    note_arrival(peer->mesh, answer->reply);
    if (!peer->mesh->latency && peer->sent < peer->mesh->messages) {
        tmesh_err_t err = send_next(peer, 0);
        assert(!err); // the mailboxes hold more than is outstanding
    }
    end_when_all_came(peer);
}

static void take_answer(void *object, tmesh_untyped_t *unused, const tmesh_answer_t *answer)
{
    (void)unused;
    on_answer(object, answer);
}

// To the next one in the row; in TELL to the consumer, who is the first.
static tmesh_err_t send_parcel(peer_t *peer, parcel_t *parcel)
{
    bench_mesh_t *self = peer->mesh;
    if (self->pattern->shape == BENCH_TELL) {
        return tmesh_context_tell(peer->context, &self->parcels[0], parcel);
    }
    const tmesh_message_type_t *type = &self->parcels[(peer->index + 1) % self->count];
    if (self->pattern->shape == BENCH_CHAIN) return tmesh_context_tell(peer->context, type, parcel);
    return tmesh_context_ask(peer->context, type, parcel, NULL, take_answer, 0);
}

static tmesh_err_t send_next(peer_t *peer, int64_t due_ns)
{
    peer->parcel.due_ns = due_ns;
    tmesh_err_t err = send_parcel(peer, &peer->parcel);
    peer->sent += !err;
    return err;
}

// ---- What actors do -----------------------------------------------------------------------------

static uint64_t share_of(const bench_mesh_t *self)
{
    return self->pattern->shape == BENCH_TELL ? self->messages / self->pattern->producers
                                              : self->messages;
}

static void send_all(peer_t *peer)
{
    bench_mesh_t *self = peer->mesh;
    uint64_t count = share_of(self);
    if (self->pattern->shape != BENCH_TELL && count > self->pattern->title.outstanding) {
        count = self->pattern->title.outstanding; // the rest as these come back
    }
    while (peer->sent < count) {
        tmesh_err_t err = send_next(peer, 0);
        assert(!err || err == TMESH_ERR_FULL);
        if (err) sched_yield();
    }
}

// By answers to come: a place must be left for going on.
static bool mailbox_is_nearly_full(const peer_t *peer)
{
    return peer->mesh->pattern->shape != BENCH_TELL && peer->sent - peer->received > BENCH_QUEUE / 2;
}

// What is due by now; then it tells itself to go on, so that answers get their turn.
static void send_due(peer_t *peer)
{
    bench_mesh_t *self = peer->mesh;
    double interval_ns = self->interval_ns * self->pattern->producers;
    int64_t now_ns = bench_now_ns();
    while (peer->sent < share_of(self)) {
        int64_t due_ns = self->begun_ns + (int64_t)(interval_ns * (double)peer->sent);
        if (due_ns > now_ns || mailbox_is_nearly_full(peer)) break;
        if (send_next(peer, due_ns) != TMESH_OK) break;
    }
    if (peer->sent == share_of(self)) return;
    sched_yield();
    parcel_t again = {0};
    tmesh_err_t err = tmesh_context_tell(peer->context, &self->go[peer->index], &again);
    assert(!err);
}

static tmesh_err_t handle_go(void *object, tmesh_batch_t *batch)
{
    (void)batch;
    peer_t *peer = object;
    int64_t unset = 0;
    atomic_compare_exchange_strong(&peer->mesh->begun_ns, &unset, bench_now_ns());
    (peer->mesh->latency ? send_due : send_all)(peer);
    return TMESH_OK;
}

// The first one takes what has come to its end.
static void take_home(peer_t *peer, const tmesh_batch_t *batch)
{
    bench_mesh_t *self = peer->mesh;
    peer->received += batch->count;
    for (size_t i = 0; self->latency && i < batch->count; i++) {
        note_arrival(self, batch->items[i].request);
    }
    if (self->pattern->shape == BENCH_CHAIN && !self->latency) {
        for (size_t i = 0; i < batch->count && peer->sent < self->messages; i++) {
            tmesh_err_t err = send_next(peer, 0);
            assert(!err);
        }
    }
    end_when_all_came(peer);
}

static tmesh_err_t handle_parcels(void *object, tmesh_batch_t *batch)
{
    peer_t *peer = object;
    bench_mesh_t *self = peer->mesh;
    size_t bytes = self->pattern->title.payload_bytes;
    bench_shape_t shape = self->pattern->shape;
    if (peer->index == 0 && (shape == BENCH_TELL || shape == BENCH_CHAIN)) {
        take_home(peer, batch);
        return TMESH_OK;
    }
    for (size_t i = 0; i < batch->count; i++) {
        const parcel_t *request = batch->items[i].request;
        if (shape == BENCH_CHAIN) {
            memcpy(peer->parcel.bytes, request->bytes, bytes);
            tmesh_err_t err = send_parcel(peer, &peer->parcel);
            assert(!err);
        } else {
            memcpy(((parcel_t *)batch->items[i].reply)->bytes, request->bytes, bytes);
        }
    }
    return TMESH_OK;
}

static void *create(tmesh_context_t *context, void *services)
{
    peer_t *peer = services;
    peer->context = context;
    return peer;
}

static void destroy(void *object)
{
    ((peer_t *)object)->context = NULL;
}

static tmesh_err_t started(void *object, tmesh_fault_t **fault_p)
{
    (void)fault_p;
    const peer_t *peer = object;
    const bench_pattern_t *pattern = peer->mesh->pattern;
    bool other = pattern->shape == BENCH_TELL ? peer->index > 0
                 : pattern->shape == BENCH_CALL ? true
                                                : peer->index % 2;
    bench_pin(pattern->across && other);
    return TMESH_OK;
}

// ---- The mesh -----------------------------------------------------------------------------------

static void add_actor(bench_mesh_t *self, size_t i)
{
    static const char *const names[ACTORS_MAX] = {"peer_0", "peer_1", "peer_2", "peer_3", "peer_4"};
    size_t bytes = sizeof(tmesh_arena_t *) + self->pattern->title.payload_bytes;
    self->peers[i] = (peer_t){.mesh = self, .index = i};
    self->classes[i] = (tmesh_actor_class_t){
        .name = names[i], .create = create, .destroy = destroy, .started = started};
    bool answers = self->pattern->shape == BENCH_CALL || self->pattern->shape == BENCH_ASK;
    tmesh_message_type_t type = {.actor = &self->classes[i],
                                 .request_size = bytes,
                                 .reply_size = answers ? bytes : sizeof(tmesh_arena_t *)};
    self->go[i] = self->parcels[i] = type;
    self->go[i].name = "go";
    self->go[i].handle = handle_go;
    self->parcels[i].name = "parcel";
    self->parcels[i].handle = handle_parcels;
    tmesh_registry_add(self->registry, &self->classes[i], &self->peers[i]);
}

bench_mesh_t *bench_mesh_new(const bench_pattern_t *pattern)
{
    static const size_t counts[] = {[BENCH_CALL] = 1, [BENCH_ASK] = 2, [BENCH_CHAIN] = ACTORS_MAX};
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
        parcel_t request = {0}, reply;
        request.due_ns = self->begun_ns + (int64_t)(self->interval_ns * (double)i);
        while (self->latency && bench_now_ns() < request.due_ns) sched_yield();
        tmesh_err_t err = tmesh_context_call(foreign, &self->parcels[0], &request, &reply, NULL,
                                             PATIENCE_MS);
        assert(!err);
        note_arrival(self, &reply);
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
        parcel_t request = {0};
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
