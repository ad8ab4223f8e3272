// services/templates/plain_scalar.h - what a YAML scalar without quotes means.
// The core schema of YAML 1.2: null, booleans, integers and floats by pattern, all else a string.
// So `on`, `yes` and 1.2.3 are strings, and 012 is twelve.
#ifndef TMESH_SERVICES_TEMPLATES_PLAIN_SCALAR_H
#define TMESH_SERVICES_TEMPLATES_PLAIN_SCALAR_H

#include "services/templates/value.h"

// Sets kind and number from self->text. NULL, or why JSON has no such value (infinity, not a
// number, a hexadecimal or octal number of more than 64 bits).
const char *tmesh_plain_scalar_resolve(tmesh_value_t *self, tmesh_arena_t *arena);

#endif
