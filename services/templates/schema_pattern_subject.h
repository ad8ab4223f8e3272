// services/templates/schema_pattern_subject.h - text as PCRE2 will have it: valid UTF-8.
// A lone surrogate is one character, here a code point of the private plane 16; patterns write it
// in the same way.
#ifndef TMESH_SERVICES_TEMPLATES_SCHEMA_PATTERN_SUBJECT_H
#define TMESH_SERVICES_TEMPLATES_SCHEMA_PATTERN_SUBJECT_H

#include "runtime/base/bytes.h"

// The code point itself, or the one that stands for a surrogate.
uint32_t tmesh_schema_pattern_subject_character(uint32_t code_point);
// `text` is UTF-8 but for surrogates, which have three bytes. Is it free of them?
bool tmesh_schema_pattern_subject_is_utf8(tmesh_bytes_t text);
void tmesh_schema_pattern_subject_add(tmesh_bytes_t text, tmesh_buffer_t *out);

#endif
