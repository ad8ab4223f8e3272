#include "runtime/restart_window.h"

#include <assert.h>

const tmesh_restart_policy_t tmesh_restart_policy_default = {
    .restarts_max = 3,
    .window_ms = 60000,
};

bool tmesh_restart_window_allows(tmesh_restart_window_t *self, int64_t now_ms)
{
    assert(self->policy.restarts_max <= TMESH_RESTARTS_MAX);
    uint32_t kept = 0;
    for (uint32_t i = 0; i < self->count; i++) {
        if (now_ms - self->times_ms[i] < self->policy.window_ms) {
            self->times_ms[kept++] = self->times_ms[i];
        }
    }
    self->count = kept;
    if (kept >= self->policy.restarts_max) return false;
    self->times_ms[self->count++] = now_ms;
    return true;
}
