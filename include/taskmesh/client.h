/* taskmesh/client.h - submit tasks to a taskmesh server and ask about them.
 *
 *     tmesh_client_options_t options = {"tcp://127.0.0.1:7717"};
 *     tmesh_client_t *client = tmesh_client_open(&options, NULL, 0);
 *     tmesh_client_task_t task = {"shop", "order"};
 *     task.context = tmesh_view("{\"order\":7}", 11);
 *     tmesh_answer_t *answer = tmesh_client_submit(client, &task);
 *     if (tmesh_answer_is_ok(answer)) puts(tmesh_answer_text(answer, "/task_uuid"));
 *     tmesh_answer_destroy(&answer);
 *     tmesh_client_close(&client);
 *
 * A client belongs to one thread at a time; open one per thread. It opens a libzmq context of its
 * own, writes nothing to any stream and touches no signal handlers. Structs are set to zero first,
 * then what matters is filled in: zero always means "not given". docs/PROTOCOL.md says what the
 * commands mean; nothing here adds rules to it.
 */
#ifndef TASKMESH_CLIENT_H
#define TASKMESH_CLIENT_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#ifndef TASKMESH_API
#define TASKMESH_API __attribute__((visibility("default")))
#endif

/* Lent bytes, not necessarily with a zero byte behind them. data NULL: absent. */
typedef struct tmesh_view {
    const char *data;
    size_t size;
} tmesh_view_t;

static inline tmesh_view_t tmesh_view(const char *data, size_t size)
{
    tmesh_view_t view;
    view.data = data;
    view.size = size;
    return view;
}

typedef struct tmesh_client tmesh_client_t;
typedef struct tmesh_answer tmesh_answer_t;

typedef struct tmesh_client_options {
    /* Needed: "tcp://host:port" or "ipc://path". Several with commas, nodes on one database: the
     * first, and when it is silent for resend_after_ms, or says 503, the next, and so on. */
    const char *endpoint;
    int64_t timeout_ms;      /* for one answer, all repeats included; 0: 10,000 */
    int64_t resend_after_ms; /* silence after which a request is sent again; 0: 2,000 */
    /* Asked when a signal interrupts the wait for an answer: not 0 ends the request with the error
     * code "interrupted". NULL: signals change nothing. */
    int (*is_interrupted)(void *context);
    void *context; /* for is_interrupted */
} tmesh_client_options_t;

/* Connects in the background; a server that is not there yet is no error. NULL when an endpoint is
 * unusable: `error` (may be NULL) then holds a sentence of at most error_size - 1 bytes. */
TASKMESH_API tmesh_client_t *tmesh_client_open(const tmesh_client_options_t *options, char *error,
                                               size_t error_size);
/* Accepts NULL inside, leaves *self_p NULL. */
TASKMESH_API void tmesh_client_close(tmesh_client_t **self_p);

/* ---- Commands ------------------------------------------------------------------------------
 *
 * Each blocks until there is an answer or the time limit is over, and returns an answer in any
 * case: yours, to be destroyed. While the server is silent the request is sent again under the same
 * request id, on a fresh connection; while it answers 503, after the time that it asks for. */

/* One task to create; PROTOCOL.md, TASK.SUBMIT, has the bounds. Texts and JSON are lent for the
 * call. */
typedef struct tmesh_client_task {
    const char *namespace_name; /* needed */
    const char *name;           /* needed */
    const char *version;
    tmesh_view_t context;        /* JSON object */
    const char *idempotency_key; /* none: the client draws an auto_idempotency_key, so that a
                                    repeat after a lost answer is recognised as its own */
    const char *on_duplicate;    /* "reject", "return" or "allow_if_ended" */
    int priority;                /* -100 to 100 */
    int64_t delay_ms;
    int64_t run_at_ms; /* since 1970 */
    const char *initiator;
    const char *source_system;
    const char *reason;
    const char *correlation_id;
    const char *parent_correlation_id;
    tmesh_view_t tags;    /* JSON */
    tmesh_view_t options; /* JSON */
} tmesh_client_task_t;

/* 201 with "/task_uuid". A 409 "duplicate_task" that the client's own repeat met is told as 201. */
TASKMESH_API tmesh_answer_t *tmesh_client_submit(tmesh_client_t *self,
                                                 const tmesh_client_task_t *task);
/* 1 to 1,000 tasks in one transaction: 200 with "/tasks/0/status" and so on. After a lost answer
 * what the first try made is told as it is: 409, with its task_uuid in the details. */
TASKMESH_API tmesh_answer_t *tmesh_client_submit_many(tmesh_client_t *self,
                                                      const tmesh_client_task_t *tasks,
                                                      size_t count);

enum { TMESH_INCLUDE_CONTEXT = 1, TMESH_INCLUDE_STEPS = 2 };
/* `include` is a sum of the above. */
TASKMESH_API tmesh_answer_t *tmesh_client_get(tmesh_client_t *self, const char *task_uuid,
                                              unsigned include);
TASKMESH_API tmesh_answer_t *tmesh_client_steps(tmesh_client_t *self, const char *task_uuid);
/* Until the task is settled (ended or blocked), or `wait_ms` is over; negative: no limit. Look at
 * "/settled" and "/ended". The time limit of the client counts for each question to the server, of
 * which a long wait takes several. */
TASKMESH_API tmesh_answer_t *tmesh_client_wait(tmesh_client_t *self, const char *task_uuid,
                                               unsigned include, int64_t wait_ms);
/* The passages of the task and its steps with a number above `after`, at most `limit` of them (1 to
 * 1,000; 0: 200). While there are none it waits for up to wait_ms (at most 60,000). */
