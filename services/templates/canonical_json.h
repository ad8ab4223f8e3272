// services/templates/canonical_json.h - a tree as the one JSON text that stands for it.
// Keys in the order of their code points, no white space, numbers by their digits, strings with the
// fewest escapes.
#ifndef TMESH_SERVICES_TEMPLATES_CANONICAL_JSON_H
#define TMESH_SERVICES_TEMPLATES_CANONICAL_JSON_H

#include "services/templates/value.h"

// Appends to `out`; false, with `out` unfinished, once it holds more than TMESH_VALUE_BYTES_MAX.
bool tmesh_canonical_json_add(tmesh_buffer_t *out, const tmesh_value_t *value);

#endif
