// What this node has in its hands, for the keeper: other nodes may have something to say about it.
#include "actors/gateway_parts.h"
#include "actors/gateway_waiters.h"

static bool is_held(const tmesh_run_t *run)
{
    if (run->state == TMESH_RUN_SENT) return !run->note_due; // else it is too young
    return run->state == TMESH_RUN_WAITING;
}

static void list_runs(const tmesh_gateway_t *self, tmesh_list_held_reply_t *reply)
{
    const tmesh_runs_t *runs = tmesh_dispatch_runs(self->dispatch);
    tmesh_held_run_t *held =
        tmesh_arena_alloc(reply->arena, (tmesh_runs_count(runs) + 1) * sizeof *held);
    size_t position = 0;
    for (const tmesh_run_t *run; (run = tmesh_runs_next(runs, &position));) {
        if (!is_held(run)) continue;
        held[reply->run_count++] = (tmesh_held_run_t){run->fence.step_id, run->fence.run};
    }
    reply->runs = held;
}

static void list_watched(const tmesh_gateway_t *self, tmesh_list_held_reply_t *reply)
{
    size_t count = tmesh_map_count(self->waiters_by_task);
    tmesh_task_id_t *watched = tmesh_arena_alloc(reply->arena, (count + 1) * sizeof *watched);
    size_t position = 0;
    for (const tmesh_waiter_t *first; (first = tmesh_map_next(self->waiters_by_task, &position));) {
        watched[reply->watched_count++] = first->task_id;
    }
    reply->watched = watched;
}

tmesh_err_t tmesh_gateway_list_held(tmesh_gateway_t *self, tmesh_list_held_batch_t *batch)
{
    for (size_t i = 0; i < batch->any.count; i++) {
        tmesh_list_held_reply_t *reply = tmesh_list_held_reply(batch, i);
        reply->arena = tmesh_arena_new();
        list_runs(self, reply);
        list_watched(self, reply);
    }
    return TMESH_OK;
}
