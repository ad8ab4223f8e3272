#include "services/templates/parse.h"

#include <sodium.h>
#include <string.h>

#include "runtime/base/memory.h"
#include "services/domain/ids.h"
#include "services/domain/queue_id.h"
#include "services/domain/utf8.h"
#include "services/templates/canonical_json.h"
#include "services/templates/environments.h"
#include "services/templates/json_document.h"
#include "services/templates/report.h"
#include "services/templates/step_fields.h"
#include "services/templates/template_fields.h"
#include "services/templates/validate.h"
#include "services/templates/yaml_document.h"

// Neither YAML nor JSON allows these bytes; found here, they are told with their line.
static bool check_bytes(tmesh_bytes_t text, tmesh_template_report_t *report)
{
    size_t bad = tmesh_utf8_valid_bytes(text);
    uint32_t line = 1;
    size_t line_start = 0;
    for (size_t i = 0; i <= bad && i < text.size; i++) {
        unsigned char c = (unsigned char)text.data[i];
        bool is_control = (c < 0x20 && !strchr("\t\n\r", c)) || c == 0x7f || c == 0;
        if (i == bad || is_control) {
            tmesh_template_refuse_at(report, "BAD_BYTE", line, (uint32_t)(i - line_start) + 1,
                                     "the byte 0x%02x: %s", c,
                                     i == bad ? "the file is not UTF-8" : "a control character");
            return false;
        }
        if (c == '\n') {
            line++;
            line_start = i + 1;
        }
    }
    return true;
}

static tmesh_value_t *read_document(tmesh_bytes_t text, tmesh_arena_t *arena,
                                    tmesh_template_report_t *report)
{
    if (text.size >= 3 && memcmp(text.data, "\xef\xbb\xbf", 3) == 0) { // a byte-order mark
        text = tmesh_bytes(text.data + 3, text.size - 3);
    }
    if (!check_bytes(text, report)) return NULL;
    tmesh_value_t *root = tmesh_json_document_read(text, arena);
    return root ? root : tmesh_yaml_document_read(text, arena, report);
}

// The steps of the template; an empty list when there are none that could be read.
static const tmesh_value_t *find_steps(const tmesh_fields_t *fields, tmesh_arena_t *scratch,
                                       const tmesh_value_t *template)
{
    const tmesh_value_t *steps = tmesh_fields_list(fields, template, "steps");
    const tmesh_value_t *given = tmesh_value_get(template, "steps");
    if (given && !steps) return tmesh_value_new(scratch, TMESH_VALUE_LIST, 0, 0);
    if (!steps || steps->count == 0) {
        tmesh_template_refuse(fields->report, "NO_STEPS", given ? given : template,
                              given ? NULL : "steps", "a template has at least one step");
    } else if (steps->count > TMESH_STEPS_PER_TASK_MAX) {
        tmesh_template_refuse(fields->report, "TOO_MANY_STEPS", steps, NULL,
                              "%u steps, the limit is %d", steps->count,
                              TMESH_STEPS_PER_TASK_MAX);
    } else {
        return steps;
    }
    return tmesh_value_new(scratch, TMESH_VALUE_LIST, 0, 0);
}

static void read_steps(const tmesh_fields_t *fields, const tmesh_value_t *list,
                       tmesh_definition_t *definition)
{
    tmesh_auto_free const tmesh_value_t **sources =
        tmesh_alloc_array(list->count, sizeof *sources);
    tmesh_step_graph_t graph = {.sources = sources};
    graph.steps = tmesh_arena_alloc(fields->arena, list->count * sizeof *graph.steps);
    for (uint32_t i = 0; i < list->count; i++) {
        const tmesh_value_t *source = list->members[i].value;
        if (!tmesh_fields_is_map(fields, source, "a step")) continue;
        sources[graph.count] = source;
        tmesh_step_definition_t *step = &graph.steps[graph.count++];
        tmesh_step_fields_read(fields, source, step);
        if (definition->namespace_name && step->callable) {
            step->queue_id = tmesh_queue_id(definition->namespace_name, step->callable);
        }
    }
    definition->steps = graph.steps;
    definition->step_count = graph.count;
    tmesh_step_graph_link(&graph, fields);
    const uint16_t *order = tmesh_step_graph_sort(&graph, fields);
    if (order) tmesh_validate_steps(&graph, order, fields);
}

