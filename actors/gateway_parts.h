// actors/gateway_parts.h - the inside of the gateway, for actors/gateway*.c alone.
//
//   gateway.c            the actor: life, socket, tick, messages from the mesh
//   gateway_commands.c   the table of commands; the door that every message passes
//   gateway_replies.c    answers: written, sent, kept for a peer that is slow
//   gateway_room.c       how much of them is in memory: what may come in, what is still unsent
//   gateway_pending.c    commands whose answer is still on its way
//   gateway_waiters.h .c clients whose answer waits for something to happen to a task
//   gateway_submit.c gateway_tasks.c gateway_manual.c gateway_wait.c gateway_events.c
//   gateway_audit.c gateway_dlq.c gateway_templates.c gateway_node.c gateway_backup.c
//                        commands of clients
//   gateway_acting.c     what people do to tasks; gateway_bulk.c does it, to one or to many
//   gateway_filter.c     which tasks are meant: TASK.LIST, and commands over many
//   gateway_workers.c gateway_hello.c gateway_results.c gateway_result_body.c
//                        commands of workers
//   gateway_run_news.c   what a worker says, and asks, about a run that goes on
//   gateway_runs.c       STEP.RUN and STEP.CANCEL; gateway_step_run.c writes the message
//   gateway_notes.c      what the orchestration is told of runs: sent, lost, handed back
//   gateway_held.c       what the keeper asks other nodes about: runs here, tasks waited for
#ifndef TMESH_ACTORS_GATEWAY_PARTS_H
#define TMESH_ACTORS_GATEWAY_PARTS_H

#include <sys/queue.h>

#include "actors/gateway.h"
#include "runtime/base/allowance.h"
#include "runtime/base/map.h"
#include "services/domain/permissions.h"
#include "services/wire/codec.h"
#include "services/wire/contract.h"
#include "services/wire/status.h"
#include "services/workers/dispatch.h"

enum {
    TMESH_GATEWAY_MESSAGES_PER_TURN = 64,
    TMESH_GATEWAY_SUBMISSIONS_MAX = 1000,
    TMESH_GATEWAY_BULK_MAX = 1000,        // tasks of one command
    TMESH_GATEWAY_BULK_WAVE = 256,        // of them asked for at a time: one batch, one commit
    TMESH_GATEWAY_RESULTS_MAX = 10000,    // of one STEP.RESULT, and held runs of one HELLO
    TMESH_GATEWAY_PENDING_MAX = 20000,    // commands without an answer yet, waiting ones included
    TMESH_GATEWAY_SECOND_MS = 1000,       // backlog and credit are looked at this often
    TMESH_GATEWAY_RETRY_MS = 20,          // until a full mailbox or connection is tried again
    TMESH_GATEWAY_LINGER_MS = 1000,
};

typedef struct tmesh_gateway_pending tmesh_gateway_pending_t;
typedef struct tmesh_waiter tmesh_waiter_t;
typedef struct tmesh_hello tmesh_hello_t;
TAILQ_HEAD(tmesh_waiter_list, tmesh_waiter);
TAILQ_HEAD(tmesh_hello_list, tmesh_hello);

struct tmesh_gateway {
    tmesh_context_t *context;                 // lent
    const tmesh_gateway_services_t *services; // lent
    const tmesh_clock_t *clock;               // lent, the context's
    void *router;
    bool closing; // the door is closed
    tmesh_dispatch_t *dispatch;
    tmesh_map_t *slow_peers; // routing id -> messages that its connection did not take yet
    tmesh_buffer_t *greeting; // the answer to PING, as far as it never changes; NULL before the first
    tmesh_map_t *pending;    // tag -> command without an answer
    tmesh_allowance_t *commands; // bytes of those under way, with what they were made into
    tmesh_map_t *unsent;         // routing id -> bytes of large messages that libzmq still has
    size_t unsent_sweep_at;      // so many of these, and those of whom nothing is left are forgotten
    uint64_t last_tag;
    tmesh_map_t *waiters_by_task; // task id -> the first of its waiting clients
    struct tmesh_waiter_list waiters;
    struct tmesh_hello_list hellos; // with held runs that could not be asked for yet
    // All on the monotonic clock.
    int64_t started_ms;
    int64_t read_ms;        // when the socket was last looked at
    int64_t drained_ms;     // when it was last seen empty
    int64_t second_ms;      // the next look at backlog and credit
    int64_t judge_ms;       // when a session may be lost
    int64_t judge_not_before_ms;
    int64_t retry_ms;       // no ask that was refused is repeated before
    int64_t slow_ms;        // the next try for slow peers
    int64_t blocked_ms;     // the next try for blocked workers; INT64_MAX: none
    int64_t waiters_ms;     // the next look at waiting clients; INT64_MAX: none
    int64_t due_ms;         // what was last said to be due
    bool dispatch_due;      // runs or slots have come
    bool credit_freed;      // since the step enqueuer was told
    tmesh_session_t **serving; // sessions that were given runs which are not written yet
    size_t serving_count;
    size_t serving_capacity;
    uint64_t received;
    uint64_t sent;
    uint64_t refused; // answers of 400 and more
    uint64_t dropped; // answers that a slow or vanished peer did not get
    uint64_t waiting_clients;
};

