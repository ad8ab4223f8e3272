// type, enum, const: whatever kind of value it is.
#include <string.h>

#include "runtime/base/memory.h"
#include "services/templates/schema_equality.h"
#include "services/templates/schema_rules.h"

struct tmesh_schema_general {
    unsigned types;                   // bits of type_names; 0: any
    const tmesh_schema_value_t *list; // the enum as it is written, or NULL
    tmesh_schema_set_t values;        // the same
    const tmesh_schema_value_t *constant; // or NULL
};

static const char *const type_names[] = {"null",  "boolean", "integer", "number",
                                         "string", "array",   "object"};
enum { NULL_BIT = 1, BOOLEAN = 2, INTEGER = 4, NUMBER = 8, STRING = 16, ARRAY = 32, OBJECT = 64 };

static unsigned type_named(const tmesh_schema_value_t *name)
{
    for (unsigned i = 0; i < TMESH_COUNT_OF(type_names); i++) {
        if (name->kind == TMESH_JSON_STRING && tmesh_bytes_equal_text(name->text, type_names[i])) {
            return 1U << i;
        }
    }
    return 0;
}

static unsigned read_type(tmesh_schema_compiler_t *compiler, const tmesh_schema_value_t *name)
{
    unsigned type = type_named(name);
    if (!type) {
        tmesh_schema_compiler_refuse(compiler, name,
                                     "a type is null, boolean, integer, number, string, array or "
                                     "object");
    }
    return type;
}

static unsigned read_types(tmesh_schema_compiler_t *compiler, const tmesh_schema_node_t *node)
{
    const tmesh_schema_value_t *value = tmesh_schema_compiler_find(compiler, node, "type");
    if (!value) return 0;
    if (value->kind != TMESH_JSON_ARRAY) return read_type(compiler, value);
    unsigned types = 0;
    if (value->count == 0) {
        tmesh_schema_compiler_refuse(compiler, value, "type must name at least one type");
    }
    for (uint32_t i = 0; i < value->count; i++) {
        unsigned type = read_type(compiler, value->members[i].value);
        if (type & types) {
            tmesh_schema_compiler_refuse(compiler, value->members[i].value, "this is there twice");
        }
        types |= type;
    }
    return types;
}

const tmesh_schema_general_t *tmesh_schema_general_read(tmesh_schema_compiler_t *compiler,
                                                        const tmesh_schema_node_t *node)
{
    tmesh_schema_general_t self = {.types = read_types(compiler, node)};
    self.list = tmesh_schema_compiler_find_kind(compiler, node, "enum", TMESH_JSON_ARRAY);
    if (self.list) self.values = tmesh_schema_set_read(self.list, compiler->arena);
    self.constant = tmesh_schema_compiler_find(compiler, node, "const");
    if (!self.types && !self.list && !self.constant) return NULL;
    return tmesh_arena_copy(compiler->arena, &self, sizeof self);
}

static unsigned types_of(const tmesh_schema_value_t *value)
{
    switch (value->kind) {
    case TMESH_JSON_NULL: return NULL_BIT;
    case TMESH_JSON_BOOL: return BOOLEAN;
    case TMESH_JSON_STRING: return STRING;
    case TMESH_JSON_ARRAY: return ARRAY;
    case TMESH_JSON_OBJECT: return OBJECT;
    default: return tmesh_schema_decimal_is_integer(&value->number) ? INTEGER | NUMBER : NUMBER;
    }
}

static void check_type(tmesh_schema_run_t *run, const tmesh_schema_node_t *node,
                       const tmesh_schema_value_t *value)
{
    unsigned types = node->general->types;
    if (types == 0 || (types & types_of(value))) return;
    char names[80] = "";
    for (unsigned i = 0; i < TMESH_COUNT_OF(type_names); i++) {
        if (!(types & 1U << i)) continue;
        if (names[0]) strcat(names, " or ");
        strcat(names, type_names[i]);
    }
    tmesh_schema_run_violate(run, node, "type", value, "must be of type %s, not %s", names,
                             tmesh_schema_value_phrase(value));
}

static void violate_enum(tmesh_schema_run_t *run, const tmesh_schema_node_t *node,
                         const tmesh_schema_value_t *value)
{
    tmesh_auto(tmesh_buffer) allowed = tmesh_buffer_new();
    tmesh_schema_value_add_excerpt(node->general->list, allowed);
    tmesh_schema_run_violate(run, node, "enum", value, "must be one of %s", allowed->data);
}

static void violate_const(tmesh_schema_run_t *run, const tmesh_schema_node_t *node,
                          const tmesh_schema_value_t *value)
{
    tmesh_auto(tmesh_buffer) wanted = tmesh_buffer_new();
    tmesh_schema_value_add_excerpt(node->general->constant, wanted);
    tmesh_schema_run_violate(run, node, "const", value, "must be %s", wanted->data);
}

void tmesh_schema_general_check(tmesh_schema_run_t *run, const tmesh_schema_node_t *node,
                                const tmesh_schema_value_t *value)
{
    const tmesh_schema_general_t *self = node->general;
    check_type(run, node, value);
    if (self->list || self->constant) {
        tmesh_schema_run_charge(run, value->json.size / TMESH_SCHEMA_BYTES_PER_STEP);
    }
    if (self->list) {
        bool is_listed = tmesh_schema_set_holds(&self->values, value, &run->steps_left);
        if (!is_listed) violate_enum(run, node, value);
    }
    if (self->constant && !tmesh_schema_equality_holds(self->constant, value)) {
        violate_const(run, node, value);
    }
}
