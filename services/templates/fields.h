// services/templates/fields.h - reads known fields out of a map, and reports what is wrong there.
// A field whose value is null counts as absent. After an issue the field counts as absent too, so
// one file shows all its mistakes at once.
#ifndef TMESH_SERVICES_TEMPLATES_FIELDS_H
#define TMESH_SERVICES_TEMPLATES_FIELDS_H

#include "services/templates/parse.h"
#include "services/templates/value.h"

typedef struct {
    tmesh_arena_t *arena;            // what the definition keeps is copied here
    tmesh_template_report_t *report; // MISSING_FIELD, BAD_TYPE, BAD_BOUNDS, BAD_TEXT, BAD_ENUM ...
} tmesh_fields_t;

// Warns of every member that is not in `known` (UNKNOWN_FIELD).
void tmesh_fields_only(const tmesh_fields_t *self, const tmesh_value_t *map,
                       const char *const known[], size_t count);
// Is it a map? Otherwise says so (BAD_TYPE); `what` names it in the sentence.
bool tmesh_fields_is_map(const tmesh_fields_t *self, const tmesh_value_t *value, const char *what);

// 1 to chars_max characters without control characters; NULL when absent or refused.
const char *tmesh_fields_text(const tmesh_fields_t *self, const tmesh_value_t *map,
                              const char *field, size_t chars_max);
// The same, and MISSING_FIELD when absent.
const char *tmesh_fields_required_text(const tmesh_fields_t *self, const tmesh_value_t *map,
                                       const char *field, size_t chars_max);
// Any string of at most chars_max characters, empty or of several lines.
const char *tmesh_fields_prose(const tmesh_fields_t *self, const tmesh_value_t *map,
                               const char *field, size_t chars_max);
// True when *number was set; otherwise it is untouched.
bool tmesh_fields_integer(const tmesh_fields_t *self, const tmesh_value_t *map, const char *field,
                          int64_t min, int64_t max, int64_t *number);
bool tmesh_fields_bool(const tmesh_fields_t *self, const tmesh_value_t *map, const char *field,
                       bool *truth);
// *choice becomes an index into `words`.
bool tmesh_fields_word(const tmesh_fields_t *self, const tmesh_value_t *map, const char *field,
                       const char *const words[], size_t count, int *choice);
const tmesh_value_t *tmesh_fields_map(const tmesh_fields_t *self, const tmesh_value_t *map,
                                      const char *field);
const tmesh_value_t *tmesh_fields_list(const tmesh_fields_t *self, const tmesh_value_t *map,
                                       const char *field);
// A JSON Schema as JSON text: a map, true or false (BAD_SCHEMA).
const char *tmesh_fields_schema(const tmesh_fields_t *self, const tmesh_value_t *map,
                                const char *field);
const char *tmesh_fields_json(const tmesh_fields_t *self, const tmesh_value_t *value);

#endif
