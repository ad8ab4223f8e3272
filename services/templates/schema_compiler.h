// services/templates/schema_compiler.h - from the text of a schema to nodes.
// For schema.c, and for the sources of schema_rules.h, which take their keywords from here. What is
// wrong is told and then counts as absent, so one schema shows all its mistakes at once.
#ifndef TMESH_SERVICES_TEMPLATES_SCHEMA_COMPILER_H
#define TMESH_SERVICES_TEMPLATES_SCHEMA_COMPILER_H

#include "runtime/base/map.h"
#include "services/templates/schema.h"
#include "services/templates/schema_node.h"
#include "services/templates/schema_pattern.h"

// A node whose in-place schemas judge the very same value as itself: a circle of such edges would
// never come to an end.
typedef struct {
    uint32_t from;
    uint32_t to;
} tmesh_schema_edge_t;

typedef struct {
    tmesh_schema_node_t *node;
    const tmesh_schema_value_t *text; // of its $ref
} tmesh_schema_reference_t;

typedef struct tmesh_schema_compiler {
    tmesh_arena_t *arena; // of the nodes; lent
    tmesh_schema_told_t *told;
    void *told_self;
    const tmesh_schema_value_t *root;
    bool is_draft_7;
    size_t error_count;
    tmesh_map_t *nodes;         // by the address of the value
    tmesh_map_t *anchors;       // nodes by name
    tmesh_buffer_t *by_number;  // of const tmesh_schema_node_t *
    tmesh_buffer_t *edges;      // of tmesh_schema_edge_t
    tmesh_buffer_t *references; // of tmesh_schema_reference_t, still to be followed
} tmesh_schema_compiler_t;

// Everything below the root; the root's node, or NULL after it has told why not.
const tmesh_schema_node_t *tmesh_schema_compiler_run(tmesh_schema_compiler_t *self);
// The node of a value, compiled now unless it was before. NULL when it is no schema.
const tmesh_schema_node_t *tmesh_schema_compiler_node(tmesh_schema_compiler_t *self,
                                                      const tmesh_schema_value_t *value,
                                                      const char *keyword);
void tmesh_schema_compiler_add_edge(tmesh_schema_compiler_t *self,
                                    const tmesh_schema_node_t *from,
                                    const tmesh_schema_node_t *to);

void tmesh_schema_compiler_tell(tmesh_schema_compiler_t *self, bool is_error, const char *code,
                                const tmesh_schema_value_t *at, const char *format, ...)
    __attribute__((format(printf, 5, 6)));
#define tmesh_schema_compiler_refuse(self, at, ...)                                                \
    tmesh_schema_compiler_tell(self, true, "BAD_SCHEMA", at, __VA_ARGS__)

// The value of a keyword, of any kind; NULL when it is absent or has no meaning in this draft.
const tmesh_schema_value_t *tmesh_schema_compiler_find(const tmesh_schema_compiler_t *self,
                                                       const tmesh_schema_node_t *node,
                                                       const char *keyword);
// The same, if it is of that kind; otherwise it is refused.
const tmesh_schema_value_t *tmesh_schema_compiler_find_kind(tmesh_schema_compiler_t *self,
                                                            const tmesh_schema_node_t *node,
                                                            const char *keyword,
                                                            tmesh_json_kind_t kind);
// For minLength and its like: *count is untouched unless the result is true.
bool tmesh_schema_compiler_count(tmesh_schema_compiler_t *self, const tmesh_schema_node_t *node,
                                 const char *keyword, uint64_t *count);
// Strings, all different; false when `array` holds anything else.
bool tmesh_schema_compiler_are_names(tmesh_schema_compiler_t *self,
                                     const tmesh_schema_value_t *array);
const tmesh_schema_pattern_t *tmesh_schema_compiler_pattern(tmesh_schema_compiler_t *self,
                                                            const tmesh_schema_value_t *text);

// Does a schema judge the value that its owner judges, or one below it?
typedef enum { TMESH_SCHEMA_IN_PLACE, TMESH_SCHEMA_BELOW } tmesh_schema_reach_t;

const tmesh_schema_node_t *tmesh_schema_compiler_schema(tmesh_schema_compiler_t *self,
                                                        const tmesh_schema_node_t *node,
                                                        const char *keyword,
                                                        tmesh_schema_reach_t reach);
// A list of schemas, not empty; none when the keyword is absent.
tmesh_schema_nodes_t tmesh_schema_compiler_schemas(tmesh_schema_compiler_t *self,
                                                   const tmesh_schema_node_t *node,
                                                   const char *keyword,
                                                   tmesh_schema_reach_t reach);

#endif
