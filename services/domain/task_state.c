#include "services/domain/task_state.h"

#include <assert.h>
#include <string.h>

#define FROM(state) [TMESH_TASK_##state]
#define ON(event, state) [TMESH_TASK_EV_##event] = TMESH_TASK_##state
// What an operator or a clock may do to every open task.
#define OPEN                                                                                       \
    ON(CANCEL, CANCELLED), ON(RESOLVE_MANUALLY, RESOLVED_MANUALLY), ON(TIMEOUT, ERROR)

// Every move a task may make. An empty cell is a refused move.
static const tmesh_task_state_t next_state[TMESH_TASK_STATE_COUNT][TMESH_TASK_EVENT_COUNT] = {
    FROM(NONE) = {ON(CREATE, PENDING)},
    FROM(PENDING) = {ON(START, INITIALIZING), OPEN},
    FROM(INITIALIZING) = {ON(READY_STEPS_FOUND, ENQUEUING_STEPS),
                          ON(NO_DEPENDENCIES_READY, WAITING_FOR_DEPENDENCIES), OPEN},
    FROM(ENQUEUING_STEPS) = {ON(STEPS_ENQUEUED, STEPS_IN_PROCESS), ON(ENQUEUE_FAILED, ERROR),
                             OPEN},
    FROM(STEPS_IN_PROCESS) = {ON(STEP_COMPLETED, EVALUATING_RESULTS),
                              ON(ALL_STEPS_COMPLETED, EVALUATING_RESULTS),
                              ON(STEP_FAILED, WAITING_FOR_RETRY), ON(FAIL, ERROR),
                              ON(COMPLETE, COMPLETE), OPEN},
    FROM(EVALUATING_RESULTS) = {ON(ALL_STEPS_SUCCESSFUL, COMPLETE),
                                ON(READY_STEPS_FOUND, ENQUEUING_STEPS),
                                ON(NO_DEPENDENCIES_READY, WAITING_FOR_DEPENDENCIES),
                                ON(PERMANENT_FAILURE, BLOCKED_BY_FAILURES),
                                ON(STEPS_RUNNING, STEPS_IN_PROCESS),
                                ON(RETRIES_PENDING, WAITING_FOR_RETRY), OPEN},
    FROM(WAITING_FOR_DEPENDENCIES) = {ON(DEPENDENCIES_READY, EVALUATING_RESULTS), OPEN},
    FROM(WAITING_FOR_RETRY) = {ON(RETRY_READY, ENQUEUING_STEPS),
                               ON(MANUAL_INTERVENTION, EVALUATING_RESULTS), OPEN},
    FROM(BLOCKED_BY_FAILURES) = {ON(GIVE_UP, ERROR), ON(MANUAL_RESOLUTION, RESOLVED_MANUALLY),
                                 ON(MANUAL_INTERVENTION, EVALUATING_RESULTS), OPEN},
    FROM(ERROR) = {ON(RESET, PENDING)},
};

static const struct {
    const char *word;
    bool terminal;
} states[TMESH_TASK_STATE_COUNT] = {
    [TMESH_TASK_NONE] = {"none", false},
#define TMESH_TASK_STATE_ROW(code, word, terminal) [TMESH_TASK_##code] = {word, terminal},
    TMESH_TASK_STATES(TMESH_TASK_STATE_ROW)
#undef TMESH_TASK_STATE_ROW
};

static const char *const event_words[TMESH_TASK_EVENT_COUNT] = {
#define TMESH_TASK_EVENT_ROW(code, word) [TMESH_TASK_EV_##code] = word,
    TMESH_TASK_EVENTS(TMESH_TASK_EVENT_ROW)
#undef TMESH_TASK_EVENT_ROW
};

tmesh_task_state_t tmesh_task_state_next(tmesh_task_state_t from, tmesh_task_event_t event)
{
    assert((unsigned)from < TMESH_TASK_STATE_COUNT);
    assert((unsigned)event < TMESH_TASK_EVENT_COUNT);
    return next_state[from][event];
}

bool tmesh_task_state_is_terminal(tmesh_task_state_t state)
{
    assert((unsigned)state < TMESH_TASK_STATE_COUNT);
    return states[state].terminal;
}

bool tmesh_task_state_is_settled(tmesh_task_state_t state)
{
    return tmesh_task_state_is_terminal(state) || state == TMESH_TASK_BLOCKED_BY_FAILURES;
}

const char *tmesh_task_state_word(tmesh_task_state_t state)
{
    assert((unsigned)state < TMESH_TASK_STATE_COUNT);
    return states[state].word;
}

const char *tmesh_task_event_word(tmesh_task_event_t event)
{
    assert((unsigned)event < TMESH_TASK_EVENT_COUNT);
    return event_words[event];
}

tmesh_task_state_t tmesh_task_state_parse(const char *word)
{
    for (int i = 1; i < TMESH_TASK_STATE_COUNT; i++) {
        if (strcmp(states[i].word, word) == 0) return (tmesh_task_state_t)i;
    }
    return TMESH_TASK_NONE;
}
