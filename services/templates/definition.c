#include "services/templates/definition.h"

#include <assert.h>
#include <string.h>

const char *const tmesh_batch_failure_strategy_words[TMESH_BATCH_FAILURE_STRATEGY_COUNT] = {
    [TMESH_BATCH_CONTINUE_ON_FAILURE] = "continue_on_failure",
    [TMESH_BATCH_FAIL_FAST] = "fail_fast",
    [TMESH_BATCH_ISOLATE] = "isolate",
};

void tmesh_definition_destroy(tmesh_definition_t **self_p)
{
    if (!*self_p) return;
    tmesh_arena_t *arena = (*self_p)->arena; // the definition itself lives in it
    tmesh_arena_destroy(&arena);
    *self_p = NULL;
}

const char *tmesh_step_type_word(tmesh_step_type_t type)
{
    static const char *const words[TMESH_STEP_TYPE_COUNT] = {
#define TMESH_STEP_TYPE_ROW(code, word) [TMESH_STEP_TYPE_##code] = word,
        TMESH_STEP_TYPES(TMESH_STEP_TYPE_ROW)
#undef TMESH_STEP_TYPE_ROW
    };
    assert((unsigned)type < TMESH_STEP_TYPE_COUNT);
    return words[type];
}

int tmesh_definition_find_step(const tmesh_definition_t *self, const char *name)
{
    for (uint16_t i = 0; i < self->step_count; i++) {
        if (strcmp(self->steps[i].name, name) == 0) return i;
    }
    return -1;
}
