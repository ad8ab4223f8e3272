// embed/handlers.h - which function of the host runs a step. Never changes, so any thread may use it.
#ifndef TMESH_EMBED_HANDLERS_H
#define TMESH_EMBED_HANDLERS_H

#include "embed/jobs.h"

typedef struct {
    const tmesh_handler_t *rows; // the first whose pattern fits is taken
    size_t count;
} tmesh_handlers_t;

// A copy that lives as long as the arena.
tmesh_handlers_t tmesh_handlers_copy(const tmesh_handler_t *rows, size_t count,
                                     tmesh_arena_t *arena);
// Calls the one for the step of a running job, unless that was cancelled meanwhile.
void tmesh_handlers_run(const tmesh_handlers_t *self, tmesh_job_t *job);

#endif
