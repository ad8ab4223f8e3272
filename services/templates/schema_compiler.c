#include "services/templates/schema_compiler.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "runtime/base/memory.h"
#include "services/templates/schema_loops.h"
#include "services/templates/schema_refs.h"
#include "services/templates/schema_rules.h"
#include "services/templates/schema_words.h"

void tmesh_schema_compiler_tell(tmesh_schema_compiler_t *self, bool is_error, const char *code,
                                const tmesh_schema_value_t *at, const char *format, ...)
{
    tmesh_auto_free char *message = NULL;
    va_list arguments;
    va_start(arguments, format);
    if (vasprintf(&message, format, arguments) < 0) message = NULL;
    va_end(arguments);
    tmesh_auto(tmesh_buffer) pointer = tmesh_buffer_new();
    tmesh_schema_value_add_pointer(at, pointer);
    tmesh_schema_issue_t issue = {.is_error = is_error, .code = code};
    issue.pointer = tmesh_buffer_text(pointer);
    issue.message = message ? message : "";
    if (is_error) self->error_count++;
    self->told(self->told_self, &issue);
}

const tmesh_schema_value_t *tmesh_schema_compiler_find(const tmesh_schema_compiler_t *self,
                                                       const tmesh_schema_node_t *node,
                                                       const char *keyword)
{
    tmesh_bytes_t name = tmesh_bytes_of_text(keyword);
    const tmesh_schema_value_t *value = tmesh_schema_value_find(node->value, name);
    return value && tmesh_schema_words_has(name, self->is_draft_7) ? value : NULL;
}

static const char *phrase_of_kind(tmesh_json_kind_t kind)
{
    switch (kind) {
    case TMESH_JSON_BOOL: return "true or false";
    case TMESH_JSON_NUMBER: return "a number";
    case TMESH_JSON_STRING: return "a string";
    case TMESH_JSON_ARRAY: return "an array";
    default: return "an object";
    }
}

const tmesh_schema_value_t *tmesh_schema_compiler_find_kind(tmesh_schema_compiler_t *self,
                                                            const tmesh_schema_node_t *node,
                                                            const char *keyword,
                                                            tmesh_json_kind_t kind)
{
    const tmesh_schema_value_t *value = tmesh_schema_compiler_find(self, node, keyword);
    if (!value || value->kind == kind) return value;
    tmesh_schema_compiler_refuse(self, value, "%s must be %s, not %s", keyword,
                                 phrase_of_kind(kind), tmesh_schema_value_phrase(value));
    return NULL;
}

bool tmesh_schema_compiler_count(tmesh_schema_compiler_t *self, const tmesh_schema_node_t *node,
                                 const char *keyword, uint64_t *count)
{
    const tmesh_schema_value_t *value = tmesh_schema_compiler_find(self, node, keyword);
    if (!value) return false;
    if (value->kind == TMESH_JSON_NUMBER && tmesh_schema_decimal_to_count(&value->number, count)) {
        return true;
    }
    tmesh_schema_compiler_refuse(self, value, "%s must be an integer of at least 0", keyword);
    return false;
}

bool tmesh_schema_compiler_are_names(tmesh_schema_compiler_t *self,
                                     const tmesh_schema_value_t *array)
{
    size_t errors_before = self->error_count;
    if (array->kind != TMESH_JSON_ARRAY) {
        tmesh_schema_compiler_refuse(self, array, "this must be an array of strings, not %s",
                                     tmesh_schema_value_phrase(array));
        return false;
    }
    tmesh_auto(tmesh_map) seen = tmesh_map_new();
    for (uint32_t i = 0; i < array->count; i++) {
        const tmesh_schema_value_t *item = array->members[i].value;
        if (item->kind != TMESH_JSON_STRING) {
            tmesh_schema_compiler_refuse(self, item, "this must be a string, not %s",
                                         tmesh_schema_value_phrase(item));
        } else if (tmesh_map_put(seen, item->text.data, item->text.size, (void *)item)) {
            tmesh_schema_compiler_refuse(self, item, "this is there twice");
        }
    }
    return self->error_count == errors_before;
}