// One message at the door.
typedef struct {
    tmesh_frames_t *frames;
    tmesh_frames_address_t from;
    tmesh_body_t body;        // its fields
    tmesh_arena_t *arena;     // what is read lives here; a command may give it away
    tmesh_fault_t *fault;     // the first objection: answered when the command returns
    tmesh_session_t *session; // of commands that need one
} tmesh_gateway_command_t;

typedef void tmesh_gateway_serve_t(tmesh_gateway_t *self, tmesh_gateway_command_t *command);

// Monotonic.
int64_t tmesh_gateway_now_ms(const tmesh_gateway_t *self);
// An ask or tell found no room: nothing of the kind is tried again for TMESH_GATEWAY_RETRY_MS.
void tmesh_gateway_note_full(tmesh_gateway_t *self);

// ---- gateway_commands.c

// Takes up to TMESH_GATEWAY_MESSAGES_PER_TURN messages; *more_p: there may be others.
tmesh_err_t tmesh_gateway_read(tmesh_gateway_t *self, bool *more_p);
// Moves the body's arena into a request, with the message itself when its payloads are used. What it
// takes is counted as long as it lives.
tmesh_arena_t *tmesh_gateway_give_arena(tmesh_gateway_t *self, tmesh_gateway_command_t *command,
                                        bool with_payloads);

tmesh_fault_t *tmesh_gateway_stopping(void);
// Is the store one whose absence is remembered? *absence says what is known of it.
bool tmesh_gateway_knows_store(const tmesh_gateway_t *self, tmesh_absence_t *absence);

// The table of commands, by index. What each needs is named already and asked for by nobody yet:
// without keys nobody knows who a peer is, and every peer may do everything.
size_t tmesh_gateway_command_count(void);
const char *tmesh_gateway_command_name(size_t index);
tmesh_permission_t tmesh_gateway_command_permission(size_t index);

// ---- gateway_replies.c

void tmesh_gateway_reply(tmesh_gateway_t *self, const tmesh_frames_address_t *to, int status,
                         tmesh_buffer_t *body);
// At once, in the frames of the command itself, which are gone then.
void tmesh_gateway_reply_now(tmesh_gateway_t *self, tmesh_gateway_command_t *command, int status,
                             tmesh_bytes_t body);
void tmesh_gateway_reply_encoded(tmesh_gateway_t *self, const tmesh_frames_address_t *to,
                                 int status, const tmesh_encoded_t *encoded);
void tmesh_gateway_reply_fault(tmesh_gateway_t *self, const tmesh_frames_address_t *to,
                               const tmesh_fault_t *fault);
// For the error of an answer or of an ask; `fault` may be NULL.
void tmesh_gateway_reply_error(tmesh_gateway_t *self, const tmesh_frames_address_t *to,
                               tmesh_err_t err, const tmesh_fault_t *fault);
// The fault that stands for it: a copy, or one made from the error alone.
tmesh_fault_t *tmesh_gateway_fault_of(tmesh_err_t err, const tmesh_fault_t *fault);
// Sends, or keeps it for a slow peer. A worker whose connection is gone is marked so.
void tmesh_gateway_send(tmesh_gateway_t *self, const tmesh_frames_address_t *to,
                        tmesh_frames_t **frames_p);
// Sends at once or not at all; the message is then still the caller's.
tmesh_err_t tmesh_gateway_try_send(tmesh_gateway_t *self, const tmesh_frames_address_t *to,
                                   tmesh_frames_t **frames_p);
void tmesh_gateway_retry_slow_peers(tmesh_gateway_t *self);
void tmesh_gateway_forget_slow_peers(tmesh_gateway_t *self);
tmesh_frames_address_t tmesh_gateway_address_of(const tmesh_session_t *session);

// ---- gateway_room.c

