// services/templates/environments.h - what a template changes for one environment.
// `environments.<name>.steps[]` overrides handler.initialization (merged at every depth),
// timeout_seconds (replaced) and retry (merged key by key), in the order listed. The name ALL means
// every step.
#ifndef TMESH_SERVICES_TEMPLATES_ENVIRONMENTS_H
#define TMESH_SERVICES_TEMPLATES_ENVIRONMENTS_H

#include "services/templates/fields.h"

// Checks all environments, so a mistake shows before the day it is used: UNKNOWN_STEP and whatever
// the overridden fields may do wrong. `steps` is the template's list of steps.
void tmesh_environments_check(const tmesh_fields_t *fields, const tmesh_value_t *template,
                              const tmesh_value_t *steps);
// The steps as they are in `environment`, made in `arena`, after tmesh_environments_check found
// no fault. The list itself when there is nothing to change; NULL (TOO_LARGE) when the result would
// be out of all proportion.
const tmesh_value_t *tmesh_environments_apply(const tmesh_fields_t *fields, tmesh_arena_t *arena,
                                              const tmesh_value_t *template,
                                              const tmesh_value_t *steps,
                                              const char *environment);

#endif
