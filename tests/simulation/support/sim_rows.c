// The rows of a simulation's tasks, as its reader has them.
#include <assert.h>

#include "runtime/base/memory.h"
#include "tests/simulation/support/sim.h"

tmesh_task_row_t tmesh_sim_task(tmesh_sim_t *self, tmesh_task_id_t id)
{
    tmesh_auto(tmesh_arena) arena = tmesh_arena_new();
    tmesh_task_view_t view;
    tmesh_err_t err = tmesh_reader_task(tmesh_sim_reader(self), id, false, arena, &view);
    assert(!err);
    return view.row;
}

tmesh_step_row_t tmesh_sim_step(tmesh_sim_t *self, tmesh_task_id_t id, uint16_t number)
{
    tmesh_auto(tmesh_arena) arena = tmesh_arena_new();
    tmesh_step_view_t *views = NULL;
    size_t count = 0;
    tmesh_err_t err = tmesh_reader_steps(tmesh_sim_reader(self), id, arena, &views, &count);
    assert(!err);
    size_t i = 0;
    while (i < count && tmesh_step_number(views[i].row.id) != number) i++;
    assert(i < count);
    tmesh_step_row_t row = views[i].row;
    row.worker = NULL; // they live in the arena
    row.name = NULL;
    return row;
}
