// services/templates/parse.h - from YAML or JSON text to a checked definition (SPEC 1).
#ifndef TMESH_SERVICES_TEMPLATES_PARSE_H
#define TMESH_SERVICES_TEMPLATES_PARSE_H

#include "runtime/base/error.h"
#include "services/templates/definition.h"

// Everything found in one file: refusals and warnings, each with its place.
typedef struct {
    bool is_error;     // otherwise a warning
    char code[48];     // stable: "CYCLE_DETECTED", "UNKNOWN_FIELD", "YAML_SYNTAX" ...
    char where[160];   // JSON pointer into the template; may be empty
    uint32_t line;     // from 1; 0 when unknown
    uint32_t column;   // from 1
    char message[384];
} tmesh_template_issue_t;

typedef struct tmesh_template_report {
    char file[256];
    tmesh_template_issue_t *issues;
    size_t count;
    size_t error_count;
    tmesh_bytes_t source; // what was read of a file, lent with the report; absent: nothing
} tmesh_template_report_t;

tmesh_template_report_t *tmesh_template_report_new(const char *file);
void tmesh_template_report_destroy(tmesh_template_report_t **self_p);
void tmesh_template_report_add(tmesh_template_report_t *self, const tmesh_template_issue_t *issue);

// What one file may have; a larger text is refused unread (TOO_LARGE).
enum { TMESH_TEMPLATE_BYTES_MAX = 4 * 1024 * 1024 };

// Parses, applies `environments.<environment>` (NULL: none), checks all of SPEC 1.1 to 1.5.
// TMESH_OK sets *definition_p (yours); TMESH_ERR_INVALID says why in the report. Warnings are
// reported either way. Deterministic: the same text gives the same json and hash.
tmesh_err_t tmesh_template_parse(tmesh_bytes_t text, const char *environment,
                                 tmesh_template_report_t *report,
                                 tmesh_definition_t **definition_p);

// From `json` of a stored definition, which was checked before it was stored; only damage fails.
tmesh_err_t tmesh_template_load(tmesh_bytes_t json, tmesh_definition_t **definition_p);

// Semantic-versioning order of two version texts: < 0, 0, > 0. Texts that are not semantic
// versions come before all that are, in byte order.
int tmesh_template_version_compare(const char *a, const char *b);

#endif
