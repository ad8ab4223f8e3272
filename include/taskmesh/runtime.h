/* taskmesh/runtime.h - the whole workflow engine inside a program.
 *
 *     static void charge(void *context, const tmesh_worker_run_t *run, tmesh_step_reply_t *reply)
 *     {
 *         tmesh_step_succeed(reply, tmesh_view("{\"paid\":true}", 13));
 *     }
 *
 *     tmesh_error_t error;
 *     tmesh_runtime_t *runtime = tmesh_runtime_open(NULL, &error);
 *     tmesh_runtime_load_templates(runtime, "templates", NULL, &error);
 *     tmesh_handler_t handlers[] = {{"charge_payment", charge, NULL}};
 *     tmesh_runtime_serve(runtime, "shop", handlers, 1, 4, &error);
 *     tmesh_client_task_t order = {"shop", "order"};
 *     char task_uuid[TMESH_UUID_BYTES];
 *     tmesh_runtime_task_t *task = NULL;
 *     if (tmesh_runtime_submit(runtime, &order, task_uuid, &error) == 0 &&
 *         tmesh_runtime_wait(runtime, task_uuid, -1, &task, &error) == 0)
 *         puts(task->status);
 *     tmesh_runtime_task_destroy(&task);
 *     tmesh_runtime_close(&runtime);
 *
 * A runtime is what the daemon taskmeshd is, in threads of its own; any number of them may live in
 * one process, at once or one after the other. It installs no signal handlers and takes no signals,
 * writes to no stream, changes neither the environment nor what random() returns, and does not
 * touch what the program does with CZMQ or libzmq itself.
 *
 * Every function may be called from any thread at any time between open and close, also from
 * handlers and event functions, unless it says otherwise. Those that return int return 0, or -1
 * with *error filled in; `error` may be NULL everywhere. Times are milliseconds. Texts and bytes
 * that are passed in are lent for the call. Structs are set to zero first, then what matters is
 * filled in: zero means "not given". Lack of memory ends the process; what was acknowledged is in
 * the store.
 */
#ifndef TASKMESH_RUNTIME_H
#define TASKMESH_RUNTIME_H

#include "taskmesh/client.h"
#include "taskmesh/worker.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { TMESH_UUID_BYTES = 37 }; /* of a UUID as text, with the zero byte */

typedef struct tmesh_runtime tmesh_runtime_t;

/* Why something failed. */
typedef struct tmesh_error {
    int status;       /* 400 wrong, 404 no such thing, 409 the state does not allow it, 500 our fault,
                         503 not now ...; 0: no answer in time, or the runtime is being closed */
    char code[48];    /* a stable word; docs/ERRORS.md lists them */
    char where[192];  /* the option, the JSON pointer or file:line:column at fault; may be empty */
    char message[384]; /* a sentence */
} tmesh_error_t;

/* "0.1.0": of the library that runs, which may be newer than this header. */
TASKMESH_API const char *tmesh_version(void);

/* ---- Open and close ------------------------------------------------------------------------ */

/* An option of conf/taskmesh.conf by its name, with its value as it stands there. */
typedef struct tmesh_setting {
    const char *name;
    const char *value;
} tmesh_setting_t;

typedef struct tmesh_runtime_options {
    const char *config_file; /* read first; NULL: none */
    const tmesh_setting_t *settings; /* these win over the file */
    size_t setting_count;
    /* Told each log line, without a newline, on whatever thread it comes from, one at a time: must
     * be quick, and must not call the runtime. What is told depends on log_level and log_format.
     * NULL: no log. */
    void (*on_log)(void *context, const char *line);
    void *context; /* for on_log */
    /* 0: an embedded runtime keeps to itself: where neither file nor settings say otherwise, store is
     * sqlite::memory:, bind and publish are empty. Not 0: all defaults are those of
     * conf/taskmesh.conf, as for a program that is a server. */
    int is_server;
} tmesh_runtime_options_t;

