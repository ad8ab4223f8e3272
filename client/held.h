// client/held.h - the runs that a worker holds, from STEP.RUN until their result is answered.
// Owned by the worker. A run is queued (its event waits), running (the program has it), cancelled
// (nobody awaits it, the program may still work on it) or answering (its result is on the way).
#ifndef TMESH_CLIENT_HELD_H
#define TMESH_CLIENT_HELD_H

#include <sys/queue.h>

#include "runtime/base/arena.h"
#include "services/domain/ids.h"
#include "taskmesh/worker.h"

typedef enum {
    TMESH_HELD_QUEUED,
    TMESH_HELD_RUNNING,
    TMESH_HELD_CANCELLED,
    TMESH_HELD_ANSWERING,
    TMESH_HELD_STATE_COUNT
} tmesh_held_state_t;

typedef enum {
    TMESH_HELD_INPUTS_NONE,
    TMESH_HELD_INPUTS_ASKED,
    TMESH_HELD_INPUTS_ANSWERED, // the event waits
} tmesh_held_inputs_t;

typedef struct tmesh_held_run {
    tmesh_worker_run_t view; // what the program sees; first, so that it leads back here
    tmesh_arena_t *arena;    // everything the view points to
    tmesh_step_id_t step_id;
    tmesh_run_token_t token;
    tmesh_held_state_t state;
    int64_t started_at_ms;            // when the program got it
    char reason[128];                 // cancelled: why; of inputs that were refused
    bool cancel_is_told;              // cancelled: the program has the event
    TAILQ_ENTRY(tmesh_held_run) link; // of the list of its state
    // running:
    tmesh_buffer_t *checkpoint;   // JSON, until it is answered; the result waits for that
    int64_t checkpoint_at_ms;     // when it is sent (again)
    uint64_t checkpoint_sent_in;  // the number of the last message that carried it
    bool beats;                   // the program said that it is at it
    tmesh_buffer_t *progress;     // JSON, or NULL
    tmesh_held_inputs_t inputs;
    tmesh_buffer_t *input_names;  // as JSON, to be asked for; NULL: all
    int64_t inputs_at_ms;         // asked: when it is asked (again)
    uint64_t inputs_asked_in;
    // answering:
    bool is_handed_over; // instead of a result
    bool success;
    tmesh_buffer_t *result; // JSON, success
    tmesh_buffer_t *error;  // the members that a failure has besides, as JSON text
    int64_t execution_time_ms;
    int64_t send_at_ms;
    uint64_t sent_in; // the number of the last message that carried it
    bool alone;       // a message with others was refused: judge it by itself
} tmesh_held_run_t;

typedef TAILQ_HEAD(tmesh_held_list, tmesh_held_run) tmesh_held_list_t;

typedef struct tmesh_held tmesh_held_t;

tmesh_held_t *tmesh_held_new(void);
void tmesh_held_destroy(tmesh_held_t **self_p);

size_t tmesh_held_count(const tmesh_held_t *self, tmesh_held_state_t state);
tmesh_held_run_t *tmesh_held_find(const tmesh_held_t *self, tmesh_step_id_t step_id, uint32_t run);
// Oldest first; NULL when there is none.
tmesh_held_run_t *tmesh_held_first(const tmesh_held_t *self, tmesh_held_state_t state);
tmesh_held_run_t *tmesh_held_next(const tmesh_held_run_t *run);

// A queued run, empty but for its name. There must be none of that name.
tmesh_held_run_t *tmesh_held_add(tmesh_held_t *self, tmesh_step_id_t step_id, uint32_t run);
void tmesh_held_move(tmesh_held_t *self, tmesh_held_run_t *run, tmesh_held_state_t state);
void tmesh_held_remove(tmesh_held_t *self, tmesh_held_run_t *run);

#endif
