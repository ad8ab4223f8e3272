// services/templates/schema_pattern_property.h - the names behind \p, of ECMA-262 and of PCRE2.
#ifndef TMESH_SERVICES_TEMPLATES_SCHEMA_PATTERN_PROPERTY_H
#define TMESH_SERVICES_TEMPLATES_SCHEMA_PATTERN_PROPERTY_H

#include "runtime/base/bytes.h"

// Appends \p{...}: long names of categories by their letters, others as they are (PCRE2 knows
// scripts and binary properties, and says so when it does not).
void tmesh_schema_pattern_property_add(tmesh_bytes_t name, bool is_negated, tmesh_buffer_t *out);

#endif
