// services/templates/schema.h - JSON Schema, drafts 2020-12 and 7: what an input must look like.
// `$schema` says which draft, and it is 2020-12 when absent. Numbers are compared by their digits,
// patterns are ECMA-262 run by PCRE2. `format` and annotations have no effect. A compiled schema is
// immutable: any number of threads may validate with it at once.
#ifndef TMESH_SERVICES_TEMPLATES_SCHEMA_H
#define TMESH_SERVICES_TEMPLATES_SCHEMA_H

#include "runtime/base/bytes.h"
#include "runtime/base/error.h"

typedef struct tmesh_schema tmesh_schema_t;

// What is wrong with a schema, lent for the call. Codes of errors: BAD_SCHEMA (not a schema, a
// value of the wrong type, a reference to nowhere or to itself), UNSUPPORTED_SCHEMA_KEYWORD (part
// of JSON Schema, but not of this one). Of warnings: UNKNOWN_SCHEMA_KEYWORD and, beside $ref in
// draft 7, IGNORED_SCHEMA_KEYWORD.
typedef struct {
    bool is_error;
    const char *code;
    const char *pointer; // JSON pointer into the schema
    const char *message; // a sentence
} tmesh_schema_issue_t;

typedef void tmesh_schema_told_t(void *self, const tmesh_schema_issue_t *issue);

// TMESH_OK sets *schema_p (yours). TMESH_ERR_INVALID: `told` has heard of every error. Warnings are
// told either way. The text is copied.
tmesh_err_t tmesh_schema_compile(tmesh_bytes_t json, tmesh_schema_told_t *told, void *told_self,
                                 tmesh_schema_t **schema_p);
void tmesh_schema_destroy(tmesh_schema_t **self_p);

enum {
    TMESH_SCHEMA_VIOLATIONS_MAX = 100,
    TMESH_SCHEMA_STEPS_MAX = 10000000, // of one validation: some tenths of a second
};

typedef struct {
    // schema_violation; or why it can't be known whether there is one: pattern_limit (one pattern
    // took too many steps on one text), schema_limit (the whole validation did, or went too deep),
    // or a code of json_text.h: invalid_json, too_deep ...
    const char *code;
    const char *pointer;        // JSON pointer into the instance; of a missing member: its place
    const char *keyword;        // "minimum"; "false" for a schema that is just false
    const char *schema_pointer; // JSON pointer into the schema: where the keyword is written
    const char *message;        // a sentence
} tmesh_schema_violation_t;

// The texts belong to it and go with it.
typedef struct tmesh_schema_violations {
    tmesh_schema_violation_t *items; // in the order of the instance, or nearly so
    size_t count;                    // at most TMESH_SCHEMA_VIOLATIONS_MAX
    size_t more;                     // were found and are not listed
    struct tmesh_arena *arena;
} tmesh_schema_violations_t;

tmesh_schema_violations_t *tmesh_schema_violations_new(void);
void tmesh_schema_violations_destroy(tmesh_schema_violations_t **self_p);

// True when the instance fits; otherwise every violation has been added to `violations`. Where one
// of several schemas would do (anyOf, oneOf), that none does is one violation, which names the
// nearest. Any bytes may be given: what is not JSON, or deeper than 64 levels, does not fit.
bool tmesh_schema_validate(const tmesh_schema_t *self, tmesh_bytes_t instance_json,
                           tmesh_schema_violations_t *violations);

#endif
