#include "services/workers/runs.h"

#include <assert.h>
#include <stdatomic.h>

#include "runtime/base/map.h"
#include "runtime/base/memory.h"

struct tmesh_hold {
    tmesh_arena_t *arena;
    _Atomic size_t shares;
};

tmesh_hold_t *tmesh_hold_new(tmesh_arena_t **arena_p)
{
    tmesh_hold_t *self = tmesh_alloc(sizeof *self);
    self->arena = *arena_p;
    self->shares = 1;
    *arena_p = NULL;
    return self;
}

tmesh_hold_t *tmesh_hold_share(tmesh_hold_t *self)
{
    atomic_fetch_add(&self->shares, 1);
    return self;
}

void tmesh_hold_destroy(tmesh_hold_t **self_p)
{
    tmesh_hold_t *self = *self_p;
    if (!self) return;
    *self_p = NULL;
    size_t before = atomic_fetch_sub(&self->shares, 1);
    assert(before > 0);
    if (before > 1) return;
    tmesh_arena_destroy(&self->arena);
    tmesh_free(self);
}

struct tmesh_runs {
    tmesh_map_t *by_step;
    uint64_t ages; // given out so far
};

tmesh_runs_t *tmesh_runs_new(void)
{
    tmesh_runs_t *self = tmesh_alloc(sizeof *self);
    self->by_step = tmesh_map_new();
    return self;
}

static void free_run(tmesh_run_t *run)
{
    tmesh_hold_destroy(&run->hold);
    tmesh_free(run->worker);
    tmesh_free(run->progress);
    tmesh_free(run);
}

void tmesh_runs_destroy(tmesh_runs_t **self_p)
{
    tmesh_runs_t *self = *self_p;
    if (!self) return;
    size_t position = 0;
    tmesh_run_t *run = NULL;
    while ((run = tmesh_map_next(self->by_step, &position))) free_run(run);
    tmesh_map_destroy(&self->by_step);
    tmesh_free(self);
    *self_p = NULL;
}

tmesh_run_t *tmesh_runs_find(const tmesh_runs_t *self, tmesh_step_id_t step_id)
{
    return tmesh_map_get(self->by_step, step_id.bytes, sizeof step_id.bytes);
}

tmesh_run_t *tmesh_runs_add(tmesh_runs_t *self, tmesh_fence_t fence, int offer,
                            const tmesh_parcel_t *parcel, tmesh_hold_t *hold)
{
    assert(!tmesh_runs_find(self, fence.step_id));
    tmesh_run_t *run = tmesh_alloc(sizeof *run);
    run->fence = fence;
    run->offer = offer;
    run->age = ++self->ages;
    run->timeout_ms = parcel ? parcel->timeout_ms : 0;
    if (parcel) {
        run->parcel = *parcel;
        run->hold = tmesh_hold_share(hold);
    }
    void *before =
        tmesh_map_put(self->by_step, fence.step_id.bytes, sizeof fence.step_id.bytes, run);
    assert(!before);
    return run;
}

void tmesh_runs_remove(tmesh_runs_t *self, tmesh_run_t **run_p)
{
    tmesh_run_t *run = *run_p;
    assert(!run->session && !run->queue && !run->note_due);
    void *removed = tmesh_map_remove(self->by_step, run->fence.step_id.bytes,
                                     sizeof run->fence.step_id.bytes);
    assert(removed == run);
    free_run(run);
    *run_p = NULL;
}

size_t tmesh_runs_count(const tmesh_runs_t *self)
{
    return tmesh_map_count(self->by_step);
}

tmesh_run_t *tmesh_runs_next(const tmesh_runs_t *self, size_t *position)
{
    return tmesh_map_next(self->by_step, position);
}
