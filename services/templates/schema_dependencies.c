#include "services/templates/schema_dependencies.h"

#include <string.h>

#include "runtime/base/memory.h"

static const char *const keywords[] = {"dependencies", "dependentRequired", "dependentSchemas"};

// `dependencies` has both kinds: a list is names, all else a schema.
static bool read_dependency(tmesh_schema_compiler_t *compiler, const tmesh_schema_node_t *node,
                            const char *keyword, const tmesh_schema_member_t *member,
                            tmesh_schema_dependency_t *dependency)
{
    const tmesh_schema_value_t *value = member->value;
    *dependency = (tmesh_schema_dependency_t){.keyword = keyword, .name = member->key->text};
    bool is_list = strcmp(keyword, "dependentRequired") == 0 ||
                   (strcmp(keyword, "dependencies") == 0 && value->kind == TMESH_JSON_ARRAY);
    if (is_list) {
        dependency->required = value;
        return tmesh_schema_compiler_are_names(compiler, value);
    }
    dependency->schema = tmesh_schema_compiler_node(compiler, value, keyword);
    if (dependency->schema) tmesh_schema_compiler_add_edge(compiler, node, dependency->schema);
    return dependency->schema != NULL;
}

void tmesh_schema_dependencies_read(tmesh_schema_dependencies_t *self,
                                    tmesh_schema_compiler_t *compiler,
                                    const tmesh_schema_node_t *node)
{
    const tmesh_schema_value_t *maps[TMESH_COUNT_OF(keywords)];
    size_t count = 0;
    for (size_t i = 0; i < TMESH_COUNT_OF(keywords); i++) {
        maps[i] = tmesh_schema_compiler_find_kind(compiler, node, keywords[i], TMESH_JSON_OBJECT);
        if (maps[i]) count += maps[i]->count;
    }
    if (count == 0) return;
    self->items = tmesh_arena_alloc(compiler->arena, count * sizeof *self->items);
    for (size_t i = 0; i < TMESH_COUNT_OF(keywords); i++) {
        for (uint32_t j = 0; maps[i] && j < maps[i]->count; j++) {
            tmesh_schema_dependency_t *item = &self->items[self->count];
            if (read_dependency(compiler, node, keywords[i], &maps[i]->members[j], item)) {
                self->count++;
            }
        }
    }
}

static void check_required(const tmesh_schema_dependency_t *self, tmesh_schema_run_t *run,
                           const tmesh_schema_node_t *node, const tmesh_schema_value_t *object)
{
    for (uint32_t i = 0; i < self->required->count && !tmesh_schema_run_is_done(run); i++) {
        tmesh_bytes_t name = self->required->members[i].value->text;
        if (tmesh_schema_value_find(object, name)) continue;
        tmesh_auto(tmesh_buffer) asking = tmesh_buffer_new();
        tmesh_schema_value_add_token(self->name, asking);
        tmesh_schema_run_violate_missing(run, node, self->keyword, object, name,
                                         "this member is required beside %.60s",
                                         tmesh_buffer_text(asking) + 1);
    }
}

void tmesh_schema_dependencies_check(const tmesh_schema_dependencies_t *self,
                                     tmesh_schema_run_t *run, const tmesh_schema_node_t *node,
                                     const tmesh_schema_value_t *object)
{
    tmesh_schema_run_charge(run, self->count);
    for (uint32_t i = 0; i < self->count && !tmesh_schema_run_is_done(run); i++) {
        const tmesh_schema_dependency_t *item = &self->items[i];
        if (!tmesh_schema_value_find(object, item->name)) continue;
        if (item->required) check_required(item, run, node, object);
        if (item->schema) tmesh_schema_run_apply(run, item->schema, object);
    }
}
