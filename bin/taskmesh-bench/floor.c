// The floor: the same patterns over bare libzmq, with nothing around it.
#include <assert.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <string.h>
#include <zmq.h>

#include "bin/taskmesh-bench/pattern.h"

enum { THREADS_MAX = BENCH_HOPS + 1 };

typedef struct floor floor_t;

typedef struct {
    floor_t *floor;
    int place;
    void *pull, *push;
    uint64_t to_send; // TELL: by this thread
    pthread_t thread;
} peer_t;

struct floor {
    const bench_pattern_t *pattern;
    uint64_t messages;
    peer_t peers[THREADS_MAX];
    size_t count;
    pthread_barrier_t barrier;
    int64_t begun_ns, ended_ns;
    bench_usage_t before, after;
};

static void send_one(peer_t *peer)
{
    char bytes[BENCH_PAYLOAD_MAX] = {0};
    int rc = zmq_send(peer->push, bytes, peer->floor->pattern->title.payload_bytes, 0);
    assert(rc >= 0);
}

static void receive_one(peer_t *peer)
{
    char bytes[BENCH_PAYLOAD_MAX];
    int rc = zmq_recv(peer->pull, bytes, sizeof bytes, 0);
    assert(rc >= 0);
}

static void begin(floor_t *self)
{
    self->before = bench_usage_now();
    self->begun_ns = bench_now_ns();
}

static void end(floor_t *self)
{
    self->ended_ns = bench_now_ns();
    self->after = bench_usage_now();
}

// The one that closes the circle of ASK, CALL and CHAIN.
static void drive(peer_t *peer)
{
    floor_t *self = peer->floor;
    uint64_t sent = 0;
    begin(self);
    while (sent < self->pattern->title.outstanding && sent < self->messages) {
        send_one(peer);
        sent++;
    }
    for (uint64_t received = 0; received < self->messages; received++) {
        receive_one(peer);
        if (sent == self->messages) continue;
        send_one(peer);
        sent++;
    }
    end(self);
}

static void hand_on(peer_t *peer)
{
    for (uint64_t i = 0; i < peer->floor->messages; i++) {
        receive_one(peer);
        send_one(peer);
    }
}

static void consume(peer_t *peer)
{
    begin(peer->floor);
    for (uint64_t i = 0; i < peer->floor->messages; i++) receive_one(peer);
    end(peer->floor);
}

static void produce(peer_t *peer)
{
    for (uint64_t i = 0; i < peer->to_send; i++) send_one(peer);
}

static void *main_of_peer(void *argument)
{
    peer_t *peer = argument;
    floor_t *self = peer->floor;
    bool first = peer == &self->peers[0];
    bench_pin(peer->place);
    pthread_barrier_wait(&self->barrier);
    if (self->pattern->shape == BENCH_TELL) {
        (first ? consume : produce)(peer);
    } else {
        (first ? drive : hand_on)(peer);
    }
    pthread_barrier_wait(&self->barrier);
    return NULL;
}

static void *open_socket(void *context, int type, size_t index)
{
    char address[32];
    snprintf(address, sizeof address, "inproc://%zu", index);
    void *socket = zmq_socket(context, type);
    const int half = BENCH_QUEUE / 2; // both ends add up
    zmq_setsockopt(socket, ZMQ_SNDHWM, &half, sizeof half);
    zmq_setsockopt(socket, ZMQ_RCVHWM, &half, sizeof half);
    int rc = type == ZMQ_PULL ? zmq_bind(socket, address) : zmq_connect(socket, address);
    assert(rc == 0);
    return socket;
}

// Peer 0 consumes, or drives; the others send to the next one, and in TELL all to peer 0.
static void connect_all(floor_t *self, void *context)
{
    bool tell = self->pattern->shape == BENCH_TELL;
    for (size_t i = 0; i < self->count; i++) {
        self->peers[i] = (peer_t){.floor = self, .place = self->pattern->across && i % 2};
        if (tell && i > 0) self->peers[i].place = self->pattern->across;
        if (!tell || i == 0) self->peers[i].pull = open_socket(context, ZMQ_PULL, i);
    }
    for (size_t i = tell ? 1 : 0; i < self->count; i++) {
        self->peers[i].push = open_socket(context, ZMQ_PUSH, tell ? 0 : (i + 1) % self->count);
        self->peers[i].to_send = self->messages / self->pattern->producers;
    }
}

bench_sample_t bench_floor_run(const bench_pattern_t *pattern, uint64_t messages)
{
    floor_t self = {.pattern = pattern, .messages = messages, .count = 2};
    if (pattern->shape == BENCH_CHAIN) self.count = 1 + BENCH_HOPS;
    if (pattern->shape == BENCH_TELL) self.count = 1 + pattern->producers;
    void *context = zmq_ctx_new();
    connect_all(&self, context);
    pthread_barrier_init(&self.barrier, NULL, (unsigned)self.count);
    for (size_t i = 0; i < self.count; i++) {
        pthread_create(&self.peers[i].thread, NULL, main_of_peer, &self.peers[i]);
    }
    for (size_t i = 0; i < self.count; i++) {
        pthread_join(self.peers[i].thread, NULL);
        if (self.peers[i].pull) zmq_close(self.peers[i].pull);
        if (self.peers[i].push) zmq_close(self.peers[i].push);
    }
    pthread_barrier_destroy(&self.barrier);
    zmq_ctx_term(context);
    double count = (double)messages;
    return (bench_sample_t){
        .ns = (double)(self.ended_ns - self.begun_ns) / count,
        .cpu_ns = (double)(self.after.cpu_ns - self.before.cpu_ns) / count,
        .wakeups = (double)(self.after.sleeps - self.before.sleeps) / count,
    };
}
