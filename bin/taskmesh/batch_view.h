// bin/taskmesh/batch_view.h - the workers of a batch as one: how many there are, in which states.
#ifndef TMESH_BIN_TASKMESH_BATCH_VIEW_H
#define TMESH_BIN_TASKMESH_BATCH_VIEW_H

#include "bin/taskmesh/cli.h"
#include "runtime/base/arena.h"
#include "runtime/base/map.h"
#include "services/domain/step_state.h"

typedef struct {
    const char *template_name;
    uint32_t total;
    uint32_t counts[TMESH_STEP_STATE_COUNT];
    uint32_t tolerated; // of those in error
    bool has_node;      // in a picture
    uint16_t node;
} cli_batch_t;

// From the name of their template to the workers that it made, in the arena. The map is yours.
tmesh_map_t *cli_batches_of(const tmesh_answer_t *answer, tmesh_arena_t *arena);
// "500 x work_*"; "480 complete, 20 in_progress"; and what is most to be seen to, as a state.
const char *cli_batch_name(const cli_batch_t *self, tmesh_arena_t *arena);
const char *cli_batch_note(const cli_batch_t *self, tmesh_arena_t *arena);
const char *cli_batch_state(const cli_batch_t *self);

// Has this step failed, and the task goes on all the same?
bool cli_is_tolerated(const tmesh_answer_t *answer, size_t step);

#endif
