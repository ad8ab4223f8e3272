#include "services/templates/fields.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/base/memory.h"
#include "services/domain/utf8.h"
#include "services/templates/canonical_json.h"
#include "services/templates/report.h"
#include "services/templates/schema.h"

enum { SHOWN_CHARS_MAX = 80 };

static int shown(tmesh_bytes_t text)
{
    return text.size < SHOWN_CHARS_MAX ? (int)text.size : SHOWN_CHARS_MAX;
}

void tmesh_fields_only(const tmesh_fields_t *self, const tmesh_value_t *map,
                       const char *const known[], size_t count)
{
    for (uint32_t i = 0; i < map->count; i++) {
        const tmesh_value_t *key = map->members[i].key;
        bool is_known = false;
        for (size_t j = 0; j < count && !is_known; j++) {
            is_known = tmesh_bytes_equal_text(key->text, known[j]);
        }
        if (is_known) continue;
        tmesh_value_t at = *map->members[i].value; // the pointer of the value, the place of the key
        at.line = key->line;
        at.column = key->column;
        tmesh_template_warn(self->report, "UNKNOWN_FIELD", &at, NULL, "\"%.*s\" has no effect here",
                            shown(key->text), key->text.data);
    }
}

bool tmesh_fields_is_map(const tmesh_fields_t *self, const tmesh_value_t *value, const char *what)
{
    if (value->kind == TMESH_VALUE_MAP) return true;
    tmesh_template_refuse(self->report, "BAD_TYPE", value, NULL, "%s must be a map, not %s", what,
                          tmesh_value_kind_phrase(value->kind));
    return false;
}

static const tmesh_value_t *get(const tmesh_fields_t *self, const tmesh_value_t *map,
                                const char *field, tmesh_value_kind_t kind)
{
    const tmesh_value_t *value = tmesh_value_get(map, field);
    if (!value || value->kind == kind) return value;
    tmesh_template_refuse(self->report, "BAD_TYPE", value, NULL, "%s must be %s, not %s", field,
                          tmesh_value_kind_phrase(kind), tmesh_value_kind_phrase(value->kind));
    return NULL;
}

static bool has_control_character(tmesh_bytes_t text)
{
    for (size_t i = 0; i < text.size; i++) {
        if ((unsigned char)text.data[i] < 0x20 || text.data[i] == 0x7f) return true;
    }
    return false;
}

static bool fits(const tmesh_fields_t *self, const tmesh_value_t *value, const char *field,
                 size_t chars_min, size_t chars_max)
{
    size_t chars = tmesh_utf8_count(value->text);
    if (chars >= chars_min && chars <= chars_max) return true;
    tmesh_template_refuse(self->report, "BAD_BOUNDS", value, NULL,
                          "%s must have %zu to %zu characters, not %zu", field, chars_min,
                          chars_max, chars);
    return false;
}

const char *tmesh_fields_text(const tmesh_fields_t *self, const tmesh_value_t *map,
                              const char *field, size_t chars_max)
{
    const tmesh_value_t *value = get(self, map, field, TMESH_VALUE_STRING);
    if (!value || !fits(self, value, field, 1, chars_max)) return NULL;
    if (has_control_character(value->text)) {
        tmesh_template_refuse(self->report, "BAD_TEXT", value, NULL,
                              "%s must not hold control characters", field);
        return NULL;
    }
    return tmesh_arena_bytes(self->arena, value->text).data;
}

const char *tmesh_fields_required_text(const tmesh_fields_t *self, const tmesh_value_t *map,
                                       const char *field, size_t chars_max)
{
    if (!tmesh_value_get(map, field)) {
        tmesh_template_refuse(self->report, "MISSING_FIELD", map, field, "%s is missing", field);
        return NULL;
    }
    return tmesh_fields_text(self, map, field, chars_max);
}

const char *tmesh_fields_prose(const tmesh_fields_t *self, const tmesh_value_t *map,
                               const char *field, size_t chars_max)
{
    const tmesh_value_t *value = get(self, map, field, TMESH_VALUE_STRING);
    if (!value || !fits(self, value, field, 0, chars_max)) return NULL;
    if (memchr(value->text.data, 0, value->text.size)) {
        tmesh_template_refuse(self->report, "BAD_TEXT", value, NULL,
                              "%s must not hold a zero character", field);
        return NULL;
    }
    return tmesh_arena_bytes(self->arena, value->text).data;
}

