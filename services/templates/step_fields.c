#include "services/templates/step_fields.h"

#include <string.h>

#include "runtime/base/memory.h"
#include "services/templates/event_fields.h"
#include "services/templates/report.h"
#include "services/templates/retry_fields.h"

enum {
    NAME_CHARS_MAX = 255,
    CALLABLE_CHARS_MAX = 500,
    PROSE_CHARS_MAX = 10000,
    BATCH_SIZE_MAX = 100000,
    PARALLELISM_MAX = 1000,
};

static const char *const known[] = {
    "name",  "description",     "handler",          "type",         "step_type",
    "retry", "timeout_seconds", "system_dependency", "dependencies", "depends_on",
    "batch_config", "publishes_events", "result_schema", "composition"};

// Two spellings of one field: the one that is there, and a refusal when both are.
static const char *spelling(const tmesh_fields_t *fields, const tmesh_value_t *source,
                            const char *usual, const char *other)
{
    if (!tmesh_value_get(source, other)) return usual;
    if (!tmesh_value_get(source, usual)) return other;
    tmesh_template_refuse(fields->report, "DUPLICATE_KEY", tmesh_value_get(source, other), NULL,
                          "%s is another name for %s, which is here too", other, usual);
    return usual;
}

static bool is_blank(const char *text)
{
    return text[strspn(text, " ")] == 0;
}

static void read_callable(const tmesh_fields_t *fields, const tmesh_value_t *handler,
                          tmesh_step_definition_t *step)
{
    const tmesh_value_t *callable = tmesh_value_get(handler, "callable");
    if (callable && callable->kind == TMESH_VALUE_STRING && callable->text.size == 0) {
        tmesh_template_refuse(fields->report, "EMPTY_CALLABLE", callable, NULL,
                              "the callable names nothing that a worker could offer");
        return;
    }
    step->callable = tmesh_fields_required_text(fields, handler, "callable", CALLABLE_CHARS_MAX);
    if (step->callable && is_blank(step->callable)) {
        tmesh_template_refuse(fields->report, "EMPTY_CALLABLE", callable, NULL,
                              "the callable is blank");
    }
}

static void read_handler(const tmesh_fields_t *fields, const tmesh_value_t *source,
                         tmesh_step_definition_t *step)
{
    static const char *const fields_of_handler[] = {"callable", "method", "resolver",
                                                    "initialization"};
    step->method = "call";
    step->initialization_json = "{}";
    if (!tmesh_value_get(source, "handler")) {
        tmesh_template_refuse(fields->report, "MISSING_FIELD", source, "handler",
                              "handler is missing");
        return;
    }
    const tmesh_value_t *handler = tmesh_fields_map(fields, source, "handler");
    if (!handler) return;
    tmesh_fields_only(fields, handler, fields_of_handler, TMESH_COUNT_OF(fields_of_handler));
    read_callable(fields, handler, step);
    const char *method = tmesh_fields_text(fields, handler, "method", NAME_CHARS_MAX);
    if (method) step->method = method;
    step->resolver = tmesh_fields_text(fields, handler, "resolver", NAME_CHARS_MAX);
    const tmesh_value_t *initialization = tmesh_fields_map(fields, handler, "initialization");
    if (initialization) step->initialization_json = tmesh_fields_json(fields, initialization);
}

static void require(const tmesh_fields_t *fields, const tmesh_value_t *map, const char *field)
{
    if (tmesh_value_get(map, field)) return;
    tmesh_template_refuse(fields->report, "MISSING_FIELD", map, field, "%s is missing", field);
}

