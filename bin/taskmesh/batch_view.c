#include "bin/taskmesh/batch_view.h"

#include <stdio.h>
#include <string.h>

#include "bin/taskmesh/table.h"
#include "runtime/base/memory.h"

enum { POINTER_BYTES = 64 };

static const char *text_of(const tmesh_answer_t *answer, size_t step, const char *field)
{
    char pointer[POINTER_BYTES];
    snprintf(pointer, sizeof pointer, "/steps/%zu/%s", step, field);
    return tmesh_answer_text(answer, pointer);
}

bool cli_is_tolerated(const tmesh_answer_t *answer, size_t step)
{
    char pointer[POINTER_BYTES];
    snprintf(pointer, sizeof pointer, "/steps/%zu/failure_tolerated", step);
    return tmesh_answer_integer(answer, pointer, 0) != 0;
}

tmesh_map_t *cli_batches_of(const tmesh_answer_t *answer, tmesh_arena_t *arena)
{
    tmesh_map_t *batches = tmesh_map_new();
    size_t count = tmesh_answer_count(answer, "/steps");
    for (size_t i = 0; i < count; i++) {
        const char *name = text_of(answer, i, "template_step_name");
        if (!name) continue;
        cli_batch_t *batch = tmesh_map_get(batches, name, strlen(name));
        if (!batch) {
            batch = tmesh_arena_alloc(arena, sizeof *batch);
            batch->template_name = name;
            tmesh_map_put(batches, name, strlen(name), batch);
        }
        const char *state = text_of(answer, i, "current_state");
        batch->total++;
        batch->counts[state ? tmesh_step_state_parse(state) : TMESH_STEP_NONE]++;
        batch->tolerated += cli_is_tolerated(answer, i);
    }
    return batches;
}

const char *cli_batch_name(const cli_batch_t *self, tmesh_arena_t *arena)
{
    tmesh_auto_free char *name = cli_text_shown(self->template_name);
    return tmesh_arena_printf(arena, "%u x %s_*", self->total, name);
}

const char *cli_batch_note(const cli_batch_t *self, tmesh_arena_t *arena)
{
    tmesh_auto(tmesh_buffer) note = tmesh_buffer_new();
    for (int state = 1; state < TMESH_STEP_STATE_COUNT; state++) {
        if (self->counts[state] == 0) continue;
        tmesh_buffer_printf(note, "%s%u %s", note->size ? ", " : "", self->counts[state],
                            tmesh_step_state_word((tmesh_step_state_t)state));
    }
    if (self->tolerated) tmesh_buffer_printf(note, " (%u tolerated)", self->tolerated);
    return tmesh_arena_text(arena, tmesh_buffer_text(note));
}

const char *cli_batch_state(const cli_batch_t *self)
{
    if (self->counts[TMESH_STEP_ERROR] > self->tolerated) {
        return tmesh_step_state_word(TMESH_STEP_ERROR);
    }
    static const tmesh_step_state_t order[] = {
        TMESH_STEP_IN_PROGRESS, TMESH_STEP_ENQUEUED,  TMESH_STEP_WAITING_FOR_RETRY,
        TMESH_STEP_PENDING,     TMESH_STEP_CANCELLED, TMESH_STEP_COMPLETE,
    };
    for (size_t i = 0; i < TMESH_COUNT_OF(order); i++) {
        if (self->counts[order[i]] > 0) return tmesh_step_state_word(order[i]);
    }
    return tmesh_step_state_word(self->tolerated ? TMESH_STEP_ERROR : TMESH_STEP_RESOLVED_MANUALLY);
}
