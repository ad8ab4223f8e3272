/* taskmesh/worker.h - run the steps of tasks, in any program.
 *
 *     const char *namespaces[] = {"shop"};
 *     tmesh_worker_options_t options = {"tcp://127.0.0.1:7717", "billing-7", namespaces, 1};
 *     tmesh_worker_t *worker = tmesh_worker_open(&options, NULL, 0);
 *     tmesh_worker_event_t event;
 *     for (;;) {
 *         tmesh_worker_wait(worker, NULL, 0, -1);
 *         while (tmesh_worker_next(worker, &event) == TMESH_WORKER_RUN)
 *             tmesh_worker_succeed(worker, event.run, tmesh_view("{\"paid\":true}", 13));
 *     }
 *
 * One thread, no callbacks: the worker says HELLO, beats, sends results again until they are
 * answered, and comes back under a new session after the server was away, with the runs that it
 * still holds - all of it inside tmesh_worker_wait. So call that at least once per heartbeat
 * (1,000 ms unless told otherwise); long work belongs into other threads or processes, whose
 * results the worker's thread hands in. Runs are at-least-once: after a lost connection the same step may
 * be run elsewhere, and only one result counts.
 */
#ifndef TASKMESH_WORKER_H
#define TASKMESH_WORKER_H

#include <stdint.h>

#include "taskmesh/client.h"

