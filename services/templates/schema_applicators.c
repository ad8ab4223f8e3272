// allOf, anyOf, oneOf, not, if, then, else: schemas for the very same value.
#include "runtime/base/memory.h"
#include "services/templates/schema_rules.h"

struct tmesh_schema_applicators {
    tmesh_schema_nodes_t all;
    tmesh_schema_nodes_t any;
    tmesh_schema_nodes_t one;
    const tmesh_schema_node_t *unwanted;    // not, or NULL
    const tmesh_schema_node_t *condition;   // if, or NULL
    const tmesh_schema_node_t *consequence; // then, or NULL
    const tmesh_schema_node_t *alternative; // else, or NULL
};

const tmesh_schema_applicators_t *
tmesh_schema_applicators_read(tmesh_schema_compiler_t *compiler, const tmesh_schema_node_t *node)
{
    const tmesh_schema_reach_t here = TMESH_SCHEMA_IN_PLACE;
    tmesh_schema_applicators_t self = {
        .all = tmesh_schema_compiler_schemas(compiler, node, "allOf", here),
        .any = tmesh_schema_compiler_schemas(compiler, node, "anyOf", here),
        .one = tmesh_schema_compiler_schemas(compiler, node, "oneOf", here),
        .unwanted = tmesh_schema_compiler_schema(compiler, node, "not", here),
        .condition = tmesh_schema_compiler_schema(compiler, node, "if", here),
    };
    // Without an `if` they are never applied, and may say what they like.
    tmesh_schema_reach_t reach = self.condition ? here : TMESH_SCHEMA_BELOW;
    self.consequence = tmesh_schema_compiler_schema(compiler, node, "then", reach);
    self.alternative = tmesh_schema_compiler_schema(compiler, node, "else", reach);
    bool is_empty = !self.all.count && !self.any.count && !self.one.count && !self.unwanted &&
                    !self.condition;
    return is_empty ? NULL : tmesh_arena_copy(compiler->arena, &self, sizeof self);
}

// None of several fits: the nearest is the one that was wrong deepest inside the value.
static void violate_none(tmesh_schema_run_t *run, const tmesh_schema_node_t *node,
                         const char *keyword, const tmesh_schema_value_t *value,
                         const tmesh_schema_probe_t *nearest, uint32_t index)
{
    if (run->probe) {
        tmesh_schema_run_violate(run, node, keyword, value, "fits nothing");
        return;
    }
    tmesh_auto(tmesh_buffer) place = tmesh_buffer_new();
    tmesh_schema_value_add_pointer(nearest->value, place);
    tmesh_schema_run_violate(run, node, keyword, value,
                             "fits none of %s; number %u comes nearest, but for %s at \"%s\"",
                             keyword, index, nearest->keyword, tmesh_buffer_text(place));
}

// How many of them fit, up to `enough`; `fitting` gets the places of the first two.
static uint32_t count_fitting(tmesh_schema_run_t *run, const tmesh_schema_node_t *node,
                              const char *keyword, const tmesh_schema_nodes_t *schemas,
                              const tmesh_schema_value_t *value, uint32_t enough,
                              uint32_t fitting[2])
{
    tmesh_schema_probe_t nearest = {0};
    uint32_t nearest_index = 0;
    uint32_t count = 0;
    for (uint32_t i = 0; i < schemas->count && count < enough; i++) {
        tmesh_schema_probe_t probe;
        bool fits = tmesh_schema_run_fits(run, schemas->items[i], value, &probe);
        if (tmesh_schema_run_is_done(run)) return enough;
        if (fits) {
            fitting[count++] = i;
        } else if (!nearest.value || probe.value->level > nearest.value->level) {
            nearest = probe;
            nearest_index = i;
        }
    }
    if (count == 0) violate_none(run, node, keyword, value, &nearest, nearest_index);
    return count;
}

static void check_one(tmesh_schema_run_t *run, const tmesh_schema_node_t *node,
                      const tmesh_schema_value_t *value)
{
    uint32_t fitting[2] = {0};
    uint32_t count =
        count_fitting(run, node, "oneOf", &node->applicators->one, value, 2, fitting);
    if (count < 2 || tmesh_schema_run_is_done(run)) return;
    tmesh_schema_run_violate(run, node, "oneOf", value,
                             "must fit just one of oneOf, and fits numbers %u and %u", fitting[0],
                             fitting[1]);
}

static void check_not(tmesh_schema_run_t *run, const tmesh_schema_node_t *node,
                      const tmesh_schema_value_t *value)
{
    tmesh_schema_probe_t probe;
    bool fits = tmesh_schema_run_fits(run, node->applicators->unwanted, value, &probe);
    if (!fits || tmesh_schema_run_is_done(run)) return;
    tmesh_schema_run_violate(run, node, "not", value, "must not fit the schema of not");
}

static void check_condition(tmesh_schema_run_t *run, const tmesh_schema_node_t *node,
                            const tmesh_schema_value_t *value)
{
    const tmesh_schema_applicators_t *self = node->applicators;
    if (!self->consequence && !self->alternative) return;
    tmesh_schema_probe_t probe;
    bool fits = tmesh_schema_run_fits(run, self->condition, value, &probe);
    const tmesh_schema_node_t *schema = fits ? self->consequence : self->alternative;
    if (schema) tmesh_schema_run_apply(run, schema, value);
}

void tmesh_schema_applicators_check(tmesh_schema_run_t *run, const tmesh_schema_node_t *node,
                                    const tmesh_schema_value_t *value)
{
    const tmesh_schema_applicators_t *self = node->applicators;
    for (uint32_t i = 0; i < self->all.count; i++) {
        tmesh_schema_run_apply(run, self->all.items[i], value);
    }
    uint32_t fitting[2];
    if (self->any.count && !tmesh_schema_run_is_done(run)) {
        (void)count_fitting(run, node, "anyOf", &self->any, value, 1, fitting);
    }
    if (self->one.count && !tmesh_schema_run_is_done(run)) check_one(run, node, value);
    if (self->unwanted && !tmesh_schema_run_is_done(run)) check_not(run, node, value);
    if (self->condition && !tmesh_schema_run_is_done(run)) check_condition(run, node, value);
}
