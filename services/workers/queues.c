#include "services/workers/queues.h"

#include <assert.h>
#include <string.h>

#include "runtime/base/map.h"
#include "runtime/base/memory.h"

// Empty queues are kept, for what they know of the offers, but not more than this.
enum { EMPTY_QUEUES_MAX = 1024 };

typedef enum { UNKNOWN, YES, NO } knowledge_t;

struct tmesh_run_queue {
    char *key; // namespace, zero byte, callable
    size_t key_size;
    const char *namespace_name; // both point into the key
    const char *callable;
    tmesh_run_list_t runs;
    uint8_t served_by[TMESH_OFFERS_MAX]; // knowledge_t per offer: an offer never changes
    TAILQ_ENTRY(tmesh_run_queue) in_waiting;
};

struct tmesh_queues {
    const tmesh_credit_t *board;
    tmesh_map_t *by_name;
    TAILQ_HEAD(, tmesh_run_queue) waiting; // queues that are not empty
    size_t waiting_queues;
    size_t count; // runs in all of them
};

tmesh_queues_t *tmesh_queues_new(const tmesh_credit_t *board)
{
    tmesh_queues_t *self = tmesh_alloc(sizeof *self);
    self->board = board;
    self->by_name = tmesh_map_new();
    TAILQ_INIT(&self->waiting);
    return self;
}

static void free_queue(tmesh_run_queue_t *queue)
{
    tmesh_free(queue->key);
    tmesh_free(queue);
}

void tmesh_queues_destroy(tmesh_queues_t **self_p)
{
    tmesh_queues_t *self = *self_p;
    if (!self) return;
    size_t position = 0;
    tmesh_run_queue_t *queue = NULL;
    while ((queue = tmesh_map_next(self->by_name, &position))) free_queue(queue);
    tmesh_map_destroy(&self->by_name);
    tmesh_free(self);
    *self_p = NULL;
}

static tmesh_run_queue_t *queue_of(tmesh_queues_t *self, const tmesh_parcel_t *parcel)
{
    size_t namespace_size = strlen(parcel->namespace_name) + 1;
    size_t key_size = namespace_size + strlen(parcel->callable) + 1;
    tmesh_auto_free char *key = tmesh_alloc(key_size);
    memcpy(key, parcel->namespace_name, namespace_size);
    memcpy(key + namespace_size, parcel->callable, key_size - namespace_size);
    tmesh_run_queue_t *queue = tmesh_map_get(self->by_name, key, key_size);
    if (queue) return queue;
    queue = tmesh_alloc(sizeof *queue);
    queue->key = key;
    queue->key_size = key_size;
    queue->namespace_name = key;
    queue->callable = key + namespace_size;
    key = NULL;
    TAILQ_INIT(&queue->runs);
    void *before = tmesh_map_put(self->by_name, queue->key, key_size, queue);
    assert(!before);
    return queue;
}

void tmesh_queues_insert(tmesh_queues_t *self, tmesh_run_t *run)
{
    assert(run->hold && !run->queue);
    tmesh_run_queue_t *queue = queue_of(self, &run->parcel);
    if (TAILQ_EMPTY(&queue->runs)) {
        TAILQ_INSERT_TAIL(&self->waiting, queue, in_waiting);
        self->waiting_queues++;
    }
    // Nearly always the youngest; one that was put back is among the oldest.
    tmesh_run_t *last = TAILQ_LAST(&queue->runs, tmesh_run_list);
    tmesh_run_t *next = NULL;
    if (last && last->age > run->age) {
        next = TAILQ_FIRST(&queue->runs);
        while (next->age < run->age) next = TAILQ_NEXT(next, in_state);
    }
    if (next) {
        TAILQ_INSERT_BEFORE(next, run, in_state);
    } else {
        TAILQ_INSERT_TAIL(&queue->runs, run, in_state);
    }
    run->state = TMESH_RUN_WAITING;
    run->queue = queue;
    self->count++;
}

void tmesh_queues_remove(tmesh_queues_t *self, tmesh_run_t *run)
{
    tmesh_run_queue_t *queue = run->queue;
    assert(queue && self->count > 0);
    TAILQ_REMOVE(&queue->runs, run, in_state);
    run->queue = NULL;
    self->count--;
    if (!TAILQ_EMPTY(&queue->runs)) return;
    TAILQ_REMOVE(&self->waiting, queue, in_waiting);
    self->waiting_queues--;
    if (tmesh_map_count(self->by_name) - self->waiting_queues <= EMPTY_QUEUES_MAX) return;
    void *removed = tmesh_map_remove(self->by_name, queue->key, queue->key_size);
    assert(removed == queue);
    free_queue(queue);
}

size_t tmesh_queues_count(const tmesh_queues_t *self)
{
    return self->count;
}

static bool serves(const tmesh_queues_t *self, tmesh_run_queue_t *queue, int offer)
{
    if (queue->served_by[offer] == UNKNOWN) {
        bool does = tmesh_credit_offer_serves(self->board, offer, queue->namespace_name,
                                              queue->callable);
        queue->served_by[offer] = does ? YES : NO;
    }
    return queue->served_by[offer] == YES;
}

bool tmesh_queues_is_served(const tmesh_queues_t *self, const tmesh_run_t *run,
                            const tmesh_offers_t *offers)
{
    const tmesh_run_queue_t *queue = run->queue;
    bool is_paused = tmesh_pauses_has(tmesh_credit_pauses(self->board), queue->namespace_name,
                                      queue->callable);
    if (is_paused) return false;
    for (int i = 0; i < tmesh_offers_count(offers); i++) {
        if (tmesh_offers_has_sessions(offers, i) && serves(self, run->queue, i)) return true;
    }
    return false;
}

// The offer that the run was claimed on comes first, so that offers do not take from each other
// while there is enough for all.
static tmesh_session_t *session_for(const tmesh_queues_t *self, const tmesh_run_t *run,
                                    const tmesh_offers_t *offers, int64_t monotonic_ms)
{
    if (run->offer != TMESH_CREDIT_NONE && serves(self, run->queue, run->offer)) {
        tmesh_session_t *session = tmesh_offers_choose(offers, run->offer, monotonic_ms);
        if (session) return session;
    }
    for (int i = 0; i < tmesh_offers_count(offers); i++) {
        if (i == run->offer || !tmesh_offers_has_sessions(offers, i)) continue;
        if (!serves(self, run->queue, i)) continue;
        tmesh_session_t *session = tmesh_offers_choose(offers, i, monotonic_ms);
        if (session) return session;
    }
    return NULL;
}

tmesh_run_t *tmesh_queues_choose(const tmesh_queues_t *self, const tmesh_offers_t *offers,
                                 int64_t monotonic_ms, tmesh_session_t **session_p)
{
    tmesh_run_t *oldest = NULL;
    tmesh_run_queue_t *queue = NULL;
    TAILQ_FOREACH(queue, &self->waiting, in_waiting)
    {
        tmesh_run_t *first = TAILQ_FIRST(&queue->runs);
        if (oldest && first->age > oldest->age) continue;
        tmesh_session_t *session = session_for(self, first, offers, monotonic_ms);
        if (!session) continue;
        oldest = first;
        *session_p = session;
    }
    return oldest;
}
