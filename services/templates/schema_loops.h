// services/templates/schema_loops.h - finds schemas that lead back to themselves without having
// gone into the value: {"$ref": "#"} would be followed for ever.
#ifndef TMESH_SERVICES_TEMPLATES_SCHEMA_LOOPS_H
#define TMESH_SERVICES_TEMPLATES_SCHEMA_LOOPS_H

#include "services/templates/schema_compiler.h"

// Refuses each (BAD_SCHEMA), where it closes.
void tmesh_schema_loops_check(tmesh_schema_compiler_t *compiler);

#endif
