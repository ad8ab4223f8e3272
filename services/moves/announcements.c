#include "services/moves/announcements.h"

#include <string.h>

#include "runtime/base/memory.h"
#include "services/moves/failure.h"

enum { FIRST_CAPACITY = 8 };

// "retryable" means that it will be tried again, "permanent" that it will not: what became of the
// step, not what its worker believed.
static bool holds(tmesh_publish_condition_t condition, const tmesh_result_row_t *result)
{
    switch (condition) {
    case TMESH_PUBLISH_ON_SUCCESS: return result->success;
    case TMESH_PUBLISH_ON_FAILURE: return !result->success;
    case TMESH_PUBLISH_ON_RETRYABLE_FAILURE:
        return !result->success && result->answer == TMESH_STEP_WAITING_FOR_RETRY;
    case TMESH_PUBLISH_ON_PERMANENT_FAILURE:
        return !result->success && result->answer == TMESH_STEP_ERROR;
    case TMESH_PUBLISH_ALWAYS: return true;
    }
    return false;
}

// The step may have moved on in the same commit, so its row does not tell.
static bool is_passage_of(const tmesh_happening_t *happening, const tmesh_result_row_t *result)
{
    const tmesh_transition_row_t *row = happening->row;
    tmesh_task_id_t task_id = tmesh_task_id_of_step(result->step_id);
    return row->step_number == tmesh_step_number(result->step_id) && row->run == result->run &&
           tmesh_task_id_compare(row->task_id, task_id) == 0 &&
           strcmp(row->to, tmesh_step_state_word(result->answer)) == 0;
}

// Results are recorded in the order of the passages that they lead to: so the search goes on where
// the last one ended, and all of them together cost one walk.
static const tmesh_happening_t *find_passage(const tmesh_outcome_t *outcome,
                                             const tmesh_result_row_t *result, size_t *position)
{
    for (size_t i = *position; i < outcome->happening_count; i++) {
        if (!is_passage_of(&outcome->happenings[i], result)) continue;
        *position = i + 1;
        return &outcome->happenings[i];
    }
    return NULL;
}

static void add(tmesh_outcome_t *outcome, tmesh_announcement_t announcement)
{
    if (outcome->announcement_count == outcome->announcement_capacity) {
        outcome->announcement_capacity =
            outcome->announcement_capacity ? outcome->announcement_capacity * 2 : FIRST_CAPACITY;
        outcome->announcements =
            tmesh_realloc_array(outcome->announcements, outcome->announcement_capacity,
                                sizeof *outcome->announcements);
    }
    outcome->announcements[outcome->announcement_count++] = announcement;
}

// Who says so: the worker that handed the result in, otherwise the node that concluded it.
static const char *fired_by(const tmesh_tools_t *tools, const tmesh_work_t *work,
                            const tmesh_result_row_t *result)
{
    if (result->worker && !tmesh_moves_was_concluded(result)) return result->worker;
    return tmesh_arena_text(work->arena, tmesh_uuid_format(tools->node_id.bytes,
                                                           (tmesh_uuid_text_t){0}));
}

static void announce(tmesh_outcome_t *outcome, tmesh_tools_t *tools, const tmesh_work_t *work,
                     const tmesh_result_row_t *result, size_t *position)
{
    const tmesh_work_step_t *step = tmesh_work_find_step(work, result->step_id);
    const tmesh_definition_t *definition = NULL;
    const tmesh_step_definition_t *of_step = NULL;
    if (!step || tmesh_tools_step_definition(tools, step, &definition, &of_step)) return;
    if (of_step->event_count == 0) return;
    const tmesh_happening_t *passage = find_passage(outcome, result, position);
    if (!passage) return;
    const char *speaker = fired_by(tools, work, result);
    for (uint16_t i = 0; i < of_step->event_count; i++) {
        if (!holds(of_step->events[i].condition, result)) continue;
        add(outcome, (tmesh_announcement_t){
            .event_name = of_step->events[i].name,
            .fired_by = speaker,
            .passage = passage,
            .result = result,
            .step = &step->row,
        });
    }
}

void tmesh_announcements_collect(tmesh_outcome_t *outcome, tmesh_tools_t *tools,
                                 const tmesh_work_t *work)
{
    size_t position = 0;
    for (uint32_t i = 0; i < work->result_count; i++) {
        announce(outcome, tools, work, &work->results[i], &position);
    }
}
