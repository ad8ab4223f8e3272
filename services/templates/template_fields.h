// services/templates/template_fields.h - the fields of a template itself, without its steps.
#ifndef TMESH_SERVICES_TEMPLATES_TEMPLATE_FIELDS_H
#define TMESH_SERVICES_TEMPLATES_TEMPLATE_FIELDS_H

#include "services/templates/fields.h"

// `template` is a map. What was refused stays NULL or at its default.
void tmesh_template_fields_read(const tmesh_fields_t *fields, const tmesh_value_t *template,
                                tmesh_definition_t *definition);

#endif
