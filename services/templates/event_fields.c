#include "services/templates/event_fields.h"

#include <string.h>

#include "runtime/base/map.h"
#include "runtime/base/memory.h"
#include "services/templates/report.h"

enum { NAME_CHARS_MAX = 255, PROSE_CHARS_MAX = 10000, EVENTS_MAX = 1000 };

static const char *const conditions[] = {
    [TMESH_PUBLISH_ON_SUCCESS] = "success",
    [TMESH_PUBLISH_ON_FAILURE] = "failure",
    [TMESH_PUBLISH_ON_RETRYABLE_FAILURE] = "retryable_failure",
    [TMESH_PUBLISH_ON_PERMANENT_FAILURE] = "permanent_failure",
    [TMESH_PUBLISH_ALWAYS] = "always",
};
static const char *const delivery_modes[] = {"durable", "fast", "broadcast"};

// Words of lower-case letters, digits and underscores, at least two, with single dots between.
static bool is_event_name(const char *name)
{
    size_t size = strlen(name);
    if (!strchr(name, '.') || strstr(name, "..")) return false;
    if (name[0] == '.' || name[size - 1] == '.') return false;
    return strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_.") == size;
}

static bool is_identifier_character(char c, bool is_first)
{
    bool is_letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
    return is_letter || (!is_first && c >= '0' && c <= '9');
}

// Identifiers with "::" or "." between them.
static bool is_publisher(const char *name)
{
    for (bool is_first = true; *name || is_first; name++) {
        if (is_identifier_character(*name, is_first)) {
            is_first = false;
            continue;
        }
        bool is_colons = name[0] == ':' && name[1] == ':';
        if (is_first || !(is_colons || *name == '.')) return false;
        if (is_colons) name++;
        is_first = true;
    }
    return true;
}

static void require(const tmesh_fields_t *fields, const tmesh_value_t *event, const char *field)
{
    if (tmesh_value_get(event, field)) return;
    tmesh_template_refuse(fields->report, "MISSING_FIELD", event, field, "%s is missing", field);
}

static void read_event(const tmesh_fields_t *fields, const tmesh_value_t *source,
                       tmesh_event_definition_t *event)
{
    static const char *const known[] = {"name",   "description",   "condition",
                                        "schema", "delivery_mode", "publisher"};
    tmesh_fields_only(fields, source, known, TMESH_COUNT_OF(known));
    event->name = tmesh_fields_required_text(fields, source, "name", NAME_CHARS_MAX);
    if (event->name && !is_event_name(event->name)) {
        tmesh_template_refuse(fields->report, "BAD_EVENT_NAME", tmesh_value_get(source, "name"),
                              NULL, "an event's name is like order.shipped: lower-case words, "
                                    "digits and _ with dots between");
    }
    require(fields, source, "description");
    event->description = tmesh_fields_prose(fields, source, "description", PROSE_CHARS_MAX);
    int choice = TMESH_PUBLISH_ON_SUCCESS;
    tmesh_fields_word(fields, source, "condition", conditions, TMESH_COUNT_OF(conditions),
                      &choice);
    event->condition = (tmesh_publish_condition_t)choice;
    require(fields, source, "schema");
    event->schema_json = tmesh_fields_schema(fields, source, "schema");
    int mode = 0;
    tmesh_fields_word(fields, source, "delivery_mode", delivery_modes,
                      TMESH_COUNT_OF(delivery_modes), &mode);
    event->delivery_mode = delivery_modes[mode];
    event->publisher = tmesh_fields_text(fields, source, "publisher", NAME_CHARS_MAX);
    if (event->publisher && !is_publisher(event->publisher)) {
        tmesh_template_refuse(fields->report, "BAD_PUBLISHER", tmesh_value_get(source, "publisher"),
                              NULL, "a publisher is identifiers with :: or . between them");
    }
}

// Of events with the same name in one step the last one counts. It takes the place of the first.
static uint16_t drop_twins(const tmesh_fields_t *fields, const tmesh_value_t *list,
                           tmesh_event_definition_t *events)
{
    tmesh_auto(tmesh_map) seen = tmesh_map_new();
    uint16_t count = 0;
    for (uint32_t i = 0; i < list->count; i++) {
        const char *name = events[i].name;
        if (!name) continue; // refused
        tmesh_event_definition_t *first = tmesh_map_get(seen, name, strlen(name));
        if (first) {
            tmesh_template_warn(fields->report, "DUPLICATE_EVENT",
                                tmesh_value_get(list->members[i].value, "name"), NULL,
                                "the step declares this event before; the last one counts");
            *first = events[i];
            continue;
        }
        events[count] = events[i];
        tmesh_map_put(seen, name, strlen(name), &events[count++]);
    }
    return count;
}

const tmesh_event_definition_t *tmesh_event_fields_read(const tmesh_fields_t *fields,
                                                        const tmesh_value_t *step,
                                                        uint16_t *count_p)
{
    const tmesh_value_t *list = tmesh_fields_list(fields, step, "publishes_events");
    if (!list || list->count == 0) return NULL;
    if (list->count > EVENTS_MAX) {
        tmesh_template_refuse(fields->report, "BAD_BOUNDS", list, NULL,
                              "a step declares at most %d events", EVENTS_MAX);
        return NULL;
    }
    tmesh_event_definition_t *events =
        tmesh_arena_alloc(fields->arena, list->count * sizeof *events);
    for (uint32_t i = 0; i < list->count; i++) {
        const tmesh_value_t *source = list->members[i].value;
        if (!tmesh_fields_is_map(fields, source, "an event")) continue;
        read_event(fields, source, &events[i]);
    }
    *count_p = drop_twins(fields, list, events);
    return events;
}

void tmesh_event_fields_check_catalogue(const tmesh_fields_t *fields,
                                        const tmesh_value_t *template)
{
    static const char *const known[] = {"name", "description", "schema"};
    const tmesh_value_t *list = tmesh_fields_list(fields, template, "domain_events");
    for (uint32_t i = 0; list && i < list->count; i++) {
        const tmesh_value_t *event = list->members[i].value;
        if (!tmesh_fields_is_map(fields, event, "a domain event")) continue;
        tmesh_fields_only(fields, event, known, TMESH_COUNT_OF(known));
        (void)tmesh_fields_required_text(fields, event, "name", NAME_CHARS_MAX);
        (void)tmesh_fields_prose(fields, event, "description", PROSE_CHARS_MAX);
        (void)tmesh_fields_schema(fields, event, "schema");
    }
}
