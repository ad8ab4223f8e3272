#include "services/templates/registry.h"

#include "runtime/base/map.h"
#include "runtime/base/memory.h"
#include "services/templates/parse.h"

struct tmesh_definitions {
    tmesh_definition_source_t *load;
    void *source;
    tmesh_map_t *by_id;
};

tmesh_definitions_t *tmesh_definitions_new(tmesh_definition_source_t *load, void *source)
{
    tmesh_definitions_t *self = tmesh_alloc(sizeof *self);
    *self = (tmesh_definitions_t){.load = load, .source = source, .by_id = tmesh_map_new()};
    return self;
}

void tmesh_definitions_destroy(tmesh_definitions_t **self_p)
{
    tmesh_definitions_t *self = *self_p;
    if (!self) return;
    size_t position = 0;
    for (tmesh_definition_t *definition; (definition = tmesh_map_next(self->by_id, &position));) {
        tmesh_definition_destroy(&definition);
    }
    tmesh_map_destroy(&self->by_id);
    tmesh_free(self);
    *self_p = NULL;
}

tmesh_err_t tmesh_definitions_get(tmesh_definitions_t *self, int64_t definition_id,
                                  const tmesh_definition_t **definition_p)
{
    tmesh_definition_t *known = tmesh_map_get(self->by_id, &definition_id, sizeof definition_id);
    if (!known) {
        tmesh_auto(tmesh_buffer) json = tmesh_buffer_new();
        tmesh_err_t err = self->load(self->source, definition_id, json);
        if (!err) err = tmesh_template_load(tmesh_buffer_bytes(json), &known);
        if (err) return err;
        tmesh_map_put(self->by_id, &definition_id, sizeof definition_id, known);
    }
    *definition_p = known;
    return TMESH_OK;
}
