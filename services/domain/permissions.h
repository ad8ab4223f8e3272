// services/domain/permissions.h - what a peer may do (SPEC 9.2). Pure values; any thread.
//
// A permission is a resource and an action, `tasks:read`. A list of them may name a whole resource,
// `tasks:*`; there is nothing that names all resources.
#ifndef TMESH_SERVICES_DOMAIN_PERMISSIONS_H
#define TMESH_SERVICES_DOMAIN_PERMISSIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "runtime/base/error.h"

// The model's, then ours.
#define TMESH_PERMISSIONS(X)                                                                       \
    X(TASKS_CREATE, "tasks:create")                                                                \
    X(TASKS_READ, "tasks:read")                                                                    \
    X(TASKS_LIST, "tasks:list")                                                                    \
    X(TASKS_CANCEL, "tasks:cancel")                                                                \
    X(TASKS_CONTEXT_READ, "tasks:context_read")                                                    \
    X(STEPS_READ, "steps:read")                                                                    \
    X(STEPS_RESOLVE, "steps:resolve")                                                              \
    X(DLQ_READ, "dlq:read")                                                                        \
    X(DLQ_UPDATE, "dlq:update")                                                                    \
    X(DLQ_STATS, "dlq:stats")                                                                      \
    X(TEMPLATES_READ, "templates:read")                                                            \
    X(TEMPLATES_VALIDATE, "templates:validate")                                                    \
    X(SYSTEM_CONFIG_READ, "system:config_read")                                                    \
    X(SYSTEM_HANDLERS_READ, "system:handlers_read")                                                \
    X(SYSTEM_ANALYTICS_READ, "system:analytics_read")                                              \
    X(WORKER_CONFIG_READ, "worker:config_read")                                                    \
    X(WORKER_TEMPLATES_READ, "worker:templates_read")                                              \
    X(TASKS_RESOLVE, "tasks:resolve")                                                              \
    X(TEMPLATES_WRITE, "templates:write")                                                          \
    X(WORKERS_CONNECT, "workers:connect")                                                          \
    X(EVENTS_SUBSCRIBE, "events:subscribe")                                                        \
    X(SYSTEM_BACKUP, "system:backup")

typedef enum {
    TMESH_PERMISSION_UNDECIDED, // nobody has said yet what is needed: never covered
    TMESH_PERMISSION_NONE,      // whoever can connect may do it
#define TMESH_PERMISSION_CODE(code, word) TMESH_PERMISSION_##code,
    TMESH_PERMISSIONS(TMESH_PERMISSION_CODE)
#undef TMESH_PERMISSION_CODE
        TMESH_PERMISSION_COUNT
} tmesh_permission_t;

// What somebody was granted; zeroed: nothing.
typedef struct {
    uint64_t bits;
} tmesh_permissions_t;

// NULL for UNDECIDED and NONE, which are no permissions.
const char *tmesh_permission_word(tmesh_permission_t permission);

tmesh_permissions_t tmesh_permissions_all(void);
// Reads names and wildcards, separated by commas or spaces; an empty list grants nothing. INVALID
// "unknown_permission" for a name that is none, which stands in the fault's `where`; *granted is
// untouched then.
tmesh_err_t tmesh_permissions_parse(const char *list, tmesh_permissions_t *granted,
                                    tmesh_fault_t **fault_p);
bool tmesh_permissions_cover(tmesh_permissions_t granted, tmesh_permission_t needed);

#endif
