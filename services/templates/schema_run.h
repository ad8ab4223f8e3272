// services/templates/schema_run.h - one validation: what it found and what it may still cost.
// For schema.c, and for the sources of schema_rules.h. On one thread's stack.
#ifndef TMESH_SERVICES_TEMPLATES_SCHEMA_RUN_H
#define TMESH_SERVICES_TEMPLATES_SCHEMA_RUN_H

#include "services/templates/schema.h"
#include "services/templates/schema_node.h"

enum { TMESH_SCHEMA_BYTES_PER_STEP = 32 }; // compared or hashed, they cost as much as a step

// Does a value fit, without a list of why not: the first violation ends it.
typedef struct {
    bool has_failed;
    const tmesh_schema_node_t *node; // whose keyword was violated
    const char *keyword;
    const tmesh_schema_value_t *value;
} tmesh_schema_probe_t;

typedef struct tmesh_schema_run {
    tmesh_schema_violations_t *violations;
    tmesh_schema_probe_t *probe; // NULL: violations are listed
    uint64_t steps_left;
    uint32_t depth; // schemas that are being applied
    bool has_violations;
    bool is_over; // a limit was met: nothing is looked at any more
} tmesh_schema_run_t;

// Judges a value by a schema.
void tmesh_schema_run_apply(tmesh_schema_run_t *self, const tmesh_schema_node_t *node,
                            const tmesh_schema_value_t *value);
// The same, telling nobody: sets the probe.
bool tmesh_schema_run_fits(tmesh_schema_run_t *self, const tmesh_schema_node_t *node,
                           const tmesh_schema_value_t *value, tmesh_schema_probe_t *probe);
// Nothing that is still to be looked at can matter: loops end.
bool tmesh_schema_run_is_done(const tmesh_schema_run_t *self);
void tmesh_schema_run_charge(tmesh_schema_run_t *self, uint64_t steps);
// Ends the validation when no steps are left.
void tmesh_schema_run_check_limit(tmesh_schema_run_t *self, const tmesh_schema_node_t *node,
                                  const tmesh_schema_value_t *value);

// The message begins with its subject, "this" or "the name of this member": `format` goes on.
void tmesh_schema_run_violate(tmesh_schema_run_t *self, const tmesh_schema_node_t *node,
                              const char *keyword, const tmesh_schema_value_t *value,
                              const char *format, ...) __attribute__((format(printf, 5, 6)));
// The pointer leads to a member that is not there.
void tmesh_schema_run_violate_missing(tmesh_schema_run_t *self, const tmesh_schema_node_t *node,
                                      const char *keyword, const tmesh_schema_value_t *object,
                                      tmesh_bytes_t name, const char *format, ...)
    __attribute__((format(printf, 6, 7)));
// Whether the value fits can't be known: this counts even inside `not` and its like, where a plain
// violation might be what is wanted.
void tmesh_schema_run_fail(tmesh_schema_run_t *self, const char *code,
                           const tmesh_schema_node_t *node, const char *keyword,
                           const tmesh_schema_value_t *value, const char *format, ...)
    __attribute__((format(printf, 6, 7)));

#endif