/* Opens the store, takes over what an earlier life of the same store left, starts all threads; when
 * it returns, the runtime serves. `options` may be NULL. Set `bind` to let other processes in as
 * clients and workers.
 *
 * NULL on failure, for example "unknown_option", "bad_value", "unreadable_file",
 * "store_locked" (another runtime or daemon has that file), "actor_not_started" (an address of `bind`
 * is taken). */
TASKMESH_API tmesh_runtime_t *tmesh_runtime_open(const tmesh_runtime_options_t *options,
                                                 tmesh_error_t *error);

/* The same in two steps, for a program that wants to tell wrong options from a start that fails, or
 * to look at its options first. The first reads and checks the options: no store, no thread, no
 * address; NULL on failure. The second starts it: -1 on failure, and it can only be closed then. Before
 * it has been started only tmesh_runtime_option, _log, _start and _close may be called. */
TASKMESH_API tmesh_runtime_t *tmesh_runtime_prepare(const tmesh_runtime_options_t *options,
                                                    tmesh_error_t *error);
TASKMESH_API int tmesh_runtime_start(tmesh_runtime_t *self, tmesh_error_t *error);

/* What an option is, wherever that was said, as it would stand in a conf file; a password in a URL is
 * shown as ***. Lent until close. NULL: there is no such option. */
TASKMESH_API const char *tmesh_runtime_option(const tmesh_runtime_t *self, const char *name);

typedef enum tmesh_runtime_log_level {
    TMESH_RUNTIME_LOG_DEBUG,
    TMESH_RUNTIME_LOG_INFO,
    TMESH_RUNTIME_LOG_WARNING,
    TMESH_RUNTIME_LOG_ERROR
} tmesh_runtime_log_level_t;

/* A line of the program's own among those of the runtime, in the same format, if log_level lets it
 * through. `event` is a dotted word, `text` by custom key=value pairs. Without on_log nothing. */
TASKMESH_API void tmesh_runtime_log(tmesh_runtime_t *self, tmesh_runtime_log_level_t level,
                                    const char *event, const char *text);

/* Stops in order: no step is started any more, handlers that run may finish and their results are
 * recorded, for up to stop_timeout_ms (10,000 by default); then tmesh_step_is_cancelled says yes
 * and calls that wait in other threads end with "interrupted". Returns when all handlers have
 * returned and all threads are gone: a handler that never returns is waited for. One that returns
 * without an answer because of that gives its step up. Open tasks stay in the store; a later runtime
 * on the same file continues them, and runs such a step again, from its last checkpoint.
 * Subscriptions that are still open are closed.
 *
 * Not from a handler or an event function. No call may begin after it has begun. Accepts NULL
 * inside, leaves *self_p NULL. */
TASKMESH_API void tmesh_runtime_close(tmesh_runtime_t **self_p);

/* A part of the runtime that breaks is started afresh; one that breaks too often (restarts_max)
 * fails for good. Then the descriptor is readable (for poll; never read it; valid until close) and
 * tmesh_runtime_failed names the part: close the runtime and open another. NULL while all is well. */
TASKMESH_API int tmesh_runtime_failure_fd(const tmesh_runtime_t *self);
TASKMESH_API const char *tmesh_runtime_failed(const tmesh_runtime_t *self);

/* ---- Templates ----------------------------------------------------------------------------- */

/* Registers one template, YAML or JSON. `file` is a name for messages, or NULL. The same text again
 * changes nothing; other content under the same version replaces it for new tasks.
 * 400 "invalid_template", `where` being file:line:column. */
TASKMESH_API int tmesh_runtime_put_template(tmesh_runtime_t *self, const char *file,
                                            tmesh_view_t source, tmesh_error_t *error);
/* The same for a file, or for all *.yaml, *.yml and *.json below a folder. A file that is refused
 * does not stop the others: -1 then, and *error is about the first one. *count_p (may be NULL): how
 * many were registered. */
TASKMESH_API int tmesh_runtime_load_templates(tmesh_runtime_t *self, const char *path,
                                              size_t *count_p, tmesh_error_t *error);

