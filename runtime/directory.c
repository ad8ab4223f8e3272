#include "runtime/directory.h"

#include <assert.h>

// The sum of all arrivals, or false when one of them is not idle.
static bool all_idle(const tmesh_directory_t *self, size_t count, uint64_t *arrivals_p)
{
    uint64_t arrivals = 0;
    for (size_t i = 0; i < count; i++) {
        arrivals += tmesh_mailbox_arrivals(self->entries[i].mailbox);
        if (!tmesh_mailbox_is_idle(self->entries[i].mailbox)) return false;
    }
    *arrivals_p = arrivals;
    return true;
}

// Looking at one mailbox after the other would miss a message that goes from the unseen to the
// seen. Seen idle twice, with no arrival between, all were idle at the moment between.
bool tmesh_directory_is_quiet(const tmesh_directory_t *self, size_t count)
{
    assert(count <= self->count);
    uint64_t before = 0, after = 0;
    return all_idle(self, count, &before) && all_idle(self, count, &after) && before == after;
}
