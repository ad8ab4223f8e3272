// runtime/doorbell.h - wakes one thread that sleeps in poll. Private to runtime/.
//
// Ringing costs one look at a flag while the thread is awake. The order that makes it safe: the
// sleeper arms, then looks once more for what it waits for, then sleeps; whoever brings something
// brings it first (by an atomic read-modify-write) and rings then. One of the two sees the other.
#ifndef TMESH_RUNTIME_DOORBELL_H
#define TMESH_RUNTIME_DOORBELL_H

#include <stdbool.h>

#include "runtime/base/error.h"

typedef struct tmesh_doorbell tmesh_doorbell_t;

tmesh_err_t tmesh_doorbell_open(tmesh_doorbell_t **self_p);
void tmesh_doorbell_destroy(tmesh_doorbell_t **self_p);

// Readable once it has rung.
int tmesh_doorbell_fd(const tmesh_doorbell_t *self);
// The sleeper: from now on it rings.
void tmesh_doorbell_arm(tmesh_doorbell_t *self);
// The sleeper, awake again. `readable`: what poll said of the fd.
void tmesh_doorbell_disarm(tmesh_doorbell_t *self, bool readable);
// Any thread. The first one after it was armed wakes the sleeper, the others do nothing.
void tmesh_doorbell_ring(tmesh_doorbell_t *self);

#endif
