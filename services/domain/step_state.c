#include "services/domain/step_state.h"

#include <assert.h>
#include <string.h>

#define FROM(state) [TMESH_STEP_##state]
#define ON(event, state) [TMESH_STEP_EV_##event] = TMESH_STEP_##state
// What an operator may do to a step in any state (SPEC 6.4; an ended task refuses it earlier).
#define BY_HAND ON(COMPLETE_MANUALLY, COMPLETE), ON(RESOLVE_MANUALLY, RESOLVED_MANUALLY)

// Every move a step may make. An empty cell is a refused move.
static const tmesh_step_state_t next_state[TMESH_STEP_STATE_COUNT][TMESH_STEP_EVENT_COUNT] = {
    FROM(NONE) = {ON(CREATE, PENDING)},
    FROM(PENDING) = {ON(ENQUEUE, ENQUEUED), ON(START, IN_PROGRESS), ON(FAIL, ERROR),
                     ON(WAIT_FOR_RETRY, WAITING_FOR_RETRY), ON(CANCEL, CANCELLED), BY_HAND},
    FROM(ENQUEUED) = {ON(START, IN_PROGRESS), ON(FAIL, ERROR),
                      ON(WAIT_FOR_RETRY, WAITING_FOR_RETRY), ON(CANCEL, CANCELLED), BY_HAND},
    FROM(IN_PROGRESS) = {ON(ENQUEUE_FOR_ORCHESTRATION, ENQUEUED_FOR_ORCHESTRATION),
                         ON(ENQUEUE_AS_ERROR_FOR_ORCHESTRATION,
                            ENQUEUED_AS_ERROR_FOR_ORCHESTRATION),
                         ON(COMPLETE, COMPLETE), ON(FAIL, ERROR),
                         ON(WAIT_FOR_RETRY, WAITING_FOR_RETRY), ON(CANCEL, CANCELLED), BY_HAND},
    FROM(ENQUEUED_FOR_ORCHESTRATION) = {ON(COMPLETE, COMPLETE), ON(FAIL, ERROR),
                                        ON(CANCEL, CANCELLED), BY_HAND},
    FROM(ENQUEUED_AS_ERROR_FOR_ORCHESTRATION) = {ON(FAIL, ERROR), ON(COMPLETE, COMPLETE),
                                                 ON(WAIT_FOR_RETRY, WAITING_FOR_RETRY),
                                                 ON(CANCEL, CANCELLED), BY_HAND},
    FROM(WAITING_FOR_RETRY) = {ON(RETRY, PENDING), ON(CANCEL, CANCELLED), BY_HAND},
    FROM(COMPLETE) = {BY_HAND},
    FROM(ERROR) = {ON(RETRY, PENDING), ON(RESET_FOR_RETRY, PENDING), ON(CANCEL, CANCELLED),
                   BY_HAND},
    FROM(CANCELLED) = {ON(RESET_FOR_RETRY, PENDING), BY_HAND},
    FROM(RESOLVED_MANUALLY) = {BY_HAND},
};

static const char *const state_words[TMESH_STEP_STATE_COUNT] = {
    [TMESH_STEP_NONE] = "none",
#define TMESH_STEP_STATE_ROW(code, word) [TMESH_STEP_##code] = word,
    TMESH_STEP_STATES(TMESH_STEP_STATE_ROW)
#undef TMESH_STEP_STATE_ROW
};

static const char *const event_words[TMESH_STEP_EVENT_COUNT] = {
#define TMESH_STEP_EVENT_ROW(code, word) [TMESH_STEP_EV_##code] = word,
    TMESH_STEP_EVENTS(TMESH_STEP_EVENT_ROW)
#undef TMESH_STEP_EVENT_ROW
};

tmesh_step_state_t tmesh_step_state_next(tmesh_step_state_t from, tmesh_step_event_t event)
{
    assert((unsigned)from < TMESH_STEP_STATE_COUNT);
    assert((unsigned)event < TMESH_STEP_EVENT_COUNT);
    return next_state[from][event];
}

bool tmesh_step_state_is_done(tmesh_step_state_t state)
{
    return state == TMESH_STEP_COMPLETE || state == TMESH_STEP_RESOLVED_MANUALLY;
}

bool tmesh_step_state_is_in_flight(tmesh_step_state_t state)
{
    return state == TMESH_STEP_ENQUEUED || state == TMESH_STEP_IN_PROGRESS ||
           state == TMESH_STEP_ENQUEUED_FOR_ORCHESTRATION ||
           state == TMESH_STEP_ENQUEUED_AS_ERROR_FOR_ORCHESTRATION;
}

const char *tmesh_step_state_word(tmesh_step_state_t state)
{
    assert((unsigned)state < TMESH_STEP_STATE_COUNT);
    return state_words[state];
}

const char *tmesh_step_event_word(tmesh_step_event_t event)
{
    assert((unsigned)event < TMESH_STEP_EVENT_COUNT);
    return event_words[event];
}

tmesh_step_state_t tmesh_step_state_parse(const char *word)
{
    for (int i = 1; i < TMESH_STEP_STATE_COUNT; i++) {
        if (strcmp(state_words[i], word) == 0) return (tmesh_step_state_t)i;
    }
    return TMESH_STEP_NONE;
}
