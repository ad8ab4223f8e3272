// runtime/counters.h - what one actor has done, per message type.
// Written by the actor's thread alone, read by any thread without a lock; a reader may see one
// number of a batch before another.
#ifndef TMESH_RUNTIME_COUNTERS_H
#define TMESH_RUNTIME_COUNTERS_H

#include <stdatomic.h>
#include <stdint.h>

#include "runtime/message.h"

enum {
    TMESH_COUNTED_TYPES_MAX = 24, // that one actor answers
    TMESH_HISTOGRAM_BUCKETS = 32, // bucket i holds values below 2^i
};

typedef struct {
    _Atomic(const tmesh_message_type_t *) type; // NULL: free
    _Atomic uint64_t messages;
    _Atomic uint64_t errors;
    _Atomic uint64_t batches;
    _Atomic uint64_t batch_size_max;
    _Atomic uint64_t handling_ns;
    _Atomic uint64_t handling_us_histogram[TMESH_HISTOGRAM_BUCKETS]; // per batch
} tmesh_type_counters_t;

typedef struct {
    tmesh_type_counters_t types[TMESH_COUNTED_TYPES_MAX];
    _Atomic uint64_t restarts;
    _Atomic uint64_t lost_tells;                     // by the test switch
    _Atomic uint64_t wakeups;                        // how often its thread slept and was woken
    _Atomic(const char *) busy_with;                 // message type or "tick"; NULL: waiting
    _Atomic int64_t busy_since_ms;                   // monotonic, of leaving the mailbox
} tmesh_counters_t;

void tmesh_counters_add_wakeup(tmesh_counters_t *self);
// `with` is what it is in now; NULL: nothing, it is back at its mailbox.
void tmesh_counters_set_busy(tmesh_counters_t *self, const char *with);
void tmesh_counters_add_batch(tmesh_counters_t *self, const tmesh_message_type_t *type,
                              uint64_t messages, uint64_t errors, uint64_t handling_ns);

#endif