bool tmesh_fields_integer(const tmesh_fields_t *self, const tmesh_value_t *map, const char *field,
                          int64_t min, int64_t max, int64_t *number)
{
    const tmesh_value_t *value = get(self, map, field, TMESH_VALUE_INTEGER);
    if (!value) return false;
    errno = 0;
    int64_t read = strtoll(value->number, NULL, 10);
    if (errno || read < min || read > max) {
        tmesh_template_refuse(self->report, "BAD_BOUNDS", value, NULL,
                              "%s must be %" PRId64 " to %" PRId64 ", not %.*s", field, min, max,
                              shown(value->text), value->text.data);
        return false;
    }
    *number = read;
    return true;
}

bool tmesh_fields_bool(const tmesh_fields_t *self, const tmesh_value_t *map, const char *field,
                       bool *truth)
{
    const tmesh_value_t *value = get(self, map, field, TMESH_VALUE_BOOL);
    if (!value) return false;
    *truth = tmesh_value_is_true(value);
    return true;
}

bool tmesh_fields_word(const tmesh_fields_t *self, const tmesh_value_t *map, const char *field,
                       const char *const words[], size_t count, int *choice)
{
    const tmesh_value_t *value = get(self, map, field, TMESH_VALUE_STRING);
    if (!value) return false;
    tmesh_auto(tmesh_buffer) all = tmesh_buffer_new();
    for (size_t i = 0; i < count; i++) {
        if (tmesh_bytes_equal_text(value->text, words[i])) {
            *choice = (int)i;
            return true;
        }
        tmesh_buffer_printf(all, "%s%s", i ? ", " : "", words[i]);
    }
    tmesh_template_refuse(self->report, "BAD_ENUM", value, NULL, "%s is one of %s, not \"%.*s\"",
                          field, all->data, shown(value->text), value->text.data);
    return false;
}

const tmesh_value_t *tmesh_fields_map(const tmesh_fields_t *self, const tmesh_value_t *map,
                                      const char *field)
{
    return get(self, map, field, TMESH_VALUE_MAP);
}

const tmesh_value_t *tmesh_fields_list(const tmesh_fields_t *self, const tmesh_value_t *map,
                                       const char *field)
{
    return get(self, map, field, TMESH_VALUE_LIST);
}

const char *tmesh_fields_json(const tmesh_fields_t *self, const tmesh_value_t *value)
{
    tmesh_auto(tmesh_buffer) json = tmesh_buffer_new();
    if (!tmesh_canonical_json_add(json, value)) {
        tmesh_template_refuse(self->report, "TOO_LARGE", value, NULL, "more than %d bytes of JSON",
                              TMESH_VALUE_BYTES_MAX);
        return NULL;
    }
    return tmesh_arena_bytes(self->arena, tmesh_buffer_bytes(json)).data;
}

// Where a schema is written, for what is wrong inside of it.
typedef struct {
    const tmesh_fields_t *fields;
    const tmesh_value_t *schema;
} schema_place_t;

static void report_schema_issue(void *self, const tmesh_schema_issue_t *issue)
{
    const schema_place_t *place = self;
    const char *at = *issue->pointer ? issue->pointer : "its root";
    if (issue->is_error) {
        tmesh_template_refuse(place->fields->report, issue->code, place->schema, NULL,
                              "at %s: %s", at, issue->message);
    } else {
        tmesh_template_warn(place->fields->report, issue->code, place->schema, NULL, "at %s: %s",
                            at, issue->message);
    }
}

const char *tmesh_fields_schema(const tmesh_fields_t *self, const tmesh_value_t *map,
                                const char *field)
{
    const tmesh_value_t *value = tmesh_value_get(map, field);
    if (!value) return NULL;
    if (value->kind != TMESH_VALUE_MAP && value->kind != TMESH_VALUE_BOOL) {
        tmesh_template_refuse(self->report, "BAD_SCHEMA", value, NULL,
                              "%s is a JSON Schema: a map, true or false, not %s", field,
                              tmesh_value_kind_phrase(value->kind));
        return NULL;
    }
    const char *json = tmesh_fields_json(self, value);
    schema_place_t place = {self, value};
    tmesh_auto(tmesh_schema) schema = NULL;
    tmesh_err_t err = tmesh_schema_compile(tmesh_bytes_of_text(json), report_schema_issue, &place,
                                           &schema);
    return err ? NULL : json;
}
