// services/domain/task_filter.h - which tasks are meant: by who lists them, and by who acts on many.
// Plain data; texts are lent.
#ifndef TMESH_SERVICES_DOMAIN_TASK_FILTER_H
#define TMESH_SERVICES_DOMAIN_TASK_FILTER_H

#include <stdint.h>

#include "services/domain/ids.h"
#include "services/domain/task_state.h"

// A task is meant when all that is set is true of it.
typedef struct {
    const char *namespace_name; // texts: NULL: any
    const char *name;
    const char *version;
    const char *correlation_id;
    tmesh_task_state_t state;  // TMESH_TASK_NONE: any
    int64_t created_after_ms;  // made then or later; 0: any
    int64_t created_before_ms; // made earlier; 0: any
    bool has_before;
    tmesh_task_id_t before; // made earlier than this one
    uint32_t limit;         // so many, newest first
} tmesh_task_filter_t;

#endif