// Is there room for what this command takes? If not, false, with the command's fault. What is urgent has
// some room that nobody else can fill.
bool tmesh_gateway_admit(tmesh_gateway_t *self, tmesh_gateway_command_t *command, bool is_urgent);
// What was made of a part of a command takes this much, for as long as its arena lives.
void tmesh_gateway_count_part(tmesh_gateway_t *self, tmesh_arena_t *arena, size_t body_bytes,
                              size_t payload_bytes);
// Before a message is sent: false while too many bytes for its peer are unsent. Otherwise it is
// counted, once, until libzmq is done with it.
bool tmesh_gateway_count_unsent(tmesh_gateway_t *self, tmesh_frames_t *frames);
void tmesh_gateway_forget_unsent(tmesh_gateway_t *self);

// ---- gateway_pending.c

struct tmesh_gateway_pending {
    uint64_t tag;
    tmesh_frames_address_t to;
    void *state; // the command's own
    void (*free_state)(void *state);
};

// Keeps whom to answer; its tag is what to ask with. Takes the state, which may be NULL.
tmesh_gateway_pending_t *tmesh_gateway_hold(tmesh_gateway_t *self,
                                            const tmesh_frames_address_t *to, void *state,
                                            void (*free_state)(void *state));
// NULL: it belongs to an earlier life of this actor.
tmesh_gateway_pending_t *tmesh_gateway_find(const tmesh_gateway_t *self, uint64_t tag);
// The command that an answer belongs to, if it is to be told; NULL when nothing is left to do: an
// error was passed on, or nobody waits any more.
tmesh_gateway_pending_t *tmesh_gateway_answered(tmesh_gateway_t *self, uint64_t tag,
                                                tmesh_err_t err, const tmesh_fault_t *fault);
void tmesh_gateway_release(tmesh_gateway_t *self, tmesh_gateway_pending_t **pending_p);
void tmesh_gateway_release_all(tmesh_gateway_t *self);
// What follows an ask for a plain command: nothing, or its refusal.
void tmesh_gateway_asked(tmesh_gateway_t *self, tmesh_gateway_pending_t *pending, tmesh_err_t err,
                         tmesh_arena_t **arena_p);

// ---- commands

tmesh_gateway_serve_t tmesh_gateway_submit;
tmesh_gateway_serve_t tmesh_gateway_task_get;
tmesh_gateway_serve_t tmesh_gateway_task_steps;
tmesh_gateway_serve_t tmesh_gateway_task_wait;
tmesh_gateway_serve_t tmesh_gateway_task_events;
tmesh_gateway_serve_t tmesh_gateway_task_list;
tmesh_gateway_serve_t tmesh_gateway_task_cancel;
tmesh_gateway_serve_t tmesh_gateway_task_resolve;
tmesh_gateway_serve_t tmesh_gateway_task_pause;
tmesh_gateway_serve_t tmesh_gateway_task_resume;
tmesh_gateway_serve_t tmesh_gateway_step_audit;
tmesh_gateway_serve_t tmesh_gateway_step_get;
tmesh_gateway_serve_t tmesh_gateway_step_resolve;
tmesh_gateway_serve_t tmesh_gateway_queue_pause;
tmesh_gateway_serve_t tmesh_gateway_queue_resume;
tmesh_gateway_serve_t tmesh_gateway_queue_list;
tmesh_gateway_serve_t tmesh_gateway_template_put;
tmesh_gateway_serve_t tmesh_gateway_template_get;
tmesh_gateway_serve_t tmesh_gateway_template_list;
tmesh_gateway_serve_t tmesh_gateway_ping;
tmesh_gateway_serve_t tmesh_gateway_health;
tmesh_gateway_serve_t tmesh_gateway_stats;
tmesh_gateway_serve_t tmesh_gateway_config;
tmesh_gateway_serve_t tmesh_gateway_metrics;
tmesh_gateway_serve_t tmesh_gateway_doctor;
tmesh_gateway_serve_t tmesh_gateway_backup;
tmesh_gateway_serve_t tmesh_gateway_dlq_list;
tmesh_gateway_serve_t tmesh_gateway_dlq_get;
tmesh_gateway_serve_t tmesh_gateway_dlq_add;
tmesh_gateway_serve_t tmesh_gateway_dlq_update;
tmesh_gateway_serve_t tmesh_gateway_dlq_stats;
tmesh_gateway_serve_t tmesh_gateway_worker_hello;
// The body's "session", if it was made on this connection; else an error, and the command's fault.
tmesh_err_t tmesh_gateway_find_session(tmesh_gateway_t *self, tmesh_gateway_command_t *command);
tmesh_gateway_serve_t tmesh_gateway_worker_heartbeat;
tmesh_gateway_serve_t tmesh_gateway_worker_bye;
tmesh_gateway_serve_t tmesh_gateway_worker_list;
tmesh_gateway_serve_t tmesh_gateway_step_result;
tmesh_gateway_serve_t tmesh_gateway_step_checkpoint;
tmesh_gateway_serve_t tmesh_gateway_step_heartbeat;
tmesh_gateway_serve_t tmesh_gateway_step_inputs;

