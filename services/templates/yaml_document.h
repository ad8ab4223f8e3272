// services/templates/yaml_document.h - YAML text to a tree.
// One document; anchors, aliases and merge keys are resolved; keys are strings and differ.
// The parser's complaints become issues: nothing is ever printed.
#ifndef TMESH_SERVICES_TEMPLATES_YAML_DOCUMENT_H
#define TMESH_SERVICES_TEMPLATES_YAML_DOCUMENT_H

#include "services/templates/parse.h"
#include "services/templates/value.h"

// The root, in `arena`, or NULL with at least one error in the report: YAML_SYNTAX,
// MULTIPLE_DOCUMENTS, EMPTY_DOCUMENT, DUPLICATE_KEY, BAD_KEY, BAD_TAG, BAD_NUMBER, UNKNOWN_ALIAS,
// BAD_MERGE, TOO_DEEP or TOO_LARGE.
tmesh_value_t *tmesh_yaml_document_read(tmesh_bytes_t text, tmesh_arena_t *arena,
                                        tmesh_template_report_t *report);

#endif
