// services/templates/schema_pattern_text.h - an ECMA-262 pattern, written for PCRE2.
// The two agree on most things; this is where they don't: \d \w \s and the dot mean what ECMA says
// they mean, \u and \x are read here, and what ECMA refuses is refused, with few exceptions.
#ifndef TMESH_SERVICES_TEMPLATES_SCHEMA_PATTERN_TEXT_H
#define TMESH_SERVICES_TEMPLATES_SCHEMA_PATTERN_TEXT_H

#include "runtime/base/bytes.h"

// Appends the pattern, as UTF-8 for PCRE2_UTF without PCRE2_UCP. NULL, or why it is not a pattern.
const char *tmesh_schema_pattern_text_translate(tmesh_bytes_t pattern, tmesh_buffer_t *out);

#endif
