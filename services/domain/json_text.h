// services/domain/json_text.h - JSON as the bytes that it is.
// Payloads are checked and passed on verbatim: 0.1, a 30-digit integer, an escaped NUL and a lone
// surrogate come out as they came in, which a parser into numbers and strings can't promise
// (jansson refuses or alters all four). Grammar: RFC 8259. Pure; any thread.
#ifndef TMESH_SERVICES_DOMAIN_JSON_TEXT_H
#define TMESH_SERVICES_DOMAIN_JSON_TEXT_H

#include "runtime/base/bytes.h"
#include "runtime/base/error.h"

typedef struct {
    size_t bytes_max;         // of the whole text
    uint32_t depth_max;       // 1: a scalar or an empty container
    uint32_t members_max;     // keys of one object, items of one array
    uint32_t string_chars_max; // characters of one string or key, as they are written
} tmesh_json_limits_t;

// SPEC 2.1: contexts. 1 MiB, depth 10, 1,000 members, 10,000 characters.
extern const tmesh_json_limits_t tmesh_json_limits_context;
// SPEC 5.2: results. 1 MiB; the structure is the worker's own business, within reason.
extern const tmesh_json_limits_t tmesh_json_limits_result;

typedef enum {
    TMESH_JSON_ABSENT,
    TMESH_JSON_NULL,
    TMESH_JSON_BOOL,
    TMESH_JSON_NUMBER,
    TMESH_JSON_STRING,
    TMESH_JSON_ARRAY,
    TMESH_JSON_OBJECT,
} tmesh_json_kind_t;

// The kind of a text that was checked; looks at its first byte only.
tmesh_json_kind_t tmesh_json_kind(tmesh_bytes_t json);

// TMESH_OK, or TMESH_ERR_INVALID with *fault_p set (yours): code "invalid_json", "too_large",
// "too_deep", "too_many_members" or "string_too_long", `where` a JSON pointer below `base`.
// Duplicate keys within one object are refused ("duplicate_key").
tmesh_err_t tmesh_json_check(tmesh_bytes_t json, const tmesh_json_limits_t *limits,
                             const char *base, tmesh_fault_t **fault_p);

// The value of a member of a checked object, or absent bytes. The key is plain text; keys in the
// text that use escapes are compared after unescaping.
tmesh_bytes_t tmesh_json_member(tmesh_bytes_t object, const char *key);

// Walks the members of a checked object or the items of a checked array: start with *position = 0;
// false at the end. key (with its quotes, as written) is absent for arrays; may be NULL.
bool tmesh_json_next(tmesh_bytes_t container, size_t *position, tmesh_bytes_t *key,
                     tmesh_bytes_t *value);

// The text without white space between tokens, appended to `out`.
void tmesh_json_compact(tmesh_bytes_t json, tmesh_buffer_t *out);
// Appends a quoted JSON string; bytes that are not UTF-8 become U+FFFD.
void tmesh_json_add_string(tmesh_buffer_t *out, const char *text);
// The unescaped text of a checked JSON string as UTF-8, appended to `out`.
// A lone surrogate becomes U+FFFD.
void tmesh_json_unescape(tmesh_bytes_t string, tmesh_buffer_t *out);

#endif
