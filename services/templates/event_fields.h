// services/templates/event_fields.h - the fields of `publishes_events` and `domain_events`.
#ifndef TMESH_SERVICES_TEMPLATES_EVENT_FIELDS_H
#define TMESH_SERVICES_TEMPLATES_EVENT_FIELDS_H

#include "services/templates/fields.h"

// The events of a step; *count_p may be 0.
const tmesh_event_definition_t *tmesh_event_fields_read(const tmesh_fields_t *fields,
                                                        const tmesh_value_t *step,
                                                        uint16_t *count_p);
// The catalogue of the template: checked, carried in the JSON, without further effect.
void tmesh_event_fields_check_catalogue(const tmesh_fields_t *fields,
                                        const tmesh_value_t *template);

#endif