/* ---- Step handlers ------------------------------------------------------------------------- */

/* One run of a step from the handler's side: how it answers, and what it says and asks meanwhile.
 * Lent until the handler returns. */
typedef struct tmesh_step_reply tmesh_step_reply_t;

/* Runs one step, on a thread of the pool, and answers before it returns; the last answer counts. A
 * handler that does not answer fails its step for good ("handler_silent"). `run` is lent until it
 * returns. A step may be run more than once (after a crash, for example), so handlers should
 * bear that; only one result counts. tmesh_worker_run_checkpoint tells how far an earlier attempt has
 * come, tmesh_worker_run_share what a worker of a batch is to do. Exceptions of C++ must not leave
 * it. */
typedef void (*tmesh_handler_fn)(void *context, const tmesh_worker_run_t *run,
                                 tmesh_step_reply_t *reply);

typedef struct tmesh_handler {
    const char *callable; /* the callable of the template's step, or a pattern with * and ? */
    tmesh_handler_fn run;
    void *context; /* for run; must live until the runtime is closed */
} tmesh_handler_t;

/* Offers these handlers (1 to 64; the first whose pattern fits is taken) for the steps of one
 * namespace, on `thread_count` threads (1 to 256) of their own: as many steps of them run at a
 * time. When it returns, steps are given to them, as they are to workers in other processes. It may
 * be called several times, for other namespaces or for more threads. Handlers are copied.
 * 400 "bad_value", or "worker_refused" with what the gateway has said. */
TASKMESH_API int tmesh_runtime_serve(tmesh_runtime_t *self, const char *namespace_name,
                                     const tmesh_handler_t *handlers, size_t handler_count,
                                     int thread_count, tmesh_error_t *error);

typedef struct tmesh_serve_options {
    const char *namespace_name;      /* needed */
    const tmesh_handler_t *handlers; /* needed */
    size_t handler_count;            /* 1 to 64 */
    int thread_count;                /* 1 to 256 */
    const char *worker_name;         /* what WORKER.LIST calls them; NULL: "embedded/" and the process */
    int extends_time_limit; /* not 0: tmesh_step_beat begins the time limit of its step anew */
    int parents_only;       /* not 0: no results of further ancestors come with a run */
} tmesh_serve_options_t;

/* The same with more to say. */
TASKMESH_API int tmesh_runtime_serve_with(tmesh_runtime_t *self,
                                          const tmesh_serve_options_t *options,
                                          tmesh_error_t *error);

/* Everything named tmesh_step_...: only within the handler, on its thread. */

/* The result is JSON, copied, and delivered byte for byte; absent: null. One that is no JSON or
 * larger than result_bytes_max fails the step. */
TASKMESH_API void tmesh_step_succeed(tmesh_step_reply_t *self, tmesh_view_t result);
/* Copied. The next attempt, if there is one, begins at the last checkpoint. */
TASKMESH_API void tmesh_step_fail(tmesh_step_reply_t *self,
                                  const tmesh_worker_failure_t *failure);
/* Somebody else will report on it, from any thread or process: whoever is given step_uuid, run and
 * run_token of the run (copied), by tmesh_runtime_finish, tmesh_client_finish or `taskmesh step
 * finish`. The thread of the pool is free for other steps, and the step's time limit goes on. */
TASKMESH_API void tmesh_step_hand_over(tmesh_step_reply_t *self);

/* Saves how far it has come; when it returns 0, that is on disk, and every later attempt gets it,
 * after a failure, a lost process or a time limit. The run goes on, as the same attempt. It costs a
 * commit, so save what would be dear to do again. 400 "missing_field" (no cursor), "invalid_json",
 * "out_of_range", `where` being a JSON pointer like "/checkpoint/cursor"; 413 "too_large"; 409
 * "stale_run" or "step_cancelled": nobody waits any more, and tmesh_step_is_cancelled says so from
 * now on; 0 "no_answer" or "interrupted" (the runtime is being closed): it may be on disk or not. */
