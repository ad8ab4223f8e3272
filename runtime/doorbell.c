#include "runtime/doorbell.h"

#include <assert.h>
#include <errno.h>
#include <stdatomic.h>
#include <stdint.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "runtime/base/memory.h"

struct tmesh_doorbell {
    // Read by all for every message, written only for a sleep: alone in its line.
    TMESH_CACHE_ALIGNED _Atomic bool armed;
    int fd;
};

tmesh_err_t tmesh_doorbell_open(tmesh_doorbell_t **self_p)
{
    int fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (fd < 0) return TMESH_ERR_IO;
    tmesh_doorbell_t *self = tmesh_alloc_lines(sizeof *self);
    self->fd = fd;
    *self_p = self;
    return TMESH_OK;
}

void tmesh_doorbell_destroy(tmesh_doorbell_t **self_p)
{
    tmesh_doorbell_t *self = *self_p;
    if (!self) return;
    close(self->fd);
    tmesh_free(self);
    *self_p = NULL;
}

int tmesh_doorbell_fd(const tmesh_doorbell_t *self)
{
    return self->fd;
}

void tmesh_doorbell_arm(tmesh_doorbell_t *self)
{
    atomic_store(&self->armed, true);
}

// A ringer that was late may still write afterwards: the next sleep then ends at once, no more.
void tmesh_doorbell_disarm(tmesh_doorbell_t *self, bool readable)
{
    atomic_store_explicit(&self->armed, false, memory_order_relaxed);
    if (!readable) return;
    uint64_t rings = 0;
    while (read(self->fd, &rings, sizeof rings) < 0 && errno == EINTR) {
    }
}

void tmesh_doorbell_ring(tmesh_doorbell_t *self)
{
    if (!atomic_load(&self->armed)) return;
    if (!atomic_exchange(&self->armed, false)) return;
    const uint64_t one = 1;
    ssize_t written;
    do {
        written = write(self->fd, &one, sizeof one);
    } while (written < 0 && errno == EINTR);
    assert(written == sizeof one); // it counts to 2^64
}
