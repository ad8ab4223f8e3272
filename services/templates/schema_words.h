// services/templates/schema_words.h - every keyword that we have heard of, and in which drafts.
#ifndef TMESH_SERVICES_TEMPLATES_SCHEMA_WORDS_H
#define TMESH_SERVICES_TEMPLATES_SCHEMA_WORDS_H

#include "services/templates/schema_compiler.h"

// Tells of what is unknown or unsupported among the keywords of a schema.
void tmesh_schema_words_check(tmesh_schema_compiler_t *compiler, const tmesh_schema_node_t *node);
// Does the keyword mean anything in that draft?
bool tmesh_schema_words_has(tmesh_bytes_t keyword, bool is_draft_7);

#endif