TASKMESH_API int tmesh_step_checkpoint(tmesh_step_reply_t *self,
                                       const tmesh_checkpoint_t *checkpoint, tmesh_error_t *error);
/* The same, and an answer: once the handler has returned it is called again, from this checkpoint, as
 * the same attempt and within the same time limit, on whichever thread of the pool is free. So that
 * long work may be a function that does one piece. */
TASKMESH_API int tmesh_step_yield(tmesh_step_reply_t *self, const tmesh_checkpoint_t *checkpoint,
                                  tmesh_error_t *error);
/* It is being worked on; does not wait. `progress` is any JSON of at most 4 KiB for people to see
 * (WORKER.LIST), or absent. It is told at most once per heartbeat_ms, so call it as often as you like.
 * With extends_time_limit it begins the step's time limit anew, to within half a limit: so say it
 * three times per limit or more often. 400 "invalid_json", 413 "too_large": nothing is told then. */
TASKMESH_API int tmesh_step_beat(tmesh_step_reply_t *self, tmesh_view_t progress,
                                 tmesh_error_t *error);

/* Results of steps above this one, nearest first. */
typedef struct tmesh_inputs {
    const char *const *names;
    const tmesh_view_t *results; /* JSON, in the same order */
    size_t count;
    int is_truncated; /* not 0: there are more; ask for those by name */
} tmesh_inputs_t;

/* Asks for the results of steps above, parents or further, whatever came with the run: of those that
 * are named (up to 1,000), or of all (name_count 0). Names that are not above the step, or have no
 * result, are left out. What is filled in is lent until the next question, or until the handler
 * returns. 409 "stale_run" as above. */
TASKMESH_API int tmesh_step_inputs(tmesh_step_reply_t *self, const char *const *names,
                                   size_t name_count, tmesh_inputs_t *inputs,
                                   tmesh_error_t *error);

/* 1 once nobody waits for the result any more: the task was cancelled, the time limit is over, or
 * the runtime is being closed and its patience has ended. Long handlers ask now and then. */
TASKMESH_API int tmesh_step_is_cancelled(const tmesh_step_reply_t *self);
/* Why: a stable word ("step_timeout", "runtime_closing" ...) or a sentence, lent until the handler
 * returns; NULL while somebody waits. */
TASKMESH_API const char *tmesh_step_cancel_reason(const tmesh_step_reply_t *self);

/* ---- Tasks --------------------------------------------------------------------------------- */

/* Creates a task; when it returns 0, the task is on disk. 404 "unknown_template", 409
 * "duplicate_task", 400 "input_schema_violation" and others: PROTOCOL.md, TASK.SUBMIT. */
TASKMESH_API int tmesh_runtime_submit(tmesh_runtime_t *self, const tmesh_client_task_t *task,
                                      char task_uuid[TMESH_UUID_BYTES], tmesh_error_t *error);

/* A step as it was when it was asked for. Texts are never NULL, "" when there is none. */
typedef struct tmesh_runtime_step {
    const char *step_uuid;
    const char *name;
    const char *callable;
    const char *state;       /* "pending", "complete", "error" ...; PROTOCOL.md, TASK.STEPS */
    int64_t attempts;
    tmesh_view_t result;     /* JSON as the handler gave it; absent: none yet */
    const char *error_code;  /* of the last failure */
    const char *error_message;
    const char *waiting_reason;
} tmesh_runtime_step_t;

/* A task, the same way. Everything lives until the task is destroyed. */
typedef struct tmesh_runtime_task {
    const char *task_uuid;
    const char *namespace_name;
    const char *name;
    const char *version;
    const char *status; /* "steps_in_process", "complete", "blocked_by_failures" ... */
    int settled;        /* ended, or blocked until somebody intervenes */
    int ended;          /* for good: complete, error, cancelled or resolved_manually */
    const char *waiting_reason;
    tmesh_view_t context; /* JSON as it was submitted */
    const tmesh_runtime_step_t *steps;
    size_t step_count;
} tmesh_runtime_task_t;

