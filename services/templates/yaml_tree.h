// services/templates/yaml_tree.h - builds a tree from what a YAML parser meets on its way.
// Knows anchors, merge keys and the limits of value.h; has never heard of a parser.
#ifndef TMESH_SERVICES_TEMPLATES_YAML_TREE_H
#define TMESH_SERVICES_TEMPLATES_YAML_TREE_H

#include "services/templates/parse.h"
#include "services/templates/value.h"

typedef struct tmesh_yaml_tree tmesh_yaml_tree_t;

// What stands before a node, absent when it is not there.
typedef struct {
    tmesh_bytes_t anchor;
    tmesh_bytes_t tag; // in full: "tag:yaml.org,2002:str"
} tmesh_yaml_properties_t;

// The arena and the report are lent; the nodes live in the arena.
tmesh_yaml_tree_t *tmesh_yaml_tree_new(tmesh_arena_t *arena, tmesh_template_report_t *report);
void tmesh_yaml_tree_destroy(tmesh_yaml_tree_t **self_p);

// Each returns false when the document is refused; the report then says why. The texts are copied.
bool tmesh_yaml_tree_open(tmesh_yaml_tree_t *self, tmesh_value_kind_t kind, uint32_t line,
                          uint32_t column, const tmesh_yaml_properties_t *properties);
bool tmesh_yaml_tree_close(tmesh_yaml_tree_t *self);
bool tmesh_yaml_tree_scalar(tmesh_yaml_tree_t *self, tmesh_bytes_t text, bool is_plain,
                            uint32_t line, uint32_t column,
                            const tmesh_yaml_properties_t *properties);
bool tmesh_yaml_tree_alias(tmesh_yaml_tree_t *self, tmesh_bytes_t anchor, uint32_t line,
                           uint32_t column);
// NULL until a whole document was seen.
tmesh_value_t *tmesh_yaml_tree_root(const tmesh_yaml_tree_t *self);

#endif
