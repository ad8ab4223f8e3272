#include "services/moves/choice.h"

#include <assert.h>
#include <string.h>

#include "runtime/base/memory.h"
#include "services/domain/json_text.h"

bool tmesh_choice_is_up_to(const tmesh_step_definition_t *step)
{
    return step->type == TMESH_STEP_TYPE_DECISION || step->type == TMESH_STEP_TYPE_BATCHABLE;
}

tmesh_err_t tmesh_choice_read(tmesh_arena_t *arena, const tmesh_definition_t *definition,
                              uint16_t index, tmesh_bytes_t result, tmesh_choice_t *choice,
                              tmesh_fault_t **fault_p)
{
    assert(tmesh_choice_is_up_to(&definition->steps[index]));
    if (definition->steps[index].type == TMESH_STEP_TYPE_DECISION) {
        return tmesh_choice_read_decision(arena, definition, index, result, choice, fault_p);
    }
    return tmesh_choice_read_batch(arena, definition, index, result, choice, fault_p);
}

const char *tmesh_choice_text(tmesh_arena_t *arena, tmesh_bytes_t json)
{
    if (tmesh_json_kind(json) != TMESH_JSON_STRING) return NULL;
    tmesh_auto(tmesh_buffer) plain = tmesh_buffer_new();
    tmesh_json_unescape(json, plain);
    const char *text = tmesh_buffer_text(plain);
    return strlen(text) == tmesh_buffer_bytes(plain).size ? tmesh_arena_text(arena, text) : NULL;
}

bool tmesh_choice_is_text(tmesh_bytes_t json, const char *text)
{
    if (tmesh_json_kind(json) != TMESH_JSON_STRING) return false;
    tmesh_auto(tmesh_buffer) plain = tmesh_buffer_new();
    tmesh_json_unescape(json, plain);
    return tmesh_bytes_equal_text(tmesh_buffer_bytes(plain), text);
}
