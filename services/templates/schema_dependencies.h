// services/templates/schema_dependencies.h - what one member of an object asks of the others.
// dependencies, dependentRequired and dependentSchemas; a part of schema_objects.c.
#ifndef TMESH_SERVICES_TEMPLATES_SCHEMA_DEPENDENCIES_H
#define TMESH_SERVICES_TEMPLATES_SCHEMA_DEPENDENCIES_H

#include "services/templates/schema_compiler.h"
#include "services/templates/schema_run.h"

typedef struct {
    const char *keyword;
    tmesh_bytes_t name;                   // of the member that asks
    const tmesh_schema_value_t *required; // names of others, or NULL
    const tmesh_schema_node_t *schema;    // for the whole object, or NULL
} tmesh_schema_dependency_t;

typedef struct {
    tmesh_schema_dependency_t *items;
    uint32_t count;
} tmesh_schema_dependencies_t;

void tmesh_schema_dependencies_read(tmesh_schema_dependencies_t *self,
                                    tmesh_schema_compiler_t *compiler,
                                    const tmesh_schema_node_t *node);
void tmesh_schema_dependencies_check(const tmesh_schema_dependencies_t *self,
                                     tmesh_schema_run_t *run, const tmesh_schema_node_t *node,
                                     const tmesh_schema_value_t *object);

#endif
