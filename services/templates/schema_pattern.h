// services/templates/schema_pattern.h - a regular expression of ECMA-262, run by PCRE2.
// Compiled once, then immutable: any thread may search with it. What a search may cost is counted
// in steps, a few for each item of the pattern that is tried and for the characters it passed over,
// so that the same search always ends at the same place.
#ifndef TMESH_SERVICES_TEMPLATES_SCHEMA_PATTERN_H
#define TMESH_SERVICES_TEMPLATES_SCHEMA_PATTERN_H

#include "runtime/base/arena.h"

enum {
    TMESH_SCHEMA_PATTERN_BYTES_MAX = 10000,
    TMESH_SCHEMA_PATTERN_STEPS_MAX = 4000000, // of one search: less than a tenth of a second
};

typedef struct tmesh_schema_pattern tmesh_schema_pattern_t;

// Lives as long as the arena. NULL, with `why` appended, when the text is no pattern.
const tmesh_schema_pattern_t *tmesh_schema_pattern_new(tmesh_bytes_t text, tmesh_arena_t *arena,
                                                       tmesh_buffer_t *why);

typedef enum {
    TMESH_SCHEMA_PATTERN_FOUND,
    TMESH_SCHEMA_PATTERN_ABSENT,
    TMESH_SCHEMA_PATTERN_TOO_LONG, // nobody knows: a limit was met
} tmesh_schema_pattern_answer_t;

// Is the pattern anywhere in the text? Takes what it cost from *steps_left.
tmesh_schema_pattern_answer_t tmesh_schema_pattern_search(const tmesh_schema_pattern_t *self,
                                                          tmesh_bytes_t text,
                                                          uint64_t *steps_left);

#endif
