#include "node/templates.h"

#include "runtime/base/memory.h"
#include "services/task_initialization/template_finder.h"
#include "services/templates/files.h"

typedef struct {
    tmesh_template_finder_t *finder;
    tmesh_log_t *log;
    size_t registered;
    size_t refused;
} register_t;

static void log_issues(tmesh_log_t *log, const tmesh_template_report_t *report)
{
    for (size_t i = 0; i < report->count; i++) {
        const tmesh_template_issue_t *issue = &report->issues[i];
        tmesh_log_write(log, issue->is_error ? TMESH_LOG_ERROR : TMESH_LOG_WARNING,
                        issue->is_error ? "template.refused" : "template.warning",
                        "file=%s line=%u column=%u code=%s where=%s text=\"%s\"", report->file,
                        issue->line, issue->column, issue->code, issue->where, issue->message);
    }
}

// Registered from its text, like TEMPLATE.PUT does, so that both ways give the same definition.
static void take_file(void *object, const char *file, tmesh_definition_t **definition_p,
                      tmesh_template_report_t *report)
{
    register_t *self = object;
    log_issues(self->log, report);
    if (!*definition_p) {
        self->refused++;
        return;
    }
    tmesh_put_template_request_t request = {.file = file, .text = report->source};
    tmesh_put_template_reply_t reply = {0};
    tmesh_auto(tmesh_fault) fault = NULL;
    tmesh_err_t err = tmesh_template_finder_put(self->finder, &request, &reply, &fault);
    if (err) {
        self->refused++;
        tmesh_log_error(self->log, "template.refused", "file=%s error=%s text=\"%s\"", file,
                        tmesh_err_word(err), fault ? fault->message : tmesh_err_sentence(err));
    } else {
        self->registered++;
        tmesh_log_debug(self->log, "template.loaded", "template=%s/%s@%s file=%s is_new=%d",
                        reply.namespace_name, reply.name, reply.version, file, reply.created);
    }
    tmesh_arena_destroy(&reply.arena);
}

void tmesh_templates_register(const char *path, tmesh_tools_t *tools, tmesh_log_t *log)
{
    register_t self = {.finder = tmesh_template_finder_new(tools), .log = log};
    tmesh_template_files_load(path, tools->settings->environment, take_file, &self);
    tmesh_template_finder_destroy(&self.finder);
    tmesh_log_info(log, "templates.loaded", "path=%s registered=%zu refused=%zu", path,
                   self.registered, self.refused);
}