#ifdef __cplusplus
extern "C" {
#endif

struct pollfd; /* <poll.h> */

typedef struct tmesh_worker tmesh_worker_t;

typedef struct tmesh_worker_options {
    /* Needed: "tcp://host:port" or "ipc://path". Several with commas, nodes on one database: it serves
     * one at a time, the first, and when that is silent for lost_after_ms the next, with the runs that
     * it holds. To serve several at once open a worker for each. */
    const char *endpoint;
    const char *name;              /* needed: 1 to 128 characters, for people */
    const char *const *namespaces; /* needed: 1 to 64 names */
    size_t namespace_count;
    const char *const *callables; /* up to 64 patterns with * and ?; none: every callable */
    size_t callable_count;
    int capacity;            /* runs at a time, 1 to 10,000; 0: 1 */
    int64_t heartbeat_ms;    /* 0: the server's default */
    int64_t lost_after_ms;   /* 0: the server's default */
    int64_t resend_after_ms; /* a result without an answer is sent again; 0: 2,000 */
    int extends_time_limit;  /* not 0: tmesh_worker_beat begins the time limit of its run anew */
    int parents_only;        /* not 0: no results of further ancestors, please */
    /* Told what happens between worker and server, for a log; may be NULL. `event` is a dotted word
     * like "session.opened". */
    void (*on_event)(void *context, const char *event, const char *message);
    void *context; /* for on_event */
} tmesh_worker_options_t;

/* A step that this one depends on has failed, and goes on all the same: a worker of a batch. */
typedef struct tmesh_worker_dependency_failure {
    const char *name;
    const char *code;
    const char *message;
} tmesh_worker_dependency_failure_t;

/* One run of one step. Everything in it is lent until its result is handed in. */
typedef struct tmesh_worker_run {
    const char *task_uuid;
    const char *step_uuid;
    const char *run_token; /* with step_uuid and run the right to report on it, also for others */
    const char *step_name;
    const char *template_step_name; /* of a worker of a batch: the name in the template */
    const char *namespace_name;
    const char *task_name;
    const char *task_version;
    const char *callable;
    const char *method;
    const char *correlation_id;
    uint32_t run;
    uint32_t attempt; /* from 1 */
    uint32_t max_attempts;
    int32_t priority;
    int64_t timeout_ms;          /* 0: none; the server enforces it */
    tmesh_view_t context;        /* JSON, like the rest */
    tmesh_view_t initialization; /* never absent */
    tmesh_view_t checkpoint;     /* the newest of the step: an object with "cursor"; absent: none */
    const char *const *dependency_names;
    const tmesh_view_t *dependency_results; /* in the same order */
    size_t dependency_count;
    const tmesh_worker_dependency_failure_t *dependency_failures;
    size_t dependency_failure_count;
    const char *const *ancestor_names; /* of steps further above, nearest first */
    const tmesh_view_t *ancestor_results;
    size_t ancestor_count;
    int is_truncated; /* not 0: there are more; tmesh_worker_ask_inputs gets them */
    /* After TMESH_WORKER_INPUTS: the answer, until the next question. */
    const char *const *input_names;
    const tmesh_view_t *input_results;
    size_t input_count;
    int inputs_are_truncated; /* ask for more by name */
    void *user; /* yours */
} tmesh_worker_run_t;

/* How far a run has come. */
typedef struct tmesh_checkpoint {
    tmesh_view_t cursor;              /* any JSON; needed */
    int64_t items_processed;          /* 0 and more */
    tmesh_view_t accumulated_results; /* any JSON; absent: none */
} tmesh_checkpoint_t;

/* The share of a worker of a batch, as the batchable step has cut it. */
typedef struct tmesh_batch_share {
    tmesh_view_t batch_id;     /* a text, without quotes */
    tmesh_view_t start_cursor; /* JSON, like the next two */
    tmesh_view_t end_cursor;
    tmesh_view_t batch_size;
    int is_no_op; /* not 0: there was nothing to cut, and there is nothing to do */
} tmesh_batch_share_t;

/* Where an earlier attempt has stopped, out of run->checkpoint: 1; or 0 when it begins at the
 * beginning, and *checkpoint is as it was. What is filled in is lent like the run. Any thread that
 * may read the run may call these two; they wait for nothing. */
TASKMESH_API int tmesh_worker_run_checkpoint(const tmesh_worker_run_t *run,
                                             tmesh_checkpoint_t *checkpoint);
/* What a worker of a batch is to do, out of run->initialization: 1; or 0 when the step is none, and
 * *share is as it was. */
TASKMESH_API int tmesh_worker_run_share(const tmesh_worker_run_t *run, tmesh_batch_share_t *share);

typedef enum tmesh_worker_event_kind {
    TMESH_WORKER_NOTHING,
    TMESH_WORKER_RUN,    /* start it, and hand in a result some time */
    TMESH_WORKER_CANCEL, /* nobody awaits its result any more: stop working on it, then call
                            tmesh_worker_forget */
    TMESH_WORKER_INPUTS, /* the inputs of this run that were asked for are there; or `reason` says
                            why not */
    TMESH_WORKER_STOPPED /* after drain: everything is answered, or given up; close it */
} tmesh_worker_event_kind_t;

typedef struct tmesh_worker_event {
    tmesh_worker_event_kind_t kind;
    tmesh_worker_run_t *run; /* of RUN, CANCEL and INPUTS */
    const char *reason;      /* of CANCEL: a stable word or a sentence; of INPUTS: NULL or a code */
} tmesh_worker_event_t;

/* Begins to connect; a server that is not there yet is no error. NULL when an option is unusable:
 * `error` (may be NULL) then holds a sentence of at most error_size - 1 bytes. */
TASKMESH_API tmesh_worker_t *tmesh_worker_open(const tmesh_worker_options_t *options, char *error,
                                               size_t error_size);
/* Ends the session without waiting: drain first. Runs that are not answered go to other workers.
 * Leaves *self_p NULL. */
TASKMESH_API void tmesh_worker_close(tmesh_worker_t **self_p);

/* Speaks with the server until an event is waiting, one of your descriptors is ready (as poll(2),
 * `fds` may be NULL), a signal arrives or timeout_ms is over (negative: no limit). Returns 1 when
 * there is an event or a ready descriptor, else 0. */
TASKMESH_API int tmesh_worker_wait(tmesh_worker_t *self, struct pollfd *fds, size_t fd_count,
                                   int64_t timeout_ms);
/* The next event, without waiting. Returns event->kind. The reason is lent until the next call. */
TASKMESH_API tmesh_worker_event_kind_t tmesh_worker_next(tmesh_worker_t *self,
                                                         tmesh_worker_event_t *event);

/* Hand in the result of a run: the run is the worker's again, `run` is void. The result is JSON
 * (absent: null), copied and delivered byte for byte. A run whose cancel event is waiting may be
 * answered too. */
TASKMESH_API void tmesh_worker_succeed(tmesh_worker_t *self, tmesh_worker_run_t *run,
                                       tmesh_view_t result);

typedef struct tmesh_worker_failure {
    const char *message;    /* needed */
    const char *code;       /* a stable word, or NULL */
    const char *error_type; /* or NULL */
    int retryable;          /* not 0: another attempt may succeed */
    int64_t retry_after_ms; /* a wish, when retryable; 0: the step's own backoff */
} tmesh_worker_failure_t;
TASKMESH_API void tmesh_worker_fail(tmesh_worker_t *self, tmesh_worker_run_t *run,
                                    const tmesh_worker_failure_t *failure);
/* Somebody else will report on it: whoever is given step_uuid, run and run_token (copy them first),
 * by tmesh_client_finish or `taskmesh step finish`. The step's time limit goes on. */
TASKMESH_API void tmesh_worker_hand_over(tmesh_worker_t *self, tmesh_worker_run_t *run);
/* After TMESH_WORKER_CANCEL, once nothing works on it any more; `run` is void. */
TASKMESH_API void tmesh_worker_forget(tmesh_worker_t *self, tmesh_worker_run_t *run);
/* Only after drain: it is not answered, and nothing works on it any more; `run` is void. When the
 * worker leaves, its step goes to others, who begin at its last checkpoint. A checkpoint without an
 * answer is lost. */
TASKMESH_API void tmesh_worker_give_up(tmesh_worker_t *self, tmesh_worker_run_t *run);

/* ---- While a run goes on ----------------------------------------------------------------------- */

/* How far it has come: an object with a "cursor" (any JSON), and "items_processed" (an integer) and
 * "accumulated_results" (any JSON) if you like. Later attempts get the newest. Copied, and sent again
 * until it is answered; a newer one takes the place of one that was not. The failure of the run is sent
 * only after its checkpoint is on disk. What the server refuses is told as "checkpoint.refused". */
TASKMESH_API void tmesh_worker_checkpoint(tmesh_worker_t *self, tmesh_worker_run_t *run,
                                          tmesh_view_t checkpoint);
/* The same out of fields. Returns 1, or 0 when one of them is no JSON, and then does nothing. */
TASKMESH_API int tmesh_worker_save(tmesh_worker_t *self, tmesh_worker_run_t *run,
                                   const tmesh_checkpoint_t *checkpoint);
/* It is being worked on. Sent at most once per heartbeat, so call it as often as you like.
 * `progress` is any JSON of at most 4 KiB for people to see, or absent. Returns 1, or 0 when that is
 * unusable, and then does nothing. A run that is not ours any more gets TMESH_WORKER_CANCEL. */
TASKMESH_API int tmesh_worker_beat(tmesh_worker_t *self, tmesh_worker_run_t *run,
                                   tmesh_view_t progress);
/* Asks for results of the steps above, parents or further: of those that are named, or of all (name_count 0).
 * TMESH_WORKER_INPUTS comes with them, in run->input_names and run->input_results. One question at a
 * time: a second one takes the place of the first. */
TASKMESH_API void tmesh_worker_ask_inputs(tmesh_worker_t *self, tmesh_worker_run_t *run,
                                          const char *const *names, size_t name_count);

/* Asks for no more steps. Once all runs are answered, or answers have been missing for limit_ms
 * after the last result was handed in, the worker says BYE and TMESH_WORKER_STOPPED comes. */
TASKMESH_API void tmesh_worker_drain(tmesh_worker_t *self, int64_t limit_ms);

/* Runs that were handed out and not yet handed in; results that are not yet answered. */
TASKMESH_API size_t tmesh_worker_running(const tmesh_worker_t *self);
TASKMESH_API size_t tmesh_worker_unanswered(const tmesh_worker_t *self);

#ifdef __cplusplus
}
#endif

#endif
