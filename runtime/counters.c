#include "runtime/counters.h"

#include <assert.h>
#include <stddef.h>

// The actor's thread is the only writer, so a plain read and write is enough.
static void add(_Atomic uint64_t *counter, uint64_t number)
{
    atomic_store_explicit(counter,
                          atomic_load_explicit(counter, memory_order_relaxed) + number,
                          memory_order_relaxed);
}

void tmesh_counters_add_wakeup(tmesh_counters_t *self)
{
    add(&self->wakeups, 1);
}

// A plain store: a sequentially consistent one would stop the processor several times per message.
void tmesh_counters_set_busy(tmesh_counters_t *self, const char *with)
{
    atomic_store_explicit(&self->busy_with, with, memory_order_release);
}

void tmesh_counters_add_batch(tmesh_counters_t *self, const tmesh_message_type_t *type,
                              uint64_t messages, uint64_t errors, uint64_t handling_ns)
{
    for (size_t i = 0; i < TMESH_COUNTED_TYPES_MAX; i++) {
        tmesh_type_counters_t *counters = &self->types[i];
        const tmesh_message_type_t *known =
            atomic_load_explicit(&counters->type, memory_order_relaxed);
        if (known && known != type) continue;
        if (!known) counters->type = type;
        add(&counters->messages, messages);
        add(&counters->errors, errors);
        add(&counters->batches, 1);
        add(&counters->handling_ns, handling_ns);
        if (messages > atomic_load_explicit(&counters->batch_size_max, memory_order_relaxed)) {
            atomic_store_explicit(&counters->batch_size_max, messages, memory_order_relaxed);
        }
        uint64_t us = handling_ns / 1000;
        unsigned bucket = us ? 64 - (unsigned)__builtin_clzll(us) : 0;
        if (bucket >= TMESH_HISTOGRAM_BUCKETS) bucket = TMESH_HISTOGRAM_BUCKETS - 1;
        add(&counters->handling_us_histogram[bucket], 1);
        return;
    }
    assert(!"an actor answers more message types than are counted");
}