static const tmesh_batch_config_t *read_batch_config(const tmesh_fields_t *fields,
                                                     const tmesh_value_t *source)
{
    static const char *const names[] = {"batch_size", "parallelism", "cursor_field",
                                        "worker_template", "failure_strategy"};
    const tmesh_value_t *map = tmesh_fields_map(fields, source, "batch_config");
    if (!map) return NULL;
    tmesh_fields_only(fields, map, names, TMESH_COUNT_OF(names));
    for (size_t i = 0; i < TMESH_COUNT_OF(names); i++) require(fields, map, names[i]);
    tmesh_batch_config_t *config = tmesh_arena_alloc(fields->arena, sizeof *config);
    int64_t number = 0;
    if (tmesh_fields_integer(fields, map, "batch_size", 1, BATCH_SIZE_MAX, &number)) {
        config->batch_size = (uint32_t)number;
    }
    if (tmesh_fields_integer(fields, map, "parallelism", 1, PARALLELISM_MAX, &number)) {
        config->parallelism = (uint32_t)number;
    }
    config->cursor_field = tmesh_fields_text(fields, map, "cursor_field", NAME_CHARS_MAX);
    config->worker_template =
        tmesh_fields_text(fields, map, "worker_template", TMESH_STEP_NAME_CHARS_MAX);
    int choice = TMESH_BATCH_CONTINUE_ON_FAILURE;
    tmesh_fields_word(fields, map, "failure_strategy", tmesh_batch_failure_strategy_words,
                      TMESH_BATCH_FAILURE_STRATEGY_COUNT, &choice);
    config->failure_strategy = (tmesh_batch_failure_strategy_t)choice;
    return config;
}

const tmesh_value_t *tmesh_step_fields_dependencies(const tmesh_value_t *source)
{
    const tmesh_value_t *list = tmesh_value_get(source, "dependencies");
    if (!list) list = tmesh_value_get(source, "depends_on");
    return list && list->kind == TMESH_VALUE_LIST ? list : NULL;
}

static void check_dependencies(const tmesh_fields_t *fields, const tmesh_value_t *source)
{
    const char *field = spelling(fields, source, "dependencies", "depends_on");
    const tmesh_value_t *list = tmesh_fields_list(fields, source, field);
    for (uint32_t i = 0; list && i < list->count; i++) {
        const tmesh_value_t *name = list->members[i].value;
        if (name->kind == TMESH_VALUE_STRING) continue;
        tmesh_template_refuse(fields->report, "BAD_TYPE", name, NULL,
                              "a dependency is the name of a step, not %s",
                              tmesh_value_kind_phrase(name->kind));
    }
}

static tmesh_step_type_t read_type(const tmesh_fields_t *fields, const tmesh_value_t *source)
{
    static const char *const types[] = {
#define TMESH_STEP_TYPE_ROW(code, word) [TMESH_STEP_TYPE_##code] = word,
        TMESH_STEP_TYPES(TMESH_STEP_TYPE_ROW)
#undef TMESH_STEP_TYPE_ROW
    };
    int choice = TMESH_STEP_TYPE_STANDARD;
    const char *field = spelling(fields, source, "type", "step_type");
    tmesh_fields_word(fields, source, field, types, TMESH_COUNT_OF(types), &choice);
    return (tmesh_step_type_t)choice;
}

void tmesh_step_fields_read(const tmesh_fields_t *fields, const tmesh_value_t *source,
                            tmesh_step_definition_t *step)
{
    step->retry = tmesh_retry_policy_default;
    step->timeout_ms = -1;
    tmesh_fields_only(fields, source, known, TMESH_COUNT_OF(known));
    step->name = tmesh_fields_required_text(fields, source, "name", TMESH_STEP_NAME_CHARS_MAX);
    step->description = tmesh_fields_prose(fields, source, "description", PROSE_CHARS_MAX);
    step->type = read_type(fields, source);
    read_handler(fields, source, step);
    step->system_dependency =
        tmesh_fields_text(fields, source, "system_dependency", NAME_CHARS_MAX);
    check_dependencies(fields, source);
    tmesh_retry_fields_read(fields, tmesh_fields_map(fields, source, "retry"), &step->retry);
    int64_t seconds = 0;
    if (tmesh_fields_integer(fields, source, "timeout_seconds", 0, TMESH_STEP_TIMEOUT_MAX_SECONDS,
                             &seconds)) {
        step->timeout_ms = seconds * 1000;
    }
    step->batch_config = read_batch_config(fields, source);
    step->events = tmesh_event_fields_read(fields, source, &step->event_count);
    step->result_schema_json = tmesh_fields_schema(fields, source, "result_schema");
}
