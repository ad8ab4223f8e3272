#include "runtime/ring.h"

#include <assert.h>
#include <stdatomic.h>

#include "runtime/base/memory.h"

// The word: arrivals above, so that their overflow falls off its end; below, the reserved places
// and the close.
static const uint64_t one_arrival = (uint64_t)1 << 32;
static const uint64_t one_reserved = 1;
static const uint64_t closed_bit = (uint64_t)1 << 31;

static uint32_t arrivals_of(uint64_t word)
{
    return (uint32_t)(word >> 32);
}

static uint32_t reserved_of(uint64_t word)
{
    return (uint32_t)(word & (closed_bit - 1));
}

// What one side writes all the time lies apart from what the other side reads.
struct tmesh_ring {
    // Of those who put in.
    TMESH_CACHE_ALIGNED _Atomic uint64_t word;
    _Atomic uint32_t seen_taken; // `taken`, as one of them has seen it lately: never too high
    _Atomic uint32_t depth_max;
    // Of the one who takes.
    TMESH_CACHE_ALIGNED _Atomic uint32_t taken; // how many were ever taken (wraps)
    // Of nobody: these stay as they are.
    TMESH_CACHE_ALIGNED uint32_t limit;
    uint32_t mask; // a power of two of cells, at least `limit`
    _Atomic(void *) *cells; // NULL: empty
};

tmesh_ring_t *tmesh_ring_new(uint32_t limit)
{
    assert(limit > 0);
    assert(limit <= (uint32_t)1 << 30); // the reserved places share a word with the close
    tmesh_ring_t *self = tmesh_alloc_lines(sizeof *self);
    uint32_t count = 1;
    while (count < limit) count *= 2;
    self->limit = limit;
    self->mask = count - 1;
    self->cells = tmesh_alloc_array(count, sizeof *self->cells);
    return self;
}

void tmesh_ring_destroy(tmesh_ring_t **self_p)
{
    tmesh_ring_t *self = *self_p;
    if (!self) return;
    tmesh_free(self->cells);
    tmesh_free(self);
    *self_p = NULL;
}

static uint32_t depth_at(uint64_t word, uint32_t taken)
{
    return arrivals_of(word) - taken + reserved_of(word);
}

static void note_depth(tmesh_ring_t *self, uint32_t depth)
{
    uint32_t most = atomic_load_explicit(&self->depth_max, memory_order_relaxed);
    while (depth > most && !atomic_compare_exchange_weak(&self->depth_max, &most, depth)) {
    }
}

// `place` is one_arrival or one_reserved; *word_p becomes the word before.
//
// Reading `taken` means fetching a cache line that the taker writes for every item, so an older value
// does as long as it can not make a difference: when it leaves room, and no new maximum. Acquiring
// either one makes visible that the taker has emptied the cells before it.
static tmesh_err_t claim(tmesh_ring_t *self, uint64_t place, uint64_t *word_p)
{
    uint32_t taken = atomic_load_explicit(&self->seen_taken, memory_order_acquire);
    uint64_t word = atomic_load_explicit(&self->word, memory_order_relaxed);
    bool fresh = false;
    while (true) {
        if (word & closed_bit) return TMESH_ERR_CLOSED;
        uint32_t depth = depth_at(word, taken);
        if (depth >= self->limit || (!fresh && depth >= tmesh_ring_depth_max(self))) {
            uint32_t now = atomic_load_explicit(&self->taken, memory_order_acquire);
            fresh = true;
            if (now != taken) {
                taken = now;
                atomic_store_explicit(&self->seen_taken, now, memory_order_release);
                word = atomic_load_explicit(&self->word, memory_order_relaxed);
                continue;
            }
            // `taken` stood still around the moment at which the word was read: really full.
            if (depth >= self->limit) return TMESH_ERR_FULL;
        }
        if (!atomic_compare_exchange_weak(&self->word, &word, word + place)) continue;
        note_depth(self, depth + 1);
        *word_p = word;
        return TMESH_OK;
    }
}

static void fill(tmesh_ring_t *self, uint64_t word_before, void *item)
{
    _Atomic(void *) *cell = &self->cells[arrivals_of(word_before) & self->mask];
    atomic_store_explicit(cell, item, memory_order_release);
}

tmesh_err_t tmesh_ring_put(tmesh_ring_t *self, void *item)
{
    assert(item);
    uint64_t before = 0;
    tmesh_err_t err = claim(self, one_arrival, &before);
    if (err) return err;
    fill(self, before, item);
    return TMESH_OK;
}

tmesh_err_t tmesh_ring_reserve(tmesh_ring_t *self)
{
    uint64_t before = 0;
    return claim(self, one_reserved, &before);
}

void tmesh_ring_unreserve(tmesh_ring_t *self)
{
    uint64_t before = atomic_fetch_sub(&self->word, one_reserved);
    assert(reserved_of(before) > 0);
}

void tmesh_ring_put_reserved(tmesh_ring_t *self, void *item)
{
    assert(item);
    uint64_t before = atomic_fetch_add(&self->word, one_arrival - one_reserved);
    assert(reserved_of(before) > 0);
    fill(self, before, item);
}

void tmesh_ring_close(tmesh_ring_t *self)
{
    atomic_fetch_or(&self->word, closed_bit);
}

size_t tmesh_ring_take(tmesh_ring_t *self, void **items, size_t max)
{
    uint32_t taken = atomic_load_explicit(&self->taken, memory_order_relaxed);
    size_t count = 0;
    for (; count < max; count++) {
        _Atomic(void *) *cell = &self->cells[(taken + count) & self->mask];
        void *item = atomic_load_explicit(cell, memory_order_acquire);
        if (!item) break;
        atomic_store_explicit(cell, NULL, memory_order_relaxed);
        items[count] = item;
    }
    // One store for all: those who find the ring full look at this line again and again.
    if (count > 0) {
        atomic_store_explicit(&self->taken, taken + (uint32_t)count, memory_order_release);
    }
    return count;
}

// `taken` is read first in these, so that the difference can not be too small.
bool tmesh_ring_holds_any(const tmesh_ring_t *self)
{
    uint32_t taken = atomic_load(&self->taken);
    return arrivals_of(atomic_load(&self->word)) != taken;
}

uint32_t tmesh_ring_depth(const tmesh_ring_t *self)
{
    uint32_t taken = atomic_load(&self->taken);
    uint32_t depth = depth_at(atomic_load(&self->word), taken);
    return depth < self->limit ? depth : self->limit; // items may have come and gone in between
}

uint32_t tmesh_ring_depth_max(const tmesh_ring_t *self)
{
    return atomic_load_explicit(&self->depth_max, memory_order_relaxed);
}

bool tmesh_ring_is_closed(const tmesh_ring_t *self)
{
    return atomic_load(&self->word) & closed_bit;
}

uint32_t tmesh_ring_arrivals(const tmesh_ring_t *self)
{
    return arrivals_of(atomic_load(&self->word));
}
