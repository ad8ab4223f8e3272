#include "services/templates/template_fields.h"

#include <string.h>

#include "runtime/base/memory.h"
#include "services/templates/event_fields.h"
#include "services/templates/report.h"

enum {
    NAME_CHARS_MAX = 255,
    NAMESPACE_CHARS_MAX = 29,
    VERSION_CHARS_MAX = 50,
    PROSE_CHARS_MAX = 10000,
    MS_PER_MINUTE = 60000,
    LIFE_MAX_MINUTES = 43200, // thirty days
    REST_MAX_MINUTES = 10080, // seven
};

static const char *const known[] = {
    "name",          "namespace_name", "version", "description",       "metadata",
    "domain_events", "input_schema",   "steps",   "system_dependencies", "environments",
    "lifecycle",     "identity_strategy"};

static bool is_namespace(const char *name)
{
    static const char allowed[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789";
    bool begins_with_digit = name[0] >= '0' && name[0] <= '9';
    size_t size = strlen(name);
    return !begins_with_digit && size <= NAMESPACE_CHARS_MAX && strspn(name, allowed) == size;
}

static const char *read_namespace(const tmesh_fields_t *fields, const tmesh_value_t *template)
{
    const char *name =
        tmesh_fields_required_text(fields, template, "namespace_name", NAME_CHARS_MAX);
    if (!name || is_namespace(name)) return name;
    tmesh_template_refuse(fields->report, "NAMESPACE_INVALID",
                          tmesh_value_get(template, "namespace_name"), NULL,
                          "a namespace has at most %d letters, digits and _, and begins with no "
                          "digit",
                          NAMESPACE_CHARS_MAX);
    return NULL;
}

// YAML takes an unquoted 1.0 for a number; whoever wrote it meant the text.
static const char *read_version(const tmesh_fields_t *fields, const tmesh_value_t *template)
{
    const tmesh_value_t *value = tmesh_value_get(template, "version");
    bool is_number =
        value && (value->kind == TMESH_VALUE_FLOAT || value->kind == TMESH_VALUE_INTEGER);
    if (!is_number || value->text.size > VERSION_CHARS_MAX) {
        return tmesh_fields_required_text(fields, template, "version", VERSION_CHARS_MAX);
    }
    const char *version = tmesh_arena_bytes(fields->arena, value->text).data;
    tmesh_template_warn(fields->report, "VERSION_NOT_QUOTED", value, NULL,
                        "without quotes this is a number; it was taken as \"%s\"", version);
    return version;
}

static int64_t read_minutes(const tmesh_fields_t *fields, const tmesh_value_t *map,
                            const char *field, int64_t max)
{
    int64_t minutes = 0;
    tmesh_fields_integer(fields, map, field, 1, max, &minutes);
    return minutes * MS_PER_MINUTE;
}

static void read_lifecycle(const tmesh_fields_t *fields, const tmesh_value_t *template,
                           tmesh_lifecycle_t *lifecycle)
{
    static const char *const names[] = {"max_duration_minutes",
                                        "max_waiting_for_dependencies_minutes",
                                        "max_waiting_for_retry_minutes",
                                        "max_steps_in_process_minutes",
                                        "staleness_action",
                                        "auto_fail_on_timeout",
                                        "auto_dlq_on_timeout"};
    static const char *const actions[] = {
        [TMESH_STALENESS_DLQ] = "dlq",
        [TMESH_STALENESS_ERROR] = "error",
        [TMESH_STALENESS_NONE] = "none",
    };
    const tmesh_value_t *map = tmesh_fields_map(fields, template, "lifecycle");
    if (!map) return;
    tmesh_fields_only(fields, map, names, TMESH_COUNT_OF(names));
    lifecycle->max_duration_ms = read_minutes(fields, map, names[0], LIFE_MAX_MINUTES);
    lifecycle->max_waiting_for_dependencies_ms =
        read_minutes(fields, map, names[1], REST_MAX_MINUTES);
    lifecycle->max_waiting_for_retry_ms = read_minutes(fields, map, names[2], REST_MAX_MINUTES);
    lifecycle->max_steps_in_process_ms = read_minutes(fields, map, names[3], REST_MAX_MINUTES);
    int action = TMESH_STALENESS_DLQ;
    tmesh_fields_word(fields, map, "staleness_action", actions, TMESH_COUNT_OF(actions), &action);
    lifecycle->staleness_action = (tmesh_staleness_action_t)action;
    bool fails = true;
    tmesh_fields_bool(fields, map, "auto_fail_on_timeout", &fails);
    lifecycle->goes_on_after_max_duration = !fails;
    tmesh_fields_bool(fields, map, "auto_dlq_on_timeout", &lifecycle->enters_dlq_at_max_duration);
}

static void check_system_dependencies(const tmesh_fields_t *fields, const tmesh_value_t *template)
{
    static const char *const names[] = {"primary", "secondary"};
    const tmesh_value_t *map = tmesh_fields_map(fields, template, "system_dependencies");
    if (!map) return;
    tmesh_fields_only(fields, map, names, TMESH_COUNT_OF(names));
    (void)tmesh_fields_text(fields, map, "primary", NAME_CHARS_MAX);
    const tmesh_value_t *secondary = tmesh_fields_list(fields, map, "secondary");
    for (uint32_t i = 0; secondary && i < secondary->count; i++) {
        const tmesh_value_t *name = secondary->members[i].value;
        if (name->kind == TMESH_VALUE_STRING) continue;
        tmesh_template_refuse(fields->report, "BAD_TYPE", name, NULL,
                              "a system dependency is a string, not %s",
                              tmesh_value_kind_phrase(name->kind));
    }
}

void tmesh_template_fields_read(const tmesh_fields_t *fields, const tmesh_value_t *template,
                                tmesh_definition_t *definition)
{
    static const char *const strategies[] = {
        [TMESH_IDENTITY_STRICT] = "strict",
        [TMESH_IDENTITY_CALLER_PROVIDED] = "caller_provided",
        [TMESH_IDENTITY_ALWAYS_UNIQUE] = "always_unique",
    };
    tmesh_fields_only(fields, template, known, TMESH_COUNT_OF(known));
    definition->namespace_name = read_namespace(fields, template);
    definition->name = tmesh_fields_required_text(fields, template, "name", NAME_CHARS_MAX);
    definition->version = read_version(fields, template);
    definition->description =
        tmesh_fields_prose(fields, template, "description", PROSE_CHARS_MAX);
    int strategy = TMESH_IDENTITY_STRICT;
    tmesh_fields_word(fields, template, "identity_strategy", strategies,
                      TMESH_COUNT_OF(strategies), &strategy);
    definition->identity_strategy = (tmesh_identity_strategy_t)strategy;
    definition->input_schema_json = tmesh_fields_schema(fields, template, "input_schema");
    read_lifecycle(fields, template, &definition->lifecycle);
    (void)tmesh_fields_map(fields, template, "metadata");
    check_system_dependencies(fields, template);
    tmesh_event_fields_check_catalogue(fields, template);
}
