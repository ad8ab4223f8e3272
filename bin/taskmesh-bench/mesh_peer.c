// What each actor of a pattern does. There is one per thread.
#include <assert.h>
#include <sched.h>
#include <string.h>

#include "bin/taskmesh-bench/mesh_private.h"

// ---- What is sent -------------------------------------------------------------------------------

void bench_note_arrival(bench_mesh_t *self, const bench_parcel_t *parcel)
{
    if (self->latency) bench_histogram_add(self->latency, bench_now_ns() - parcel->due_ns);
}

static void end_when_all_came(bench_peer_t *peer)
{
    bench_mesh_t *self = peer->mesh;
    if (peer->received < self->messages) return;
    self->ended_ns = bench_now_ns();
    sem_post(&self->ended);
}

static tmesh_err_t send_next(bench_peer_t *peer, int64_t due_ns);

static void on_answer(void *object, const tmesh_reply_view_t *answer)
{
    bench_peer_t *peer = object;
    assert(!answer->err);
    peer->received++;
    bench_note_arrival(peer->mesh, answer->reply);
    if (!peer->mesh->latency && peer->sent < peer->mesh->messages) {
        tmesh_err_t err = send_next(peer, 0);
        assert(!err); // the mailboxes hold more than is outstanding
    }
    end_when_all_came(peer);
}

static void take_answer(void *object, tmesh_untyped_t *unused, const tmesh_reply_view_t *answer)
{
    (void)unused;
    on_answer(object, answer);
}

// To the next one in the row; in TELL to the consumer, who is the first.
static tmesh_err_t send_parcel(bench_peer_t *peer, bench_parcel_t *parcel)
{
    bench_mesh_t *self = peer->mesh;
    if (self->pattern->shape == BENCH_TELL) {
        return tmesh_context_tell(peer->context, &self->parcels[0], parcel);
    }
    const tmesh_message_type_t *type = &self->parcels[(peer->index + 1) % self->count];
    if (self->pattern->shape == BENCH_CHAIN) return tmesh_context_tell(peer->context, type, parcel);
    return tmesh_context_ask(peer->context, type, parcel, NULL, take_answer, 0);
}

static tmesh_err_t send_next(bench_peer_t *peer, int64_t due_ns)
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

static void send_all(bench_peer_t *peer)
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
static bool mailbox_is_nearly_full(const bench_peer_t *peer)
{
    return peer->mesh->pattern->shape != BENCH_TELL && peer->sent - peer->received > BENCH_QUEUE / 2;
}

// What is due by now; then it tells itself to go on, so that answers get their turn.
static void send_due(bench_peer_t *peer)
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
    bench_parcel_t again = {0};
    tmesh_err_t err = tmesh_context_tell(peer->context, &self->go[peer->index], &again);
    assert(!err);
}

tmesh_err_t bench_peer_go(void *object, tmesh_batch_t *batch)
{
    (void)batch;
    bench_peer_t *peer = object;
    int64_t unset = 0;
    atomic_compare_exchange_strong(&peer->mesh->begun_ns, &unset, bench_now_ns());
    (peer->mesh->latency ? send_due : send_all)(peer);
    return TMESH_OK;
}

// The first one takes what has come to its end.
static void take_home(bench_peer_t *peer, const tmesh_batch_t *batch)
{
    bench_mesh_t *self = peer->mesh;
    peer->received += batch->count;
    for (size_t i = 0; self->latency && i < batch->count; i++) {
        bench_note_arrival(self, batch->items[i].request);
    }
    if (self->pattern->shape == BENCH_CHAIN && !self->latency) {
        for (size_t i = 0; i < batch->count && peer->sent < self->messages; i++) {
            tmesh_err_t err = send_next(peer, 0);
            assert(!err);
        }
    }
    end_when_all_came(peer);
}

tmesh_err_t bench_peer_take(void *object, tmesh_batch_t *batch)
{
    bench_peer_t *peer = object;
    bench_mesh_t *self = peer->mesh;
    size_t bytes = self->pattern->title.payload_bytes;
    bench_shape_t shape = self->pattern->shape;
    if (peer->index == 0 && (shape == BENCH_TELL || shape == BENCH_CHAIN)) {
        take_home(peer, batch);
        return TMESH_OK;
    }
    for (size_t i = 0; i < batch->count; i++) {
        const bench_parcel_t *request = batch->items[i].request;
        if (shape == BENCH_CHAIN) {
            memcpy(peer->parcel.bytes, request->bytes, bytes);
            tmesh_err_t err = send_parcel(peer, &peer->parcel);
            assert(!err);
        } else {
            memcpy(((bench_parcel_t *)batch->items[i].reply)->bytes, request->bytes, bytes);
        }
    }
    return TMESH_OK;
}

static void *create(tmesh_context_t *context, void *services)
{
    bench_peer_t *peer = services;
    peer->context = context;
    return peer;
}

static void destroy(void *object)
{
    ((bench_peer_t *)object)->context = NULL;
}

static tmesh_err_t started(void *object, tmesh_fault_t **fault_p)
{
    (void)fault_p;
    const bench_peer_t *peer = object;
    const bench_pattern_t *pattern = peer->mesh->pattern;
    bool other = pattern->shape == BENCH_TELL ? peer->index > 0
                 : pattern->shape == BENCH_CALL ? true
                                                : peer->index % 2;
    bench_pin(pattern->across && other);
    return TMESH_OK;
}

const tmesh_actor_class_t bench_peer_class = {
    .create = create, .destroy = destroy, .started = started};
