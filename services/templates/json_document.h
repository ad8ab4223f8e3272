// services/templates/json_document.h - JSON text to a tree, numbers by their digits.
// YAML 1.2 nearly holds JSON, but not its surrogate pairs in escapes nor its tabs; so JSON that is
// JSON is read as such.
#ifndef TMESH_SERVICES_TEMPLATES_JSON_DOCUMENT_H
#define TMESH_SERVICES_TEMPLATES_JSON_DOCUMENT_H

#include "services/templates/value.h"

// The root, in `arena`; NULL when the text is not JSON within the limits of value.h.
tmesh_value_t *tmesh_json_document_read(tmesh_bytes_t text, tmesh_arena_t *arena);

#endif
