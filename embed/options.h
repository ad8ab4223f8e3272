// embed/options.h - the options of a runtime: read, checked, and shown to the host.
#ifndef TMESH_EMBED_OPTIONS_H
#define TMESH_EMBED_OPTIONS_H

#include "runtime/base/arena.h"
#include "services/config/config.h"
#include "taskmesh/runtime.h"

// Defaults, file, settings, in this order; then everything that can be judged without opening
// anything. *fault_p (yours) says what is wrong.
tmesh_err_t tmesh_options_read(tmesh_config_t *config, const tmesh_runtime_options_t *options,
                               tmesh_fault_t **fault_p);

// Every option as a host may see it, without passwords; they live as long as the arena.
const char *const *tmesh_options_show(const tmesh_config_t *config, tmesh_arena_t *arena);
// One of them by its name, or NULL.
const char *tmesh_options_find(const char *const *shown, const char *name);

#endif