// "include": ["context", "steps"].
void tmesh_gateway_read_include(tmesh_body_t *body, bool *with_context, bool *with_steps);

// ---- gateway_acting.c

// "action", which is needed: the index of its word.
size_t tmesh_gateway_read_action(tmesh_body_t *body, const char *const *words, size_t count);
// "reason" and "by", or NULL.
const char *tmesh_gateway_read_reason(tmesh_body_t *body);
const char *tmesh_gateway_read_by(tmesh_body_t *body);

// ---- gateway_filter.c

// The fields of a filter but its limit, from the body of TASK.LIST.
void tmesh_gateway_read_filter(tmesh_body_t *body, tmesh_task_filter_t *filter);
// "filter": {...}, of a command that changes what it finds: it has no other fields, and leaves
// something out, unless the body says "all": true.
void tmesh_gateway_read_strict_filter(tmesh_body_t *body, tmesh_task_filter_t *filter);

// ---- gateway_bulk.c

// What is to be done, and to which tasks. Everything is lent.
typedef struct {
    bool is_cancel; // otherwise `action`
    tmesh_task_action_t action;
    const char *reason; // or NULL
    const char *by;     // or NULL
    bool dry_run;
    bool is_single; // ids[0], answered without a list
    size_t id_count;
    const tmesh_task_id_t *ids; // none: those of the filter
    tmesh_task_filter_t filter;
} tmesh_gateway_deed_t;

// Has it done, and answers when all is said about every task. The deed lies in the command's arena.
void tmesh_gateway_do(tmesh_gateway_t *self, tmesh_gateway_command_t *command,
                      const tmesh_gateway_deed_t *deed);

// ---- gateway_workers.c and gateway_hello.c

void tmesh_gateway_judge_sessions(tmesh_gateway_t *self);
void tmesh_gateway_proceed_hellos(tmesh_gateway_t *self);

// ---- gateway_result_body.c

// Which run is meant: "step_uuid", "run", "run_token". False with the item's fault.
bool tmesh_gateway_read_fence(tmesh_body_t *item, tmesh_fence_t *fence);
// One result of a STEP.RESULT, made into a request with an arena of its own. False when not even
// its fence can be read: *fault_p then says why.
bool tmesh_gateway_read_result(tmesh_body_t *item, int64_t bytes_max, int64_t now_ms,
                               tmesh_process_step_result_request_t *request,
                               tmesh_fault_t **fault_p);

// ---- gateway_runs.c and gateway_step_run.c

// Gives waiting runs to free slots and writes STEP.RUN.
void tmesh_gateway_dispatch(tmesh_gateway_t *self);
void tmesh_gateway_send_cancel(tmesh_gateway_t *self, const tmesh_session_t *session,
                               const tmesh_fence_t *fence, const char *reason);
// The run with this number and this token, or NULL.
tmesh_run_t *tmesh_gateway_find_run(const tmesh_gateway_t *self, const tmesh_fence_t *fence);
// The run is over: its slot is free, the queue is looked at.
void tmesh_gateway_end_run(tmesh_gateway_t *self, tmesh_run_t **run_p);
tmesh_err_t tmesh_gateway_dispatch_steps(tmesh_gateway_t *self,
                                         tmesh_dispatch_steps_batch_t *batch);
tmesh_err_t tmesh_gateway_cancel_runs(tmesh_gateway_t *self, tmesh_cancel_runs_batch_t *batch);

// STEP.RUN with as many of the ASSIGNED runs of the session as one message takes, from *run_p on;
// *run_p is then the first one that did not fit, or NULL.
tmesh_frames_t *tmesh_gateway_write_step_run(const tmesh_session_t *session, tmesh_run_t **run_p);

// ---- gateway_held.c

tmesh_err_t tmesh_gateway_list_held(tmesh_gateway_t *self, tmesh_list_held_batch_t *batch);

// ---- gateway_notes.c

void tmesh_gateway_tell_sent(tmesh_gateway_t *self);
void tmesh_gateway_tell_returning(tmesh_gateway_t *self);

#endif