TASKMESH_API tmesh_answer_t *tmesh_client_events(tmesh_client_t *self, const char *task_uuid,
                                                 int64_t after, int limit, int64_t wait_ms);
TASKMESH_API tmesh_answer_t *tmesh_client_cancel(tmesh_client_t *self, const char *task_uuid,
                                                 const char *reason, const char *by);

typedef struct tmesh_client_filter {
    const char *namespace_name;
    const char *name;
    const char *status;
    const char *after; /* "/next" of the page before */
    int limit;         /* 1 to 500; 0: 50 */
    const char *version;
    const char *correlation_id;
    int64_t created_after_ms;  /* since 1970: then or later; 0: any */
    int64_t created_before_ms; /* earlier than that; 0: any */
} tmesh_client_filter_t;
/* Newest first. */
TASKMESH_API tmesh_answer_t *tmesh_client_list(tmesh_client_t *self,
                                               const tmesh_client_filter_t *filter);

/* What is to be done to many tasks: those that are named, or those of a filter. */
typedef struct tmesh_client_deed {
    const char *command;           /* "TASK.CANCEL", "TASK.RESOLVE", "TASK.PAUSE", "TASK.RESUME" */
    const char *action;            /* of TASK.RESOLVE */
    const char *reason;            /* may be NULL */
    const char *by;                /* may be NULL */
    const char *const *task_uuids; /* 1 to 1,000 of them, or NULL: */
    size_t task_count;
    const tmesh_client_filter_t *filter; /* its limit: 1 to 1,000; 0: 100 */
    int is_all;                          /* not 0: a filter may leave no task out */
    int dry_run;                         /* not 0: say what would be done, and do nothing */
} tmesh_client_deed_t;
/* 200 with "/allowed", "/refused" and "/tasks"; PROTOCOL.md, "Many tasks at once". It is sent once,
 * whatever the silence: a repeat would find done, and call refused, what the first one did. */
TASKMESH_API tmesh_answer_t *tmesh_client_act(tmesh_client_t *self,
                                              const tmesh_client_deed_t *deed);

/* The result of a step that its worker has handed over, by the token that the worker passed on. */
typedef struct tmesh_client_result {
    const char *step_uuid;
    uint32_t run;
    const char *run_token;
    tmesh_view_t result;       /* JSON; absent: null */
    const char *error_message; /* not NULL: it failed */
    const char *error_code;    /* of a failure; a stable word, or NULL */
    int retryable;             /* of a failure, not 0: another attempt may succeed */
} tmesh_client_result_t;
/* 200 with "/state", also when it was said before; 409 "stale_run" or "step_cancelled", 404
 * "unknown_step". */
TASKMESH_API tmesh_answer_t *tmesh_client_finish(tmesh_client_t *self,
                                                 const tmesh_client_result_t *result);

/* `source` is YAML or JSON, `file` a name for messages. */
TASKMESH_API tmesh_answer_t *tmesh_client_put_template(tmesh_client_t *self, const char *file,
                                                       tmesh_view_t source);
/* version NULL: the highest. */
TASKMESH_API tmesh_answer_t *tmesh_client_get_template(tmesh_client_t *self,
                                                       const char *namespace_name, const char *name,
                                                       const char *version);
/* namespace_name NULL: all. */
TASKMESH_API tmesh_answer_t *tmesh_client_list_templates(tmesh_client_t *self,
                                                         const char *namespace_name);

/* Any command, with a body (a JSON object, absent: {}) and payloads as they are on the wire. It may
 * be sent more than once, under the same request id. */
TASKMESH_API tmesh_answer_t *tmesh_client_request(tmesh_client_t *self, const char *command,
                                                  tmesh_view_t body, const tmesh_view_t *payloads,
                                                  size_t payload_count);

/* ---- Answers -------------------------------------------------------------------------------
 *
 * Whatever an answer returns is lent until it is destroyed. `pointer` is a JSON pointer into the
 * body ("/steps/0/name", without escapes). */

TASKMESH_API void tmesh_answer_destroy(tmesh_answer_t **self_p);

/* 200, 201, 400, 404 ... ; 0: no answer, and the error says why ("no_answer", "interrupted"). */
TASKMESH_API int tmesh_answer_status(const tmesh_answer_t *self);
/* 1 for 2xx, else 0. */
TASKMESH_API int tmesh_answer_is_ok(const tmesh_answer_t *self);

/* Of a refusal; "" and 0 otherwise. Details are a JSON object or absent. */
TASKMESH_API const char *tmesh_answer_error_code(const tmesh_answer_t *self);
TASKMESH_API const char *tmesh_answer_error_message(const tmesh_answer_t *self);
TASKMESH_API const char *tmesh_answer_error_where(const tmesh_answer_t *self);
TASKMESH_API tmesh_view_t tmesh_answer_error_details(const tmesh_answer_t *self);

/* NULL when there is no such text. */
TASKMESH_API const char *tmesh_answer_text(const tmesh_answer_t *self, const char *pointer);
/* The fallback when there is no such number; true is 1, false is 0. */
TASKMESH_API int64_t tmesh_answer_integer(const tmesh_answer_t *self, const char *pointer,
                                          int64_t fallback);
/* Items of an array; 0 when there is none. */
TASKMESH_API size_t tmesh_answer_count(const tmesh_answer_t *self, const char *pointer);
/* What {"frame": N} at the pointer stands for, byte for byte; absent when there is none. */
TASKMESH_API tmesh_view_t tmesh_answer_payload(const tmesh_answer_t *self, const char *pointer);
/* The body as one JSON document: contexts, results and definitions stand in it byte for byte. Zero
 * terminated. */
TASKMESH_API const char *tmesh_answer_json(tmesh_answer_t *self);

#ifdef __cplusplus
}
#endif

#endif
