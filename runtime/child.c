#include "runtime/child.h"

#include "runtime/base/memory.h"

void tmesh_child_init(tmesh_child_t *self, const tmesh_actor_class_t *class, void *services,
                      tmesh_depot_t *depot)
{
    self->class = class;
    self->services = services;
    self->counters = tmesh_alloc(sizeof(tmesh_counters_t));
    self->pool = tmesh_pool_new(depot);
}

void tmesh_child_clear(tmesh_child_t *self)
{
    tmesh_mailbox_destroy(&self->mailbox);
    tmesh_pool_destroy(&self->pool);
    tmesh_free(self->counters);
}

tmesh_err_t tmesh_child_start_thread(tmesh_child_t *self, const tmesh_context_config_t *context,
                                     const tmesh_restart_policy_t *policy, int failure_fd,
                                     tmesh_fault_t **fault_p)
{
    return tmesh_actor_thread_open(&self->thread, self->class, self->services, context, policy,
                                   failure_fd, &self->dead, fault_p);
}

static tmesh_err_t end_by_hand(tmesh_child_t *self)
{
    tmesh_err_t err = tmesh_actor_stop(self->actor);
    tmesh_actor_destroy(&self->actor);
    tmesh_context_destroy(&self->context);
    return err;
}

tmesh_err_t tmesh_child_start_by_hand(tmesh_child_t *self, const tmesh_context_config_t *context,
                                      const tmesh_restart_policy_t *policy,
                                      tmesh_fault_t **fault_p)
{
    self->context = tmesh_context_new(context);
    self->actor = tmesh_actor_new(self->class, self->services, self->context, policy);
    tmesh_err_t err = tmesh_actor_start(self->actor, fault_p);
    if (!err) return TMESH_OK;
    tmesh_err_t ignored = end_by_hand(self);
    (void)ignored; // it never lived
    return err;
}

tmesh_err_t tmesh_child_turn(tmesh_child_t *self, size_t *taken_p)
{
    *taken_p = 0;
    if (self->dead) return TMESH_ERR_FATAL;
    tmesh_err_t err = tmesh_actor_turn(self->actor, taken_p);
    if (err) self->dead = true;
    return err;
}

tmesh_err_t tmesh_child_stop(tmesh_child_t *self)
{
    if (self->thread) return tmesh_actor_thread_stop(&self->thread);
    if (!self->dead && tmesh_actor_finish(self->actor) != TMESH_OK) self->dead = true;
    return end_by_hand(self);
}

tmesh_actor_view_t tmesh_child_view(const tmesh_child_t *self, int64_t now_ms,
                                    int64_t stuck_after_ms)
{
    const char *busy_with = self->counters->busy_with;
    bool stuck = busy_with && now_ms - self->counters->busy_since_ms > stuck_after_ms;
    return (tmesh_actor_view_t){
        .name = self->class->name,
        .counters = self->counters,
        .allocations = tmesh_pool_allocations(self->pool),
        .depth = self->mailbox ? tmesh_mailbox_depth(self->mailbox) : 0,
        .depth_max = self->mailbox ? tmesh_mailbox_depth_max(self->mailbox) : 0,
        .stuck = stuck,
        .stuck_in = stuck ? busy_with : NULL,
    };
}
