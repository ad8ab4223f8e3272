// services/domain/canonical.h - JSON in one form only, so that equal contexts are equal bytes.
// Keys sorted by code point at every depth, no white space, minimal escapes, integers by their
// digits, other numbers as the shortest text that gives the same double (RFC 8785 where it
// applies). Pure.
#ifndef TMESH_SERVICES_DOMAIN_CANONICAL_H
#define TMESH_SERVICES_DOMAIN_CANONICAL_H

#include "runtime/base/bytes.h"

// `json` was checked (services/domain/json_text.h). Appends to `out`.
void tmesh_canonical_json(tmesh_bytes_t json, tmesh_buffer_t *out);

#endif
