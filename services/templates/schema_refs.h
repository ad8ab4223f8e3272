// services/templates/schema_refs.h - where a $ref leads: by JSON pointer or by name, in one schema.
#ifndef TMESH_SERVICES_TEMPLATES_SCHEMA_REFS_H
#define TMESH_SERVICES_TEMPLATES_SCHEMA_REFS_H

#include "services/templates/schema_compiler.h"

// Remembers the $ref of a schema, if it has one.
void tmesh_schema_refs_read(tmesh_schema_compiler_t *compiler, tmesh_schema_node_t *node);
// Once all schemas are known: follows each, compiling what was not taken for a schema before.
void tmesh_schema_refs_follow(tmesh_schema_compiler_t *compiler);

#endif
