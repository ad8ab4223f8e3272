#include "services/templates/report.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "runtime/base/memory.h"
#include "services/domain/utf8.h"

// Nobody reads more; a file made of nothing but mistakes must not fill the memory.
enum { ISSUES_MAX = 500, WARNINGS_MAX = 250 };

tmesh_template_report_t *tmesh_template_report_new(const char *file)
{
    tmesh_template_report_t *self = tmesh_alloc(sizeof *self);
    snprintf(self->file, sizeof self->file, "%s", file ? file : "");
    return self;
}

void tmesh_template_report_destroy(tmesh_template_report_t **self_p)
{
    if (!*self_p) return;
    tmesh_free((*self_p)->issues);
    tmesh_free(*self_p);
    *self_p = NULL;
}

void tmesh_template_report_add(tmesh_template_report_t *self, const tmesh_template_issue_t *issue)
{
    if (issue->is_error) self->error_count++;
    if (self->count >= (issue->is_error ? ISSUES_MAX : WARNINGS_MAX)) return;
    // Doubles whenever the count is a power of two: no capacity to keep beside it.
    if ((self->count & (self->count - 1)) == 0) {
        size_t capacity = self->count ? self->count * 2 : 1;
        self->issues = tmesh_realloc_array(self->issues, capacity, sizeof *self->issues);
    }
    self->issues[self->count++] = *issue;
}

// Cuts what does not fit between two characters, never inside one.
static void copy_text(char *out, size_t capacity, const char *text)
{
    snprintf(out, capacity, "%s", text);
    out[tmesh_utf8_valid_bytes(tmesh_bytes_of_text(out))] = 0;
}

static void add(tmesh_template_report_t *self, tmesh_template_issue_t *issue, const char *code,
                const char *format, va_list arguments)
{
    tmesh_auto_free char *message = NULL;
    if (vasprintf(&message, format, arguments) < 0) message = NULL;
    copy_text(issue->code, sizeof issue->code, code);
    copy_text(issue->message, sizeof issue->message, message ? message : "");
    tmesh_template_report_add(self, issue);
}

static void set_place(tmesh_template_issue_t *issue, const tmesh_value_t *at, const char *field)
{
    tmesh_auto(tmesh_buffer) pointer = tmesh_buffer_new();
    tmesh_value_add_pointer(at, pointer);
    if (field) tmesh_buffer_printf(pointer, "/%s", field);
    copy_text(issue->where, sizeof issue->where, pointer->data);
    issue->line = at->line;
    issue->column = at->column;
}

void tmesh_template_refuse(tmesh_template_report_t *self, const char *code,
                           const tmesh_value_t *at, const char *field, const char *format, ...)
{
    tmesh_template_issue_t issue = {.is_error = true};
    set_place(&issue, at, field);
    va_list arguments;
    va_start(arguments, format);
    add(self, &issue, code, format, arguments);
    va_end(arguments);
}

void tmesh_template_warn(tmesh_template_report_t *self, const char *code, const tmesh_value_t *at,
                         const char *field, const char *format, ...)
{
    tmesh_template_issue_t issue = {0};
    set_place(&issue, at, field);
    va_list arguments;
    va_start(arguments, format);
    add(self, &issue, code, format, arguments);
    va_end(arguments);
}

void tmesh_template_refuse_at(tmesh_template_report_t *self, const char *code, uint32_t line,
                              uint32_t column, const char *format, ...)
{
    tmesh_template_issue_t issue = {.is_error = true, .line = line, .column = column};
    va_list arguments;
    va_start(arguments, format);
    add(self, &issue, code, format, arguments);
    va_end(arguments);
}
