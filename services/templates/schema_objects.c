// properties, patternProperties, additionalProperties, propertyNames, required and the counts.
#include <inttypes.h>
#include <stdlib.h>

#include "runtime/base/memory.h"
#include "services/templates/schema_dependencies.h"
#include "services/templates/schema_rules.h"

typedef struct {
    tmesh_bytes_t name;
    const tmesh_schema_node_t *schema;
} property_t;

typedef struct {
    const tmesh_schema_pattern_t *pattern;
    const tmesh_schema_node_t *schema;
} family_t;

struct tmesh_schema_objects {
    uint64_t members_min;
    uint64_t members_max;
    const tmesh_schema_value_t *required; // an array of strings, or NULL
    const property_t *properties;         // by name
    uint32_t property_count;
    const family_t *families; // of patternProperties
    uint32_t family_count;
    const tmesh_schema_node_t *additional; // for members that none of these has, or NULL
    const tmesh_schema_node_t *names;      // for the names themselves, or NULL
    tmesh_schema_dependencies_t dependencies;
};

static void read_properties(tmesh_schema_compiler_t *compiler, const tmesh_schema_node_t *node,
                            tmesh_schema_objects_t *self)
{
    const tmesh_schema_value_t *map =
        tmesh_schema_compiler_find_kind(compiler, node, "properties", TMESH_JSON_OBJECT);
    if (!map) return;
    property_t *properties = tmesh_arena_alloc(compiler->arena, map->count * sizeof *properties);
    for (uint32_t i = 0; i < map->count; i++) {
        properties[i].name = map->sorted[i].key->text;
        properties[i].schema =
            tmesh_schema_compiler_node(compiler, map->sorted[i].value, "properties");
    }
    self->properties = properties;
    self->property_count = map->count;
}

static void read_families(tmesh_schema_compiler_t *compiler, const tmesh_schema_node_t *node,
                          tmesh_schema_objects_t *self)
{
    const tmesh_schema_value_t *map =
        tmesh_schema_compiler_find_kind(compiler, node, "patternProperties", TMESH_JSON_OBJECT);
    if (!map) return;
    family_t *families = tmesh_arena_alloc(compiler->arena, map->count * sizeof *families);
    for (uint32_t i = 0; i < map->count; i++) {
        const tmesh_schema_member_t *member = &map->members[i];
        families[i].pattern = tmesh_schema_compiler_pattern(compiler, member->key);
        families[i].schema =
            tmesh_schema_compiler_node(compiler, member->value, "patternProperties");
    }
    self->families = families;
    self->family_count = map->count;
}

const tmesh_schema_objects_t *tmesh_schema_objects_read(tmesh_schema_compiler_t *compiler,
                                                        const tmesh_schema_node_t *node)
{
    tmesh_schema_objects_t self = {.members_max = UINT64_MAX};
    bool has_min = tmesh_schema_compiler_count(compiler, node, "minProperties", &self.members_min);
    bool has_max = tmesh_schema_compiler_count(compiler, node, "maxProperties", &self.members_max);
    self.required = tmesh_schema_compiler_find(compiler, node, "required");
    if (self.required && !tmesh_schema_compiler_are_names(compiler, self.required)) {
        self.required = NULL;
    }
    read_properties(compiler, node, &self);
    read_families(compiler, node, &self);
    self.additional =
        tmesh_schema_compiler_schema(compiler, node, "additionalProperties", TMESH_SCHEMA_BELOW);
    self.names = tmesh_schema_compiler_schema(compiler, node, "propertyNames", TMESH_SCHEMA_BELOW);
    tmesh_schema_dependencies_read(&self.dependencies, compiler, node);
    bool is_empty = !has_min && !has_max && !self.required && !self.property_count &&
                    !self.family_count && !self.additional && !self.names &&
                    !self.dependencies.count;
    return is_empty ? NULL : tmesh_arena_copy(compiler->arena, &self, sizeof self);
}