const tmesh_schema_pattern_t *tmesh_schema_compiler_pattern(tmesh_schema_compiler_t *self,
                                                            const tmesh_schema_value_t *text)
{
    tmesh_auto(tmesh_buffer) why = tmesh_buffer_new();
    const tmesh_schema_pattern_t *pattern =
        tmesh_schema_pattern_new(text->text, self->arena, why);
    if (!pattern) {
        tmesh_schema_compiler_refuse(self, text, "this is no regular expression: %s",
                                     tmesh_buffer_text(why));
    }
    return pattern;
}

void tmesh_schema_compiler_add_edge(tmesh_schema_compiler_t *self,
                                    const tmesh_schema_node_t *from,
                                    const tmesh_schema_node_t *to)
{
    tmesh_schema_edge_t edge = {.from = from->number, .to = to->number};
    tmesh_buffer_add(self->edges, &edge, sizeof edge);
}

static const tmesh_schema_node_t *schema_of(tmesh_schema_compiler_t *self,
                                            const tmesh_schema_node_t *node,
                                            const tmesh_schema_value_t *value,
                                            const char *keyword, tmesh_schema_reach_t reach)
{
    const tmesh_schema_node_t *schema = tmesh_schema_compiler_node(self, value, keyword);
    if (schema && reach == TMESH_SCHEMA_IN_PLACE) {
        tmesh_schema_compiler_add_edge(self, node, schema);
    }
    return schema;
}

const tmesh_schema_node_t *tmesh_schema_compiler_schema(tmesh_schema_compiler_t *self,
                                                        const tmesh_schema_node_t *node,
                                                        const char *keyword,
                                                        tmesh_schema_reach_t reach)
{
    const tmesh_schema_value_t *value = tmesh_schema_compiler_find(self, node, keyword);
    return value ? schema_of(self, node, value, keyword, reach) : NULL;
}

tmesh_schema_nodes_t tmesh_schema_compiler_schemas(tmesh_schema_compiler_t *self,
                                                   const tmesh_schema_node_t *node,
                                                   const char *keyword,
                                                   tmesh_schema_reach_t reach)
{
    tmesh_schema_nodes_t nodes = {0};
    const tmesh_schema_value_t *array =
        tmesh_schema_compiler_find_kind(self, node, keyword, TMESH_JSON_ARRAY);
    if (!array) return nodes;
    if (array->count == 0) {
        tmesh_schema_compiler_refuse(self, array, "%s must hold at least one schema", keyword);
    }
    nodes.items = tmesh_arena_alloc(self->arena, array->count * sizeof *nodes.items);
    for (uint32_t i = 0; i < array->count; i++) {
        const tmesh_schema_node_t *schema =
            schema_of(self, node, array->members[i].value, keyword, reach);
        if (schema) nodes.items[nodes.count++] = schema;
    }
    return nodes;
}

// An anchor is a name for a place; draft 7 writes it as an $id that is a fragment.
static void read_anchor(tmesh_schema_compiler_t *self, const tmesh_schema_node_t *node)
{
    const tmesh_schema_value_t *id =
        tmesh_schema_compiler_find_kind(self, node, "$id", TMESH_JSON_STRING);
    const tmesh_schema_value_t *anchor =
        tmesh_schema_compiler_find_kind(self, node, "$anchor", TMESH_JSON_STRING);
    tmesh_bytes_t name = anchor ? anchor->text : TMESH_BYTES_NONE;
    if (self->is_draft_7 && id && id->text.size > 1 && id->text.data[0] == '#') {
        anchor = id;
        name = tmesh_bytes(id->text.data + 1, id->text.size - 1);
    }
    if (!name.data) return;
    if (tmesh_map_put(self->anchors, name.data, name.size, (void *)node)) {
        tmesh_schema_compiler_refuse(self, anchor, "another schema has this name, too");
    }
}

