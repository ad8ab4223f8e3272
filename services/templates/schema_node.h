// services/templates/schema_node.h - one schema of a schema, compiled.
// Nodes form a graph: references may lead back up. They live in the schema's arena and never change
// once all are compiled.
#ifndef TMESH_SERVICES_TEMPLATES_SCHEMA_NODE_H
#define TMESH_SERVICES_TEMPLATES_SCHEMA_NODE_H

#include "services/templates/schema_value.h"

// The keywords by what they look at; one source each, schema_numbers.c and so on.
#define TMESH_SCHEMA_RULES(X)                                                                      \
    X(general)                                                                                     \
    X(numbers)                                                                                     \
    X(strings)                                                                                     \
    X(arrays)                                                                                      \
    X(objects)                                                                                     \
    X(applicators)

#define TMESH_SCHEMA_RULES_TYPE(name) typedef struct tmesh_schema_##name tmesh_schema_##name##_t;
TMESH_SCHEMA_RULES(TMESH_SCHEMA_RULES_TYPE)
#undef TMESH_SCHEMA_RULES_TYPE

typedef struct tmesh_schema_node tmesh_schema_node_t;

struct tmesh_schema_node {
    uint32_t number;                   // among all nodes, from 0
    bool is_false;                     // the schema `false`; `true` is a node without rules
    const tmesh_schema_value_t *value; // where it is written
    const char *keyword;               // that it was written under; "false": none, a definition
    const tmesh_schema_node_t *ref;    // where its $ref leads, or NULL
#define TMESH_SCHEMA_RULES_FIELD(name) const tmesh_schema_##name##_t *name; // NULL: no such keyword
    TMESH_SCHEMA_RULES(TMESH_SCHEMA_RULES_FIELD)
#undef TMESH_SCHEMA_RULES_FIELD
};

typedef struct {
    const tmesh_schema_node_t **items;
    uint32_t count;
} tmesh_schema_nodes_t;

#endif
