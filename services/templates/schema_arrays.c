// items, prefixItems, additionalItems, contains and its counts, minItems, maxItems, uniqueItems.
#include <inttypes.h>

#include "runtime/base/memory.h"
#include "services/templates/schema_equality.h"
#include "services/templates/schema_rules.h"

struct tmesh_schema_arrays {
    uint64_t items_min;
    uint64_t items_max;
    bool are_unique;
    tmesh_schema_nodes_t first;        // one for each of the first items
    const tmesh_schema_node_t *rest;   // for the others, or NULL
    const tmesh_schema_node_t *wanted; // contains, or NULL
    uint64_t wanted_min;
    uint64_t wanted_max;
};

// In draft 7 a list of `items` is what prefixItems is today, and additionalItems the rest.
static bool read_items(tmesh_schema_compiler_t *compiler, const tmesh_schema_node_t *node,
                       tmesh_schema_arrays_t *self)
{
    const tmesh_schema_value_t *items = tmesh_schema_compiler_find(compiler, node, "items");
    bool is_list = items && items->kind == TMESH_JSON_ARRAY;
    if (is_list && !compiler->is_draft_7) {
        tmesh_schema_compiler_refuse(compiler, items,
                                     "a list of items is called prefixItems in draft 2020-12");
        return false;
    }
    const char *first = compiler->is_draft_7 ? "items" : "prefixItems";
    if (is_list || !compiler->is_draft_7) {
        bool is_empty = is_list && items->count == 0; // draft 7 does not mind
        if (!is_empty) {
            self->first = tmesh_schema_compiler_schemas(compiler, node, first, TMESH_SCHEMA_BELOW);
        }
    }
    // Read also where it has no effect, so that what is wrong in it is told.
    self->rest =
        tmesh_schema_compiler_schema(compiler, node, "additionalItems", TMESH_SCHEMA_BELOW);
    if (!is_list) {
        self->rest = tmesh_schema_compiler_schema(compiler, node, "items", TMESH_SCHEMA_BELOW);
    }
    return self->first.count > 0 || self->rest;
}

static bool read_contains(tmesh_schema_compiler_t *compiler, const tmesh_schema_node_t *node,
                          tmesh_schema_arrays_t *self)
{
    self->wanted = tmesh_schema_compiler_schema(compiler, node, "contains", TMESH_SCHEMA_BELOW);
    self->wanted_min = 1;
    self->wanted_max = UINT64_MAX;
    (void)tmesh_schema_compiler_count(compiler, node, "minContains", &self->wanted_min);
    (void)tmesh_schema_compiler_count(compiler, node, "maxContains", &self->wanted_max);
    return self->wanted != NULL;
}

const tmesh_schema_arrays_t *tmesh_schema_arrays_read(tmesh_schema_compiler_t *compiler,
                                                      const tmesh_schema_node_t *node)
{
    tmesh_schema_arrays_t self = {.items_max = UINT64_MAX};
    bool has_items = read_items(compiler, node, &self);
    bool has_contains = read_contains(compiler, node, &self);
    bool has_min = tmesh_schema_compiler_count(compiler, node, "minItems", &self.items_min);
    bool has_max = tmesh_schema_compiler_count(compiler, node, "maxItems", &self.items_max);
    const tmesh_schema_value_t *unique =
        tmesh_schema_compiler_find_kind(compiler, node, "uniqueItems", TMESH_JSON_BOOL);
    self.are_unique = unique && tmesh_schema_value_is_true(unique);
    if (!has_items && !has_contains && !has_min && !has_max && !self.are_unique) return NULL;
    return tmesh_arena_copy(compiler->arena, &self, sizeof self);
}

static void check_count(tmesh_schema_run_t *run, const tmesh_schema_node_t *node,
                        const tmesh_schema_value_t *value)
{
    const tmesh_schema_arrays_t *self = node->arrays;
    if (value->count < self->items_min) {
        tmesh_schema_run_violate(run, node, "minItems", value,
                                 "must have at least %" PRIu64 " items, and has %" PRIu32,
                                 self->items_min, value->count);
    }
    if (value->count > self->items_max) {
        tmesh_schema_run_violate(run, node, "maxItems", value,
                                 "must have at most %" PRIu64 " items, and has %" PRIu32,
                                 self->items_max, value->count);
    }
}

static void check_unique(tmesh_schema_run_t *run, const tmesh_schema_node_t *node,
                         const tmesh_schema_value_t *value)
{
    tmesh_schema_run_charge(run, value->count + value->json.size / TMESH_SCHEMA_BYTES_PER_STEP);
    tmesh_auto(tmesh_arena) arena = tmesh_arena_new();
    tmesh_schema_set_t set = tmesh_schema_set_read(value, arena);
    const tmesh_schema_value_t *pair[2];
    if (!tmesh_schema_set_find_pair(&set, pair, &run->steps_left)) return;
    tmesh_schema_run_violate(run, node, "uniqueItems", value,
                             "must have different items, and items %" PRIu32 " and %" PRIu32
                             " are equal",
                             pair[0]->index, pair[1]->index);
}

static void check_items(tmesh_schema_run_t *run, const tmesh_schema_node_t *node,
                        const tmesh_schema_value_t *value)
{
    const tmesh_schema_arrays_t *self = node->arrays;
    for (uint32_t i = 0; i < value->count && !tmesh_schema_run_is_done(run); i++) {
        const tmesh_schema_node_t *schema =
            i < self->first.count ? self->first.items[i] : self->rest;
        if (!schema) break;
        tmesh_schema_run_apply(run, schema, value->members[i].value);
    }
}

static void check_contains(tmesh_schema_run_t *run, const tmesh_schema_node_t *node,
                           const tmesh_schema_value_t *value)
{
    const tmesh_schema_arrays_t *self = node->arrays;
    uint64_t found = 0;
    for (uint32_t i = 0; i < value->count && !tmesh_schema_run_is_done(run); i++) {
        tmesh_schema_probe_t probe;
        if (tmesh_schema_run_fits(run, self->wanted, value->members[i].value, &probe)) found++;
    }
    if (tmesh_schema_run_is_done(run)) return;
    if (found < self->wanted_min) {
        tmesh_schema_run_violate(run, node, self->wanted_min == 1 ? "contains" : "minContains",
                                 value,
                                 "must have at least %" PRIu64 " items that fit contains, and has "
                                 "%" PRIu64,
                                 self->wanted_min, found);
    }
    if (found > self->wanted_max) {
        tmesh_schema_run_violate(run, node, "maxContains", value,
                                 "must have at most %" PRIu64 " items that fit contains, and has "
                                 "%" PRIu64,
                                 self->wanted_max, found);
    }
}

void tmesh_schema_arrays_check(tmesh_schema_run_t *run, const tmesh_schema_node_t *node,
                               const tmesh_schema_value_t *value)
{
    const tmesh_schema_arrays_t *self = node->arrays;
    if (value->kind != TMESH_JSON_ARRAY) return;
    check_count(run, node, value);
    if (self->are_unique && !tmesh_schema_run_is_done(run)) check_unique(run, node, value);
    check_items(run, node, value);
    if (self->wanted) check_contains(run, node, value);
}