// The whole template as it is after the environment: resolved steps, no environments.
static const tmesh_value_t *resolved_template(tmesh_arena_t *arena, const tmesh_value_t *template,
                                              const tmesh_value_t *steps, const char *version)
{
    tmesh_value_t *resolved = tmesh_value_new(arena, TMESH_VALUE_MAP, 1, 1);
    for (uint32_t i = 0; i < template->count; i++) {
        const tmesh_member_t *member = &template->members[i];
        const tmesh_value_t *value = member->value;
        if (tmesh_bytes_equal_text(member->key->text, "environments")) continue;
        if (tmesh_bytes_equal_text(member->key->text, "steps")) value = steps;
        if (tmesh_bytes_equal_text(member->key->text, "version")) {
            tmesh_value_t *text = tmesh_value_new(arena, TMESH_VALUE_STRING, 1, 1);
            text->text = tmesh_bytes_of_text(version);
            value = text;
        }
        tmesh_value_share(arena, resolved, member->key, value);
    }
    return resolved;
}

static void set_json(tmesh_definition_t *definition, const char *json)
{
    definition->json = json;
    crypto_generichash(definition->hash, sizeof definition->hash, (const uint8_t *)json,
                       strlen(json), NULL, 0);
}

// The steps once more, as the environment has them: their warnings were given before.
static void read_resolved_steps(const tmesh_fields_t *fields, const tmesh_value_t *steps,
                                tmesh_definition_t *definition)
{
    tmesh_auto(tmesh_template_report) report = tmesh_template_report_new(fields->report->file);
    tmesh_fields_t again = {.arena = fields->arena, .report = report};
    read_steps(&again, steps, definition);
    for (size_t i = 0; i < report->count; i++) {
        if (!report->issues[i].is_error) continue;
        tmesh_template_report_add(fields->report, &report->issues[i]);
    }
}

// Everything is checked as written first, so a file is refused in every environment or in none.
static void build(const tmesh_fields_t *fields, tmesh_arena_t *scratch,
                  const tmesh_value_t *template, const char *environment,
                  tmesh_definition_t *definition)
{
    size_t errors_before = fields->report->error_count;
    tmesh_template_fields_read(fields, template, definition);
    const tmesh_value_t *steps = find_steps(fields, scratch, template);
    read_steps(fields, steps, definition);
    if (steps->count > 0) tmesh_environments_check(fields, template, steps);
    if (fields->report->error_count > errors_before) return;
    const tmesh_value_t *resolved =
        tmesh_environments_apply(fields, scratch, template, steps, environment);
    if (!resolved) return;
    if (resolved != steps) read_resolved_steps(fields, resolved, definition);
    if (fields->report->error_count > errors_before) return;
    template = resolved_template(scratch, template, resolved, definition->version);
    const char *json = tmesh_fields_json(fields, template);
    if (json) set_json(definition, json);
}

static tmesh_err_t parse(tmesh_bytes_t text, const char *environment,
                         tmesh_template_report_t *report, tmesh_definition_t **definition_p)
{
    size_t errors_before = report->error_count;
    tmesh_auto(tmesh_arena) scratch = tmesh_arena_new();
    const tmesh_value_t *template = read_document(text, scratch, report);
    if (!template) return TMESH_ERR_INVALID;
    tmesh_arena_t *arena = tmesh_arena_new();
    tmesh_auto(tmesh_definition) definition = tmesh_arena_alloc(arena, sizeof *definition);
    definition->arena = arena;
    tmesh_fields_t fields = {.arena = arena, .report = report};
    if (tmesh_fields_is_map(&fields, template, "a template")) {
        build(&fields, scratch, template, environment, definition);
    }
    if (report->error_count > errors_before) return TMESH_ERR_INVALID;
    *definition_p = definition;
    definition = NULL;
    return TMESH_OK;
}

tmesh_err_t tmesh_template_parse(tmesh_bytes_t text, const char *environment,
                                 tmesh_template_report_t *report,
                                 tmesh_definition_t **definition_p)
{
    if (text.size > TMESH_TEMPLATE_BYTES_MAX) {
        tmesh_template_refuse_at(report, "TOO_LARGE", 0, 0, "%zu bytes, the limit is %d",
                                 text.size, TMESH_TEMPLATE_BYTES_MAX);
        return TMESH_ERR_INVALID;
    }
    return parse(text, environment, report, definition_p);
}

tmesh_err_t tmesh_template_load(tmesh_bytes_t json, tmesh_definition_t **definition_p)
{
    tmesh_auto(tmesh_template_report) report = tmesh_template_report_new(NULL);
    tmesh_definition_t *definition = NULL;
    if (parse(json, NULL, report, &definition)) return TMESH_ERR_CORRUPT;
    // The text itself, not what this program would write today: its hash is what was stored.
    set_json(definition, tmesh_arena_bytes(definition->arena, json).data);
    *definition_p = definition;
    return TMESH_OK;
}
