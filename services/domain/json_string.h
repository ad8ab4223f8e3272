// services/domain/json_string.h - what is between two quotes: escapes, read and written.
// For those who build on json_text.h; the two functions that others need are declared there.
#ifndef TMESH_SERVICES_DOMAIN_JSON_STRING_H
#define TMESH_SERVICES_DOMAIN_JSON_STRING_H

#include "runtime/base/bytes.h"

// The code point at *at, inside a checked string, escaped or not; *at moves behind it. Two escapes
// that form a pair are one code point; a lone surrogate is returned as it is.
uint32_t tmesh_json_string_next(const char **at, const char *end);
// Like tmesh_json_unescape, but lone surrogates stay apart from each other and from U+FFFD, so two
// results are equal only if the strings are.
void tmesh_json_string_key(tmesh_bytes_t string, tmesh_buffer_t *out);
// Like tmesh_json_add_string, for text that may hold zero bytes.
void tmesh_json_string_add(tmesh_buffer_t *out, tmesh_bytes_t text);

#endif
