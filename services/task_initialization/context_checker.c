#include "services/task_initialization/context_checker.h"

#include <stdio.h>

#include "runtime/base/map.h"
#include "runtime/base/memory.h"
#include "services/domain/json_text.h"
#include "services/templates/schema.h"

struct tmesh_context_checker {
    tmesh_map_t *schemas; // definition id -> tmesh_schema_t
};

tmesh_context_checker_t *tmesh_context_checker_new(void)
{
    tmesh_context_checker_t *self = tmesh_alloc(sizeof *self);
    self->schemas = tmesh_map_new();
    return self;
}

void tmesh_context_checker_destroy(tmesh_context_checker_t **self_p)
{
    tmesh_context_checker_t *self = *self_p;
    if (!self) return;
    size_t position = 0;
    for (tmesh_schema_t *schema; (schema = tmesh_map_next(self->schemas, &position));) {
        tmesh_schema_destroy(&schema);
    }
    tmesh_map_destroy(&self->schemas);
    tmesh_free(self);
    *self_p = NULL;
}

static void ignore_issue(void *self, const tmesh_schema_issue_t *issue)
{
    (void)self;
    (void)issue; // it was compiled, and heard, when the template was registered
}

// NULL when the stored schema can't be compiled any more: by an older version of this program it
// was registered unchecked, and its tasks go on as they did.
static const tmesh_schema_t *schema_of(tmesh_context_checker_t *self, int64_t definition_id,
                                       const char *json)
{
    tmesh_schema_t *schema = tmesh_map_get(self->schemas, &definition_id, sizeof definition_id);
    if (schema) return schema;
    tmesh_err_t err =
        tmesh_schema_compile(tmesh_bytes_of_text(json), ignore_issue, NULL, &schema);
    if (err) return NULL;
    tmesh_map_put(self->schemas, &definition_id, sizeof definition_id, schema);
    return schema;
}

static void add_violation(tmesh_buffer_t *out, const tmesh_schema_violation_t *violation)
{
    const char *const members[][2] = {
        {"{\"pointer\":", violation->pointer},
        {",\"keyword\":", violation->keyword},
        {",\"schema_pointer\":", violation->schema_pointer},
        {",\"message\":", violation->message},
    };
    for (size_t i = 0; i < TMESH_COUNT_OF(members); i++) {
        tmesh_buffer_add_text(out, members[i][0]);
        tmesh_json_add_string(out, members[i][1]);
    }
    tmesh_buffer_add_text(out, "}");
}

static tmesh_fault_t *refusal(const tmesh_schema_violations_t *violations)
{
    const tmesh_schema_violation_t *first = &violations->items[0];
    char where[192];
    snprintf(where, sizeof where, "/context%.180s", first->pointer);
    tmesh_fault_t *fault =
        tmesh_fault_new(TMESH_ERR_INVALID, "input_schema_violation", where, "%s%s", first->message,
                        violations->count > 1 ? " (and more, see details)" : "");
    tmesh_auto(tmesh_buffer) details = tmesh_buffer_new();
    tmesh_buffer_add_text(details, "{\"violations\":[");
    for (size_t i = 0; i < violations->count; i++) {
        if (i) tmesh_buffer_add_text(details, ",");
        add_violation(details, &violations->items[i]);
    }
    tmesh_buffer_printf(details, "],\"more\":%zu}", violations->more);
    tmesh_fault_set_details(fault, tmesh_buffer_text(details));
    return fault;
}

tmesh_fault_t *tmesh_context_checker_object(tmesh_context_checker_t *self, int64_t definition_id,
                                            const tmesh_definition_t *definition,
                                            tmesh_bytes_t context)
{
    if (!definition->input_schema_json) return NULL;
    const tmesh_schema_t *schema =
        schema_of(self, definition_id, definition->input_schema_json);
    if (!schema) return NULL;
    tmesh_auto(tmesh_schema_violations) violations = tmesh_schema_violations_new();
    tmesh_bytes_t given = context.data ? context : tmesh_bytes_of_text("{}");
    return tmesh_schema_validate(schema, given, violations) ? NULL : refusal(violations);
}
