// client/worker_private.h - a worker from inside, for its own sources alone:
// worker.c and hand_in.c the public functions, hello.c and session.c what begins a session and keeps
// it alive, runs.c what the server sends by itself, news.c what is said and asked of runs that go on,
// results.c what goes back.
#ifndef TMESH_CLIENT_WORKER_PRIVATE_H
#define TMESH_CLIENT_WORKER_PRIVATE_H

#include "client/connection.h"
#include "client/held.h"
#include "runtime/base/clock.h"
#include "services/wire/codec.h"
#include "taskmesh/worker.h"

// The first character of a request id says what it was, the rest is a number.
enum {
    TMESH_WORKER_ID_BYTES = 24,
    TMESH_WORKER_ASKED_HELLO = 'h',
    TMESH_WORKER_ASKED_BEAT = 'b',
    TMESH_WORKER_ASKED_RESULT = 'r',
    TMESH_WORKER_ASKED_DRAIN = 'd',
    TMESH_WORKER_ASKED_BYE = 'y',
    TMESH_WORKER_ASKED_CHECKPOINT = 'c',
    TMESH_WORKER_ASKED_RUNS = 'p', // STEP.HEARTBEAT
    TMESH_WORKER_ASKED_INPUTS = 'i',
};

typedef enum {
    TMESH_WORKER_PHASE_SERVING,
    TMESH_WORKER_PHASE_DRAINING, // no more steps, please
    TMESH_WORKER_PHASE_LEAVING,  // BYE was said
    TMESH_WORKER_PHASE_STOPPED,
} tmesh_worker_phase_t;

struct tmesh_worker {
    tmesh_worker_options_t options; // texts are in the arena
    tmesh_arena_t *arena;
    tmesh_connection_t *connection;
    tmesh_clock_t *clock;
    tmesh_held_t *held;
    uint64_t messages_sent; // numbers the request ids

    char session[TMESH_UUID_TEXT_BYTES]; // "" while there is none
    int64_t heartbeat_ms;                // as agreed
    int64_t lost_after_ms;
    int64_t heard_at_ms; // anything at all
    int64_t sent_at_ms;
    int64_t hello_at_ms;      // when HELLO is due (again)
    int64_t hello_sent_at_ms; // 0: not on this connection
    bool wants_room;          // something could not be sent

    tmesh_worker_phase_t phase;
    bool drain_is_told; // in this session
    int64_t drain_limit_ms;
    int64_t finished_at_ms; // when the last result was handed in
    int64_t leaving_at_ms;
    bool has_news; // some run may have something to say or to ask
    int64_t news_at_ms; // when beats were last sent
    char stop_reason[512];
    bool stop_is_told;
};

int64_t tmesh_worker_now_ms(const tmesh_worker_t *self);
void tmesh_worker_say(const tmesh_worker_t *self, const char *event, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

// A request of a kind, with the next number, which *number gets (may be NULL).
tmesh_frames_t *tmesh_worker_new_message(tmesh_worker_t *self, char kind, const char *command,
                                         uint64_t *number);
// Sends and frees; false when there is no room now (wants_room is then set).
bool tmesh_worker_send(tmesh_worker_t *self, tmesh_frames_t **frames_p);

// session.c: one turn, receiving and sending whatever is due. Never waits.
void tmesh_worker_turn(tmesh_worker_t *self);
// When the next turn is due, if nothing comes in before.
int64_t tmesh_worker_next_turn_ms(const tmesh_worker_t *self);
// The session is over: HELLO again.
void tmesh_worker_lose_session(tmesh_worker_t *self, const char *why);

// hello.c
void tmesh_worker_send_hello(tmesh_worker_t *self, int64_t now_ms);
void tmesh_worker_take_hello_answer(tmesh_worker_t *self, int status, tmesh_body_t *body);

// hand_in.c: asserts that the program has it.
tmesh_held_run_t *tmesh_worker_held_of(tmesh_worker_run_t *run);

// news.c
void tmesh_worker_send_news(tmesh_worker_t *self);
void tmesh_worker_send_news_again(tmesh_worker_t *self);
// INT64_MAX: there are none.
int64_t tmesh_worker_next_news_ms(const tmesh_worker_t *self);
void tmesh_worker_take_saved(tmesh_worker_t *self, uint64_t number, int status, tmesh_body_t *body);
void tmesh_worker_take_beaten(tmesh_worker_t *self, int status, tmesh_body_t *body);
void tmesh_worker_take_inputs(tmesh_worker_t *self, uint64_t number, int status,
                              tmesh_body_t *body);
// The run whose answer to tmesh_worker_ask_inputs was not taken yet, or NULL.
tmesh_held_run_t *tmesh_worker_answered_inputs(const tmesh_worker_t *self);

// runs.c
void tmesh_worker_write_fence(tmesh_writer_t *writer, const tmesh_held_run_t *run);
// The name of a run; false when it has none.
bool tmesh_worker_read_name(tmesh_body_t *body, tmesh_step_id_t *step_id, uint32_t *run);
void tmesh_worker_take_runs(tmesh_worker_t *self, tmesh_body_t *body);
void tmesh_worker_take_cancels(tmesh_worker_t *self, tmesh_body_t *body);
void tmesh_worker_cancel_run(tmesh_worker_t *self, tmesh_held_run_t *run, const char *reason);

// results.c
void tmesh_worker_send_results(tmesh_worker_t *self);
void tmesh_worker_take_answers(tmesh_worker_t *self, uint64_t number, int status,
                               tmesh_body_t *body);
// How long to wait after a 503 that asked for so much; 0: for nothing.
int64_t tmesh_worker_rest_after(int64_t asked_ms);
// INT64_MAX: nothing waits to be sent.
int64_t tmesh_worker_next_result_ms(const tmesh_worker_t *self);
void tmesh_worker_send_results_again(tmesh_worker_t *self);

#endif
