#include "services/templates/schema_run.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "runtime/base/memory.h"
#include "services/templates/schema_rules.h"

// Levels of the instance times schemas for one level; each takes a few hundred bytes of the stack.
enum { DEPTH_MAX = 1000 };

bool tmesh_schema_run_is_done(const tmesh_schema_run_t *self)
{
    return self->is_over || (self->probe && self->probe->has_failed);
}

void tmesh_schema_run_charge(tmesh_schema_run_t *self, uint64_t steps)
{
    self->steps_left -= steps < self->steps_left ? steps : self->steps_left;
}

void tmesh_schema_run_check_limit(tmesh_schema_run_t *self, const tmesh_schema_node_t *node,
                                  const tmesh_schema_value_t *value)
{
    if (self->steps_left > 0 || self->is_over) return;
    tmesh_schema_run_fail(self, "schema_limit", node, "", value,
                          "the validation took too many steps and was given up");
    self->is_over = true;
}

static const char *text_of(tmesh_schema_run_t *self, const tmesh_buffer_t *buffer)
{
    return tmesh_arena_text(self->violations->arena, tmesh_buffer_text(buffer));
}

// Without a keyword, or when that is `false` itself, it is the schema's own.
static const char *schema_pointer(tmesh_schema_run_t *self, const tmesh_schema_node_t *node,
                                  const char *keyword)
{
    tmesh_auto(tmesh_buffer) pointer = tmesh_buffer_new();
    tmesh_schema_value_add_pointer(node->value, pointer);
    if (!node->is_false && keyword[0]) {
        tmesh_schema_value_add_token(tmesh_bytes_of_text(keyword), pointer);
    }
    return text_of(self, pointer);
}

static tmesh_schema_violation_t *add(tmesh_schema_violations_t *violations)
{
    if (violations->count == TMESH_SCHEMA_VIOLATIONS_MAX) {
        violations->more++;
        return NULL;
    }
    return &violations->items[violations->count++];
}

typedef struct {
    const char *code;
    const tmesh_schema_node_t *node;
    const char *keyword;
    const tmesh_schema_value_t *value;
    tmesh_bytes_t missing; // the name of a member below the value, or absent
    const char *subject;   // what the sentence begins with
} finding_t;

static void list(tmesh_schema_run_t *self, const finding_t *finding, const char *format,
                 va_list arguments)
{
    self->has_violations = true;
    tmesh_schema_violation_t *item = add(self->violations);
    if (!item) return;
    tmesh_auto(tmesh_buffer) pointer = tmesh_buffer_new();
    tmesh_schema_value_add_pointer(finding->value, pointer);
    if (finding->missing.data) tmesh_schema_value_add_token(finding->missing, pointer);
    tmesh_auto_free char *predicate = NULL;
    if (vasprintf(&predicate, format, arguments) < 0) predicate = NULL;
    item->code = finding->code;
    item->pointer = text_of(self, pointer);
    item->keyword = finding->keyword;
    item->schema_pointer = schema_pointer(self, finding->node, finding->keyword);
    item->message = tmesh_arena_printf(self->violations->arena, "%s%s", finding->subject,
                                       predicate ? predicate : "");
}

static void note(tmesh_schema_probe_t *probe, const tmesh_schema_node_t *node,
                 const char *keyword, const tmesh_schema_value_t *value)
{
    if (probe->has_failed) return;
    *probe = (tmesh_schema_probe_t){
        .has_failed = true, .node = node, .keyword = keyword, .value = value};
}

void tmesh_schema_run_violate(tmesh_schema_run_t *self, const tmesh_schema_node_t *node,
                              const char *keyword, const tmesh_schema_value_t *value,
                              const char *format, ...)
{
    if (self->probe) {
        note(self->probe, node, keyword, value);
        return;
    }
    finding_t finding = {"schema_violation", node, keyword, value, TMESH_BYTES_NONE,
                         value->is_key ? "the name of this member " : "this "};
    va_list arguments;
    va_start(arguments, format);
    list(self, &finding, format, arguments);
    va_end(arguments);
}

void tmesh_schema_run_violate_missing(tmesh_schema_run_t *self, const tmesh_schema_node_t *node,
                                      const char *keyword, const tmesh_schema_value_t *object,
                                      tmesh_bytes_t name, const char *format, ...)
{
    if (self->probe) {
        note(self->probe, node, keyword, object);
        return;
    }
    finding_t finding = {"schema_violation", node, keyword, object, name, ""};
    va_list arguments;
    va_start(arguments, format);
    list(self, &finding, format, arguments);
    va_end(arguments);
}

void tmesh_schema_run_fail(tmesh_schema_run_t *self, const char *code,
                           const tmesh_schema_node_t *node, const char *keyword,
                           const tmesh_schema_value_t *value, const char *format, ...)
{
    if (self->probe) note(self->probe, node, keyword, value);
    finding_t finding = {code, node, keyword, value, TMESH_BYTES_NONE, ""};
    va_list arguments;
    va_start(arguments, format);
    list(self, &finding, format, arguments);
    va_end(arguments);
}

static void check_rules(tmesh_schema_run_t *self, const tmesh_schema_node_t *node,
                        const tmesh_schema_value_t *value)
{
#define CHECK_RULES(name)                                                                          \
    if (node->name && !tmesh_schema_run_is_done(self)) {                                           \
        tmesh_schema_##name##_check(self, node, value);                                            \
    }
    TMESH_SCHEMA_RULES(CHECK_RULES)
#undef CHECK_RULES
}

void tmesh_schema_run_apply(tmesh_schema_run_t *self, const tmesh_schema_node_t *node,
                            const tmesh_schema_value_t *value)
{
    if (tmesh_schema_run_is_done(self)) return;
    if (self->depth == DEPTH_MAX) {
        tmesh_schema_run_fail(self, "schema_limit", node, "", value,
                              "the schema leads deeper than %d levels", DEPTH_MAX);
        self->is_over = true;
        return;
    }
    size_t bytes = value->kind == TMESH_JSON_STRING || value->kind == TMESH_JSON_NUMBER
                       ? value->json.size
                       : 0;
    tmesh_schema_run_charge(self, 1 + bytes / TMESH_SCHEMA_BYTES_PER_STEP);
    if (node->is_false) {
        tmesh_schema_run_violate(self, node, node->keyword, value, "is not allowed");
        return;
    }
    self->depth++;
    if (node->ref) tmesh_schema_run_apply(self, node->ref, value);
    check_rules(self, node, value);
    self->depth--;
    tmesh_schema_run_check_limit(self, node, value);
}

bool tmesh_schema_run_fits(tmesh_schema_run_t *self, const tmesh_schema_node_t *node,
                           const tmesh_schema_value_t *value, tmesh_schema_probe_t *probe)
{
    *probe = (tmesh_schema_probe_t){0};
    tmesh_schema_probe_t *outer = self->probe;
    self->probe = probe;
    tmesh_schema_run_apply(self, node, value);
    self->probe = outer;
    return !probe->has_failed;
}
