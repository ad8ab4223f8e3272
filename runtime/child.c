#include "runtime/child.h"

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
