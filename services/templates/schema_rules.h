// services/templates/schema_rules.h - what each group of keywords can do.
// `read` takes its keywords out of a schema, or NULL when there are none; `check` judges a value by
// them, of whatever kind it is.
#ifndef TMESH_SERVICES_TEMPLATES_SCHEMA_RULES_H
#define TMESH_SERVICES_TEMPLATES_SCHEMA_RULES_H

#include "services/templates/schema_compiler.h"
#include "services/templates/schema_run.h"

#define TMESH_SCHEMA_RULES_VERBS(name)                                                             \
    const tmesh_schema_##name##_t *tmesh_schema_##name##_read(tmesh_schema_compiler_t *compiler,   \
                                                              const tmesh_schema_node_t *node);    \
    void tmesh_schema_##name##_check(tmesh_schema_run_t *run, const tmesh_schema_node_t *node,     \
                                     const tmesh_schema_value_t *value);
TMESH_SCHEMA_RULES(TMESH_SCHEMA_RULES_VERBS)
#undef TMESH_SCHEMA_RULES_VERBS

#endif
