#include "services/store/backup.h"

#include <assert.h>

void tmesh_backup_destroy(tmesh_backup_t **self_p)
{
    assert(self_p);
    if (!*self_p) return;
    (*self_p)->backend->destroy(self_p);
    assert(!*self_p);
}

tmesh_err_t tmesh_backup_go_on(tmesh_backup_t *self, int64_t for_ms, bool *done_p,
                               tmesh_fault_t **fault_p)
{
    assert(self);
    assert(for_ms >= 0);
    assert(done_p);
    assert(fault_p);
    return self->backend->go_on(self, for_ms, done_p, fault_p);
}
