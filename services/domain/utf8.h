// services/domain/utf8.h - one character of UTF-8 at a time.
// Strict: no overlong forms, no surrogates, nothing above U+10FFFF. Pure; any thread.
#ifndef TMESH_SERVICES_DOMAIN_UTF8_H
#define TMESH_SERVICES_DOMAIN_UTF8_H

#include "runtime/base/bytes.h"

// The bytes of the character at `at`, 1 to 4; 0 when it is malformed or cut off by `end`.
size_t tmesh_utf8_size(const char *at, const char *end);
// The position of the first byte that is not UTF-8, text.size when all of it is.
size_t tmesh_utf8_valid_bytes(tmesh_bytes_t text);
// The number of characters in valid UTF-8.
size_t tmesh_utf8_count(tmesh_bytes_t text);
// Appends a code point. Surrogates get the three bytes that their number asks for: whoever shows
// the text to others replaces them first.
void tmesh_utf8_add(tmesh_buffer_t *out, uint32_t code_point);

#endif
