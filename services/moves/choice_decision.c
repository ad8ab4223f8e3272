// What a decision's result says: "decision_point_outcome".
#include "runtime/base/memory.h"
#include "services/domain/json_text.h"
#include "services/moves/choice.h"
#include "services/templates/growth.h"

static tmesh_fault_t *invalid(const char *sentence, const char *name)
{
    return tmesh_fault_new(TMESH_ERR_INVALID, "invalid_decision", "/decision_point_outcome",
                           "%s%.200s", sentence, name);
}

static tmesh_err_t read_name(tmesh_arena_t *arena, const tmesh_definition_t *definition,
                             uint16_t index, tmesh_bytes_t json, uint16_t *step_p,
                             tmesh_fault_t **fault_p)
{
    const char *name = tmesh_choice_text(arena, json);
    if (!name) {
        *fault_p = invalid("a step name is not a text", "");
        return TMESH_ERR_INVALID;
    }
    int step = tmesh_definition_find_step(definition, name);
    if (step < 0) {
        *fault_p = invalid("the template has no step ", name);
        return TMESH_ERR_INVALID;
    }
    if (!tmesh_growth_may_name(definition, index, (uint16_t)step)) {
        *fault_p = invalid("this decision may not name the step ", name);
        return TMESH_ERR_INVALID;
    }
    *step_p = (uint16_t)step;
    return TMESH_OK;
}

static tmesh_err_t read_names(tmesh_arena_t *arena, const tmesh_definition_t *definition,
                              uint16_t index, tmesh_bytes_t names, tmesh_choice_t *choice,
                              tmesh_fault_t **fault_p)
{
    if (tmesh_json_kind(names) != TMESH_JSON_ARRAY) {
        *fault_p = invalid("step_names is not an array", "");
        return TMESH_ERR_INVALID;
    }
    uint16_t *steps = tmesh_arena_alloc(arena, TMESH_DECISION_NAMES_MAX * sizeof *steps);
    size_t position = 0;
    tmesh_bytes_t name;
    while (tmesh_json_next(names, &position, NULL, &name)) {
        if (choice->count == TMESH_DECISION_NAMES_MAX) {
            *fault_p = invalid("it names more than 100 steps", "");
            return TMESH_ERR_INVALID;
        }
        tmesh_err_t err =
            read_name(arena, definition, index, name, &steps[choice->count], fault_p);
        if (err) return err;
        choice->count++;
    }
    choice->steps = steps;
    return TMESH_OK;
}

tmesh_err_t tmesh_choice_read_decision(tmesh_arena_t *arena, const tmesh_definition_t *definition,
                                       uint16_t index, tmesh_bytes_t result,
                                       tmesh_choice_t *choice, tmesh_fault_t **fault_p)
{
    *choice = (tmesh_choice_t){0};
    tmesh_bytes_t outcome = TMESH_BYTES_NONE;
    if (tmesh_json_kind(result) == TMESH_JSON_OBJECT) {
        outcome = tmesh_json_member(result, "decision_point_outcome");
    }
    if (tmesh_json_kind(outcome) != TMESH_JSON_OBJECT) {
        *fault_p = invalid("the result of a decision step has no decision_point_outcome", "");
        return TMESH_ERR_INVALID;
    }
    tmesh_bytes_t type = tmesh_json_member(outcome, "type");
    if (tmesh_choice_is_text(type, "no_branches")) return TMESH_OK;
    if (!tmesh_choice_is_text(type, "create_steps")) {
        *fault_p = invalid("its type is neither no_branches nor create_steps", "");
        return TMESH_ERR_INVALID;
    }
    return read_names(arena, definition, index, tmesh_json_member(outcome, "step_names"), choice,
                      fault_p);
}
