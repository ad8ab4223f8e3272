#include "client/held.h"

#include <assert.h>
#include <string.h>

#include "runtime/base/map.h"
#include "runtime/base/memory.h"

typedef struct {
    uint8_t step_id[16];
    uint32_t run;
} name_t;

struct tmesh_held {
    tmesh_map_t *by_name;
    tmesh_held_list_t lists[TMESH_HELD_STATE_COUNT];
    size_t counts[TMESH_HELD_STATE_COUNT];
};

static name_t name_of(tmesh_step_id_t step_id, uint32_t run)
{
    name_t name = {.run = run};
    static_assert(sizeof name == sizeof step_id.bytes + sizeof run, "no padding in a key");
    memcpy(name.step_id, step_id.bytes, sizeof name.step_id);
    return name;
}

tmesh_held_t *tmesh_held_new(void)
{
    tmesh_held_t *self = tmesh_alloc(sizeof *self);
    self->by_name = tmesh_map_new();
    for (int i = 0; i < TMESH_HELD_STATE_COUNT; i++) TAILQ_INIT(&self->lists[i]);
    return self;
}

void tmesh_held_destroy(tmesh_held_t **self_p)
{
    tmesh_held_t *self = *self_p;
    if (!self) return;
    for (int i = 0; i < TMESH_HELD_STATE_COUNT; i++) {
        while (!TAILQ_EMPTY(&self->lists[i])) {
            tmesh_held_remove(self, TAILQ_FIRST(&self->lists[i]));
        }
    }
    tmesh_map_destroy(&self->by_name);
    tmesh_free(self);
    *self_p = NULL;
}

size_t tmesh_held_count(const tmesh_held_t *self, tmesh_held_state_t state)
{
    return self->counts[state];
}

tmesh_held_run_t *tmesh_held_find(const tmesh_held_t *self, tmesh_step_id_t step_id, uint32_t run)
{
    name_t name = name_of(step_id, run);
    return tmesh_map_get(self->by_name, &name, sizeof name);
}

tmesh_held_run_t *tmesh_held_first(const tmesh_held_t *self, tmesh_held_state_t state)
{
    return TAILQ_FIRST(&self->lists[state]);
}

tmesh_held_run_t *tmesh_held_next(const tmesh_held_run_t *run)
{
    return TAILQ_NEXT(run, link);
}

tmesh_held_run_t *tmesh_held_add(tmesh_held_t *self, tmesh_step_id_t step_id, uint32_t run)
{
    tmesh_held_run_t *held = tmesh_alloc(sizeof *held);
    held->arena = tmesh_arena_new();
    held->step_id = step_id;
    held->view.run = run;
    held->state = TMESH_HELD_QUEUED;
    name_t name = name_of(step_id, run);
    void *before = tmesh_map_put(self->by_name, &name, sizeof name, held);
    assert(!before);
    TAILQ_INSERT_TAIL(&self->lists[held->state], held, link);
    self->counts[held->state]++;
    return held;
}

static void leave_list(tmesh_held_t *self, tmesh_held_run_t *run)
{
    TAILQ_REMOVE(&self->lists[run->state], run, link);
    self->counts[run->state]--;
}

void tmesh_held_move(tmesh_held_t *self, tmesh_held_run_t *run, tmesh_held_state_t state)
{
    leave_list(self, run);
    run->state = state;
    TAILQ_INSERT_TAIL(&self->lists[state], run, link);
    self->counts[state]++;
}

void tmesh_held_remove(tmesh_held_t *self, tmesh_held_run_t *run)
{
    leave_list(self, run);
    name_t name = name_of(run->step_id, run->view.run);
    void *removed = tmesh_map_remove(self->by_name, &name, sizeof name);
    assert(removed == run);
    tmesh_buffer_destroy(&run->result);
    tmesh_buffer_destroy(&run->error);
    tmesh_buffer_destroy(&run->checkpoint);
    tmesh_buffer_destroy(&run->progress);
    tmesh_buffer_destroy(&run->input_names);
    tmesh_arena_destroy(&run->arena);
    tmesh_free(run);
}
