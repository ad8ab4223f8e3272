// services/templates/retry_fields.h - the fields of a `retry` block.
#ifndef TMESH_SERVICES_TEMPLATES_RETRY_FIELDS_H
#define TMESH_SERVICES_TEMPLATES_RETRY_FIELDS_H

#include "services/templates/fields.h"

// Sets what `retry` says and leaves the rest of *policy; NULL says nothing.
void tmesh_retry_fields_read(const tmesh_fields_t *fields, const tmesh_value_t *retry,
                             tmesh_retry_policy_t *policy);

#endif
