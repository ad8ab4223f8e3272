// minimum, maximum, exclusiveMinimum, exclusiveMaximum, multipleOf.
#include "runtime/base/memory.h"
#include "services/templates/schema_rules.h"

typedef enum { MINIMUM, MAXIMUM, EXCLUSIVE_MINIMUM, EXCLUSIVE_MAXIMUM, BOUND_COUNT } bound_t;

static const struct {
    const char *keyword;
    const char *phrase;
} bounds[BOUND_COUNT] = {
    [MINIMUM] = {"minimum", "at least"},
    [MAXIMUM] = {"maximum", "at most"},
    [EXCLUSIVE_MINIMUM] = {"exclusiveMinimum", "more than"},
    [EXCLUSIVE_MAXIMUM] = {"exclusiveMaximum", "less than"},
};

struct tmesh_schema_numbers {
    const tmesh_schema_value_t *bounds[BOUND_COUNT]; // NULL: none
    const tmesh_schema_value_t *divisor;             // or NULL
};

static const tmesh_schema_value_t *read_divisor(tmesh_schema_compiler_t *compiler,
                                                const tmesh_schema_node_t *node)
{
    const tmesh_schema_value_t *divisor =
        tmesh_schema_compiler_find_kind(compiler, node, "multipleOf", TMESH_JSON_NUMBER);
    if (!divisor) return NULL;
    if (divisor->number.count == 0 || divisor->number.is_negative) {
        tmesh_schema_compiler_refuse(compiler, divisor, "multipleOf must be more than 0");
        return NULL;
    }
    if (divisor->number.count > TMESH_SCHEMA_DIVISOR_DIGITS_MAX) {
        tmesh_schema_compiler_refuse(compiler, divisor, "multipleOf has more than %d digits",
                                     TMESH_SCHEMA_DIVISOR_DIGITS_MAX);
        return NULL;
    }
    return divisor;
}

const tmesh_schema_numbers_t *tmesh_schema_numbers_read(tmesh_schema_compiler_t *compiler,
                                                        const tmesh_schema_node_t *node)
{
    tmesh_schema_numbers_t self = {.divisor = read_divisor(compiler, node)};
    bool is_empty = !self.divisor;
    for (bound_t i = 0; i < BOUND_COUNT; i++) {
        self.bounds[i] = tmesh_schema_compiler_find_kind(compiler, node, bounds[i].keyword,
                                                         TMESH_JSON_NUMBER);
        if (self.bounds[i]) is_empty = false;
    }
    return is_empty ? NULL : tmesh_arena_copy(compiler->arena, &self, sizeof self);
}

static bool keeps(bound_t bound, int order)
{
    switch (bound) {
    case MINIMUM: return order >= 0;
    case MAXIMUM: return order <= 0;
    case EXCLUSIVE_MINIMUM: return order > 0;
    default: return order < 0;
    }
}

static void violate(tmesh_schema_run_t *run, const tmesh_schema_node_t *node, const char *keyword,
                    const tmesh_schema_value_t *value, const char *phrase,
                    const tmesh_schema_value_t *wanted)
{
    if (run->probe) { // nobody will read the numbers
        tmesh_schema_run_violate(run, node, keyword, value, "does not fit");
        return;
    }
    tmesh_auto(tmesh_buffer) limit = tmesh_buffer_new();
    tmesh_auto(tmesh_buffer) found = tmesh_buffer_new();
    tmesh_schema_value_add_excerpt(wanted, limit);
    tmesh_schema_value_add_excerpt(value, found);
    tmesh_schema_run_violate(run, node, keyword, value, "must be %s %s, and is %s", phrase,
                             limit->data, found->data);
}

void tmesh_schema_numbers_check(tmesh_schema_run_t *run, const tmesh_schema_node_t *node,
                                const tmesh_schema_value_t *value)
{
    const tmesh_schema_numbers_t *self = node->numbers;
    if (value->kind != TMESH_JSON_NUMBER) return;
    for (bound_t i = 0; i < BOUND_COUNT; i++) {
        const tmesh_schema_value_t *bound = self->bounds[i];
        if (!bound) continue;
        if (!keeps(i, tmesh_schema_decimal_compare(&value->number, &bound->number))) {
            violate(run, node, bounds[i].keyword, value, bounds[i].phrase, bound);
        }
    }
    if (!self->divisor) return;
    tmesh_schema_run_charge(run, value->number.count / 4); // a division for each digit
    if (!tmesh_schema_decimal_is_multiple(&value->number, &self->divisor->number)) {
        violate(run, node, "multipleOf", value, "a multiple of", self->divisor);
    }
}