/* Waits until the task is settled or wait_ms is over (negative: no limit); look at `settled`. A
 * handler that waits for a task whose steps need its own threads may wait for ever.
 * *task_p is yours. 404 "unknown_task". */
TASKMESH_API int tmesh_runtime_wait(tmesh_runtime_t *self, const char *task_uuid, int64_t wait_ms,
                                    tmesh_runtime_task_t **task_p, tmesh_error_t *error);
/* The task as it is now. *task_p is yours. 404 "unknown_task". */
TASKMESH_API int tmesh_runtime_get(tmesh_runtime_t *self, const char *task_uuid,
                                   tmesh_runtime_task_t **task_p, tmesh_error_t *error);
/* Ends an open task; handlers of its steps see tmesh_step_is_cancelled. `reason` may be NULL.
 * 404 "unknown_task", 409 "task_ended". */
TASKMESH_API int tmesh_runtime_cancel(tmesh_runtime_t *self, const char *task_uuid,
                                      const char *reason, tmesh_error_t *error);

/* The result of a step that was handed over, from any thread: 0 once it is on disk, also when the same
 * was said before. 409 "stale_run" (its time limit is over, for example) or "step_cancelled", 404
 * "unknown_step". */
TASKMESH_API int tmesh_runtime_finish(tmesh_runtime_t *self, const tmesh_client_result_t *result,
                                      tmesh_error_t *error);

/* The step of that name, lent like the task, or NULL. */
TASKMESH_API const tmesh_runtime_step_t *
tmesh_runtime_task_step(const tmesh_runtime_task_t *self, const char *name);
/* Accepts NULL inside, leaves *self_p NULL. */
TASKMESH_API void tmesh_runtime_task_destroy(tmesh_runtime_task_t **self_p);

/* Any command of docs/PROTOCOL.md, as tmesh_client_request. The answer is yours. */
TASKMESH_API tmesh_answer_t *tmesh_runtime_request(tmesh_runtime_t *self, const char *command,
                                                   tmesh_view_t body, const tmesh_view_t *payloads,
                                                   size_t payload_count);

/* ---- Events -------------------------------------------------------------------------------- */

/* What happened to a task or a step, after it was on disk; lent until the function returns. Texts
 * are never NULL. */
typedef struct tmesh_event {
    const char *topic; /* "task.<namespace>.<name>.<event>" or "step.<namespace>.<name>.<step>.<event>" */
    const char *task_uuid;
    const char *step_uuid; /* "": the task's own */
    const char *step;      /* its name */
    const char *event;     /* "Start", "Complete", "AllStepsSuccessful" ... */
    const char *from;      /* states */
    const char *to;
    int64_t number; /* within the task, dense from 1: a gap is an event that was missed */
    tmesh_view_t json; /* all of it */
} tmesh_event_t;

typedef struct tmesh_subscription tmesh_subscription_t;
typedef void (*tmesh_event_fn)(void *context, const tmesh_event_t *event);

/* Calls `on_event` for every event whose topic begins with `topic` ("": all), one after the other,
 * on a thread of the subscription's own. Whatever is committed after this has returned is told, at
 * most once: events are dropped when the function is more than 10,000 of them behind or when the runtime is
 * overloaded; who must not miss any asks TASK.EVENTS for the numbers between.
 * NULL on failure. The subscription is yours until it, or the runtime, is closed. */
TASKMESH_API tmesh_subscription_t *tmesh_runtime_subscribe(tmesh_runtime_t *self, const char *topic,
                                                           tmesh_event_fn on_event, void *context,
                                                           tmesh_error_t *error);
/* When it returns, the function is not called any more. Not from an event function. Accepts NULL
 * inside, leaves *self_p NULL. */
TASKMESH_API void tmesh_subscription_close(tmesh_subscription_t **self_p);

#ifdef __cplusplus
}
#endif

#endif
