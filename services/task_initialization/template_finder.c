#include "services/task_initialization/template_finder.h"

#include <stdio.h>
#include <string.h>

#include "runtime/base/memory.h"
#include "services/domain/hash.h"
#include "services/domain/json_text.h"
#include "services/moves/versions.h"
#include "services/templates/parse.h"

struct tmesh_template_finder {
    tmesh_tools_t *tools; // lent
    int64_t generation; // of the templates, as far as they are remembered
    tmesh_map_t *ids;     // "namespace\nname\nversion" (or no version: the highest) -> id_t
};

typedef struct {
    int64_t id;
} known_id_t;

tmesh_template_finder_t *tmesh_template_finder_new(tmesh_tools_t *tools)
{
    tmesh_template_finder_t *self = tmesh_alloc(sizeof *self);
    self->tools = tools;
    self->ids = tmesh_map_new();
    return self;
}

static void forget_all(tmesh_template_finder_t *self)
{
    size_t position = 0;
    for (known_id_t *id; (id = tmesh_map_next(self->ids, &position));) tmesh_free(id);
    tmesh_map_destroy(&self->ids);
    self->ids = tmesh_map_new();
}

void tmesh_template_finder_destroy(tmesh_template_finder_t **self_p)
{
    if (!*self_p) return;
    forget_all(*self_p);
    tmesh_map_destroy(&(*self_p)->ids);
    tmesh_free(*self_p);
    *self_p = NULL;
}

// Another node may have changed them.
static void keep_up(tmesh_template_finder_t *self)
{
    int64_t generation = tmesh_credit_generation(self->tools->credit);
    if (generation == self->generation) return;
    forget_all(self);
    self->generation = generation;
}

static tmesh_err_t look_up(tmesh_template_finder_t *self, const char *namespace_name,
                           const char *name, const char *version, int64_t *id_p)
{
    tmesh_auto(tmesh_arena) arena = tmesh_arena_new();
    tmesh_definition_row_t *rows = NULL;
    size_t count = 0;
    tmesh_err_t err = tmesh_store_load_versions(self->tools->store, namespace_name, name, arena,
                                                &rows, &count);
    if (err) return err;
    const tmesh_definition_row_t *best = tmesh_versions_choose(rows, count, version);
    if (!best) return TMESH_ERR_NOT_FOUND;
    *id_p = best->id;
    return TMESH_OK;
}

tmesh_err_t tmesh_template_finder_find(tmesh_template_finder_t *self, const char *namespace_name,
                                       const char *name, const char *version, int64_t *id_p,
                                       const tmesh_definition_t **definition_p,
                                       tmesh_fault_t **fault_p)
{
    keep_up(self);
    tmesh_auto_free char *key =
        tmesh_printf("%s\n%s%s%s", namespace_name, name, version ? "\n" : "",
                     version ? version : "");
    known_id_t *known = tmesh_map_get(self->ids, key, strlen(key));
    if (!known) {
        int64_t id = 0;
        tmesh_err_t err = look_up(self, namespace_name, name, version, &id);
        if (err == TMESH_ERR_NOT_FOUND) {
            *fault_p = tmesh_fault_new(err, "unknown_template", "/name",
                                       "no template %s/%s%s%s is registered", namespace_name, name,
                                       version ? "@" : "", version ? version : "");
        }
        if (err) return err;
        known = tmesh_alloc(sizeof *known);
        known->id = id;
        tmesh_map_put(self->ids, key, strlen(key), known);
    }
    *id_p = known->id;
    return tmesh_definitions_get(self->tools->definitions, known->id, definition_p);
}