static void read_definitions(tmesh_schema_compiler_t *self, const tmesh_schema_node_t *node,
                             const char *keyword)
{
    const tmesh_schema_value_t *map =
        tmesh_schema_compiler_find_kind(self, node, keyword, TMESH_JSON_OBJECT);
    for (uint32_t i = 0; map && i < map->count; i++) {
        (void)tmesh_schema_compiler_node(self, map->members[i].value, "false");
    }
}

static void read_schema(tmesh_schema_compiler_t *self, tmesh_schema_node_t *node)
{
    tmesh_schema_words_check(self, node);
    read_definitions(self, node, "$defs");
    read_definitions(self, node, "definitions");
    bool has_ref = tmesh_schema_compiler_find(self, node, "$ref") != NULL;
    tmesh_schema_refs_read(self, node);
    if (has_ref && self->is_draft_7) return;
    read_anchor(self, node);
#define READ_RULES(name) node->name = tmesh_schema_##name##_read(self, node);
    TMESH_SCHEMA_RULES(READ_RULES)
#undef READ_RULES
}

const tmesh_schema_node_t *tmesh_schema_compiler_node(tmesh_schema_compiler_t *self,
                                                      const tmesh_schema_value_t *value,
                                                      const char *keyword)
{
    tmesh_schema_node_t *node = tmesh_map_get(self->nodes, &value, sizeof value);
    if (node) return node;
    if (value->kind != TMESH_JSON_OBJECT && value->kind != TMESH_JSON_BOOL) {
        tmesh_schema_compiler_refuse(self, value, "a schema is an object, true or false, not %s",
                                     tmesh_schema_value_phrase(value));
        return NULL;
    }
    node = tmesh_arena_alloc(self->arena, sizeof *node);
    node->number = (uint32_t)tmesh_map_count(self->nodes);
    node->value = value;
    node->keyword = keyword;
    node->is_false = value->kind == TMESH_JSON_BOOL && !tmesh_schema_value_is_true(value);
    tmesh_map_put(self->nodes, &value, sizeof value, node);
    const tmesh_schema_node_t *kept = node;
    tmesh_buffer_add(self->by_number, &kept, sizeof kept);
    if (value->kind == TMESH_JSON_OBJECT) read_schema(self, node);
    return node;
}

static bool is_uri(tmesh_bytes_t text, const char *uri)
{
    if (text.size > 0 && text.data[text.size - 1] == '#') text.size--;
    return tmesh_bytes_equal_text(text, uri);
}

static void read_draft(tmesh_schema_compiler_t *self)
{
    const tmesh_schema_value_t *draft =
        tmesh_schema_value_find(self->root, tmesh_bytes_of_text("$schema"));
    if (!draft) return;
    if (draft->kind != TMESH_JSON_STRING) {
        tmesh_schema_compiler_refuse(self, draft, "$schema must be a string");
    } else if (is_uri(draft->text, "http://json-schema.org/draft-07/schema") ||
               is_uri(draft->text, "https://json-schema.org/draft-07/schema")) {
        self->is_draft_7 = true;
    } else if (!is_uri(draft->text, "https://json-schema.org/draft/2020-12/schema") &&
               !is_uri(draft->text, "http://json-schema.org/draft/2020-12/schema")) {
        tmesh_schema_compiler_tell(self, true, "UNSUPPORTED_SCHEMA_KEYWORD", draft,
                                   "only the drafts 2020-12 and 7 are supported");
    }
}

const tmesh_schema_node_t *tmesh_schema_compiler_run(tmesh_schema_compiler_t *self)
{
    read_draft(self);
    const tmesh_schema_node_t *root = tmesh_schema_compiler_node(self, self->root, "false");
    tmesh_schema_refs_follow(self);
    tmesh_schema_loops_check(self);
    return self->error_count == 0 ? root : NULL;
}
