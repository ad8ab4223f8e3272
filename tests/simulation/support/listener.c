// Stands where the publisher stands, and hands what it is told to the test.
#include "runtime/actor.h"
#include "runtime/base/memory.h"
#include "tests/simulation/support/player.h"

struct tmesh_publisher {
    const tmesh_sim_config_t *config;
};

static void *create(tmesh_context_t *context, void *services)
{
    (void)context;
    tmesh_publisher_t *self = tmesh_alloc(sizeof *self);
    self->config = services;
    return self;
}

static void destroy(void *object)
{
    tmesh_free(object);
}

static tmesh_err_t publish(tmesh_publisher_t *self, tmesh_publish_batch_t *batch)
{
    for (size_t i = 0; i < batch->any.count; i++) {
        const tmesh_publish_request_t *request = tmesh_publish_request(batch, i);
        for (size_t k = 0; k < request->count; k++) {
            self->config->hear(self->config->hear_self, &request->events[k]);
        }
    }
    return TMESH_OK;
}

const tmesh_actor_class_t tmesh_publisher_class = {
    .name = "publisher",
    .create = create,
    .destroy = destroy,
};
TMESH_ANSWER(publisher, publish, publish)
