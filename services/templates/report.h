// services/templates/report.h - adding to a report (parse.h) from where a value was written.
#ifndef TMESH_SERVICES_TEMPLATES_REPORT_H
#define TMESH_SERVICES_TEMPLATES_REPORT_H

#include "services/templates/parse.h"
#include "services/templates/value.h"

// `at` gives line, column and pointer. `field` is the name of a missing member below `at`, or NULL.
void tmesh_template_refuse(tmesh_template_report_t *self, const char *code,
                           const tmesh_value_t *at, const char *field, const char *format, ...)
    __attribute__((format(printf, 5, 6)));
void tmesh_template_warn(tmesh_template_report_t *self, const char *code, const tmesh_value_t *at,
                         const char *field, const char *format, ...)
    __attribute__((format(printf, 5, 6)));
// Before there are values: for syntax.
void tmesh_template_refuse_at(tmesh_template_report_t *self, const char *code, uint32_t line,
                              uint32_t column, const char *format, ...)
    __attribute__((format(printf, 5, 6)));

#endif