static void check_count(tmesh_schema_run_t *run, const tmesh_schema_node_t *node,
                        const tmesh_schema_value_t *value)
{
    const tmesh_schema_objects_t *self = node->objects;
    if (value->count < self->members_min) {
        tmesh_schema_run_violate(run, node, "minProperties", value,
                                 "must have at least %" PRIu64 " members, and has %" PRIu32,
                                 self->members_min, value->count);
    }
    if (value->count > self->members_max) {
        tmesh_schema_run_violate(run, node, "maxProperties", value,
                                 "must have at most %" PRIu64 " members, and has %" PRIu32,
                                 self->members_max, value->count);
    }
}

static void check_required(tmesh_schema_run_t *run, const tmesh_schema_node_t *node,
                           const tmesh_schema_value_t *value)
{
    const tmesh_schema_value_t *required = node->objects->required;
    tmesh_schema_run_charge(run, required->count);
    for (uint32_t i = 0; i < required->count && !tmesh_schema_run_is_done(run); i++) {
        tmesh_bytes_t name = required->members[i].value->text;
        if (tmesh_schema_value_find(value, name)) continue;
        tmesh_schema_run_violate_missing(run, node, "required", value, name,
                                         "this member is required");
    }
}

static int compare_with_property(const void *name, const void *property)
{
    return tmesh_schema_value_compare_text(*(const tmesh_bytes_t *)name,
                                           ((const property_t *)property)->name);
}

static const tmesh_schema_node_t *find_property(const tmesh_schema_objects_t *self,
                                                tmesh_bytes_t name)
{
    if (self->property_count == 0) return NULL;
    const property_t *property = bsearch(&name, self->properties, self->property_count,
                                         sizeof *property, compare_with_property);
    return property ? property->schema : NULL;
}

// Does the member belong to the family? Then its schema judges it.
static bool check_family(tmesh_schema_run_t *run, const tmesh_schema_node_t *node,
                         const family_t *family, const tmesh_schema_member_t *member)
{
    tmesh_schema_pattern_answer_t answer =
        tmesh_schema_pattern_search(family->pattern, member->key->text, &run->steps_left);
    if (answer == TMESH_SCHEMA_PATTERN_TOO_LONG) {
        tmesh_schema_run_fail(run, "pattern_limit", node, "patternProperties", member->key,
                              "searching the name for a pattern took too many steps");
    }
    if (answer != TMESH_SCHEMA_PATTERN_FOUND) return false;
    tmesh_schema_run_apply(run, family->schema, member->value);
    return true;
}

static void check_member(tmesh_schema_run_t *run, const tmesh_schema_node_t *node,
                         const tmesh_schema_member_t *member)
{
    const tmesh_schema_objects_t *self = node->objects;
    if (self->names) tmesh_schema_run_apply(run, self->names, member->key);
    const tmesh_schema_node_t *property = find_property(self, member->key->text);
    bool is_known = property != NULL;
    if (property) tmesh_schema_run_apply(run, property, member->value);
    for (uint32_t i = 0; i < self->family_count && !tmesh_schema_run_is_done(run); i++) {
        if (check_family(run, node, &self->families[i], member)) is_known = true;
        tmesh_schema_run_check_limit(run, node, member->value);
    }
    if (!is_known && self->additional) {
        tmesh_schema_run_apply(run, self->additional, member->value);
    }
}

void tmesh_schema_objects_check(tmesh_schema_run_t *run, const tmesh_schema_node_t *node,
                                const tmesh_schema_value_t *value)
{
    const tmesh_schema_objects_t *self = node->objects;
    if (value->kind != TMESH_JSON_OBJECT) return;
    check_count(run, node, value);
    if (self->required) check_required(run, node, value);
    bool looks_at_members =
        self->names || self->property_count || self->family_count || self->additional;
    for (uint32_t i = 0; looks_at_members && i < value->count; i++) {
        if (tmesh_schema_run_is_done(run)) return;
        check_member(run, node, &value->members[i]);
    }
    tmesh_schema_dependencies_check(&self->dependencies, run, node, value);
}
