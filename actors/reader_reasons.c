// Why something waits, in words (SPEC 8.1).
#include <stdio.h>

#include "actors/reader_views.h"
#include "services/moves/step_name.h"

enum { REASON_BYTES = 256 };

static const char *of_enqueued(const tmesh_step_view_t *step, const tmesh_view_facts_t *facts,
                               char *text)
{
    const tmesh_definition_t *definition = facts->definition;
    const char *callable = definition->steps[step->row.template_index].callable;
    const char *namespace_name = definition->namespace_name;
    if (step->row.held) {
        snprintf(text, REASON_BYTES, "its task is %s",
                 facts->paused_ms ? "paused" : "blocked by failures");
    } else if (tmesh_pauses_has(tmesh_credit_pauses(facts->credit), namespace_name, callable)) {
        snprintf(text, REASON_BYTES, "%.80s/%.120s is paused", namespace_name, callable);
    } else if (!tmesh_credit_is_offered(facts->credit, namespace_name, callable)) {
        snprintf(text, REASON_BYTES, "no worker offers %.80s/%.120s", namespace_name, callable);
    } else if (step->row.claimed) {
        snprintf(text, REASON_BYTES, "about to be handed to a worker");
    } else {
        snprintf(text, REASON_BYTES, "all workers for %.80s/%.120s are busy", namespace_name,
                 callable);
    }
    return text;
}

const char *tmesh_view_step_reason(const tmesh_step_view_t *step, const tmesh_view_facts_t *facts,
                                   char text[256])
{
    const tmesh_step_row_t *row = &step->row;
    if (!facts->definition || row->template_index >= facts->definition->step_count) return NULL;
    long long left_ms = (long long)(row->due_ms - facts->now_ms);
    if (left_ms < 0) left_ms = 0;
    switch (row->state) {
    case TMESH_STEP_PENDING:
        if (row->due_for == TMESH_STEP_DUE_ENQUEUE) {
            snprintf(text, REASON_BYTES, "postponed, starts in %lld ms", left_ms);
        } else if (row->awaits_slot && facts->is_blocked) {
            snprintf(text, REASON_BYTES, "its task is blocked by failures");
        } else if (row->awaits_slot && row->parents_open == 1) {
            snprintf(text, REASON_BYTES, "as many workers of its batch as may run at once do so");
        } else if (row->parents_open > 0) {
            snprintf(text, REASON_BYTES, "%u of %u dependencies are not done",
                     row->parents_open - row->awaits_slot, step->parent_count);
        } else {
            snprintf(text, REASON_BYTES, "its task does not go on");
        }
        return text;
    case TMESH_STEP_ENQUEUED:
        return of_enqueued(step, facts, text);
    case TMESH_STEP_IN_PROGRESS:
        if (row->due_for == TMESH_STEP_DUE_ADOPTION) {
            snprintf(text, REASON_BYTES, "its worker has %lld ms to come back", left_ms);
        } else if (row->handed_over && row->due_for == TMESH_STEP_DUE_TIMEOUT) {
            snprintf(text, REASON_BYTES,
                     "handed over: whoever has its run_token reports, its time is over in %lld ms",
                     left_ms);
        } else if (row->handed_over) {
            snprintf(text, REASON_BYTES, "handed over: whoever has its run_token reports");
        } else if (row->due_for == TMESH_STEP_DUE_TIMEOUT) {
            snprintf(text, REASON_BYTES, "running on %.100s, its time is over in %lld ms",
                     row->worker ? row->worker : "a worker", left_ms);
        } else {
            snprintf(text, REASON_BYTES, "running on %.100s",
                     row->worker ? row->worker : "a worker");
        }
        return text;
    case TMESH_STEP_WAITING_FOR_RETRY:
        if (row->due_for != TMESH_STEP_DUE_ENQUEUE) {
            snprintf(text, REASON_BYTES, "its task is blocked by failures");
        } else {
            snprintf(text, REASON_BYTES, "retry %u of %u due in %lld ms after %.60s",
                     row->attempts + 1, row->max_attempts, left_ms,
                     step->failure ? step->failure->error_code : "a failure");
        }
        return text;
    default:
        return NULL;
    }
}

const char *tmesh_view_task_reason(const tmesh_task_view_t *task, const tmesh_view_facts_t *facts,
                                   const tmesh_step_view_t *steps, size_t step_count,
                                   char text[256])
{
    if (tmesh_task_state_is_terminal(task->row.state)) return NULL;
    if (task->row.paused_ms) {
        snprintf(text, REASON_BYTES, "paused: nothing new starts until it is resumed");
        return text;
    }
    if (!facts->definition) return NULL;
    for (size_t i = 0; i < step_count; i++) {
        const tmesh_step_row_t *row = &steps[i].row;
        if (row->template_index >= facts->definition->step_count) continue;
        const char *name = tmesh_step_name_of(facts->definition, row);
        if (task->row.state == TMESH_TASK_BLOCKED_BY_FAILURES) {
            if (row->state != TMESH_STEP_ERROR || row->tolerated) continue;
            snprintf(text, REASON_BYTES, "step %.100s failed for good: %.100s", name,
                     steps[i].failure ? steps[i].failure->error_code : "error");
            return text;
        }
        bool waits_for_parents = row->state == TMESH_STEP_PENDING && row->parents_open > 0;
        char of_step[REASON_BYTES];
        if (waits_for_parents || !tmesh_view_step_reason(&steps[i], facts, of_step)) continue;
        snprintf(text, REASON_BYTES, "%.90s: %.150s", name, of_step);
        return text;
    }
    return NULL;
}