static void add_issues(const tmesh_template_report_t *report, tmesh_buffer_t *out)
{
    tmesh_buffer_add_text(out, "[");
    for (size_t i = 0; i < report->count; i++) {
        const tmesh_template_issue_t *issue = &report->issues[i];
        tmesh_buffer_printf(out, "%s{\"severity\":\"%s\",\"code\":\"%s\",\"message\":",
                            i ? "," : "", issue->is_error ? "error" : "warning", issue->code);
        tmesh_json_add_string(out, issue->message);
        tmesh_buffer_add_text(out, ",\"where\":");
        tmesh_json_add_string(out, issue->where);
        tmesh_buffer_printf(out, ",\"line\":%u,\"column\":%u}", issue->line, issue->column);
    }
    tmesh_buffer_add_text(out, "]");
}

static tmesh_fault_t *refusal(const tmesh_template_report_t *report, const char *issues)
{
    const tmesh_template_issue_t *first = NULL;
    for (size_t i = 0; i < report->count && !first; i++) {
        if (report->issues[i].is_error) first = &report->issues[i];
    }
    char where[192];
    snprintf(where, sizeof where, "%.120s:%u:%u", report->file, first ? first->line : 0,
             first ? first->column : 0);
    tmesh_fault_t *fault = tmesh_fault_new(
        TMESH_ERR_INVALID, "invalid_template", where, "%s: %.300s",
        first ? first->code : "INVALID", first ? first->message : "the template is refused");
    tmesh_auto_free char *details = tmesh_printf("{\"issues\":%s}", issues);
    tmesh_fault_set_details(fault, details);
    return fault;
}

static tmesh_err_t store(tmesh_template_finder_t *self, const tmesh_definition_t *definition,
                         bool *created_p)
{
    tmesh_definition_row_t row = {
        .namespace_name = definition->namespace_name,
        .name = definition->name,
        .version = definition->version,
        .step_count = definition->step_count,
        .description = definition->description,
        .json = tmesh_bytes_of_text(definition->json),
        .created_ms = tmesh_clock_now_ms(self->tools->clock),
    };
    memcpy(row.hash, definition->hash, sizeof row.hash);
    tmesh_queue_row_t *queues = tmesh_alloc_array(definition->step_count, sizeof *queues);
    for (uint16_t i = 0; i < definition->step_count; i++) {
        queues[i] = (tmesh_queue_row_t){definition->steps[i].queue_id, definition->namespace_name,
                                        definition->steps[i].callable};
    }
    tmesh_err_t err = tmesh_store_put_definition(self->tools->store, &row, queues,
                                                 definition->step_count, created_p);
    tmesh_free(queues);
    if (err) return err;
    forget_all(self); // the highest version may be another one now
    return TMESH_OK;
}

tmesh_err_t tmesh_template_finder_put(tmesh_template_finder_t *self,
                                      const tmesh_put_template_request_t *request,
                                      tmesh_put_template_reply_t *reply, tmesh_fault_t **fault_p)
{
    tmesh_auto(tmesh_template_report) report =
        tmesh_template_report_new(request->file ? request->file : "template");
    tmesh_auto(tmesh_definition) definition = NULL;
    tmesh_err_t err = tmesh_template_parse(request->text, self->tools->settings->environment,
                                           report, &definition);
    tmesh_auto(tmesh_buffer) issues = tmesh_buffer_new();
    add_issues(report, issues);
    if (err == TMESH_ERR_INVALID) *fault_p = refusal(report, tmesh_buffer_text(issues));
    if (err) return err;
    bool created = false;
    err = store(self, definition, &created);
    if (err) return err;

    tmesh_hash_text_t hash;
    tmesh_hash_format(definition->hash, hash);
    tmesh_arena_t *arena = tmesh_arena_new();
    *reply = (tmesh_put_template_reply_t){
        .arena = arena,
        .namespace_name = tmesh_arena_text(arena, definition->namespace_name),
        .name = tmesh_arena_text(arena, definition->name),
        .version = tmesh_arena_text(arena, definition->version),
        .hash = tmesh_arena_text(arena, hash),
        .step_count = definition->step_count,
        .created = created,
        .issues_json = tmesh_arena_text(arena, tmesh_buffer_text(issues)),
    };
    return TMESH_OK;
}
