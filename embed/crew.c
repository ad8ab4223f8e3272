#include "embed/crew.h"

#include <assert.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "client/inside.h"
#include "embed/failure.h"
#include "embed/handlers.h"
#include "embed/reports.h"
#include "node/node.h"
#include "runtime/base/memory.h"
#include "runtime/base/thread.h"

typedef enum {
    PHASE_JOINING, // HELLO has no answer yet
    PHASE_SERVING,
    PHASE_ENDED, // the session's thread looks at nothing any more
} phase_t;

struct tmesh_crew {
    tmesh_arena_t *arena; // texts
    tmesh_log_t *log;     // lent
    const char *namespace_name;
    tmesh_handlers_t handlers;
    tmesh_worker_t *worker; // the session's thread alone
    tmesh_jobs_t *jobs;
    int bell; // wakes the session's thread
    pthread_t session;
    bool has_session;
    pthread_t threads[TMESH_CREW_THREADS_MAX];
    int thread_count; // that were started
    pthread_mutex_t lock;
    pthread_cond_t changed; // the phase
    // Behind the lock:
    phase_t phase;
    int64_t drain_limit_ms; // -1: not asked to
    bool is_cancelled;      // not before it drains
    char refusal[512];
};

static void ring(tmesh_crew_t *self)
{
    eventfd_write(self->bell, 1);
}

static void enter(tmesh_crew_t *self, phase_t phase)
{
    pthread_mutex_lock(&self->lock);
    self->phase = phase;
    pthread_cond_broadcast(&self->changed);
    pthread_mutex_unlock(&self->lock);
}

// ---- The pool -----------------------------------------------------------------------------------

static void *work(void *argument)
{
    tmesh_crew_t *self = argument;
    tmesh_job_t *job = NULL;
    while ((job = tmesh_jobs_start(self->jobs))) {
        tmesh_handlers_run(&self->handlers, job);
        tmesh_jobs_finish(self->jobs, job);
    }
    return NULL;
}

// ---- The session --------------------------------------------------------------------------------

// True when the session is over.
static bool take_events(tmesh_crew_t *self)
{
    tmesh_worker_event_t event;
    for (;;) { // ends with the events
        switch (tmesh_worker_next(self->worker, &event)) {
        case TMESH_WORKER_NOTHING: return false;
        case TMESH_WORKER_RUN: tmesh_jobs_add(self->jobs, event.run); break;
        case TMESH_WORKER_CANCEL:
            tmesh_reports_cancel(self->worker, self->jobs, event.run, event.reason);
            break;
        case TMESH_WORKER_INPUTS: break; // handlers ask through clients
        case TMESH_WORKER_STOPPED:
            pthread_mutex_lock(&self->lock);
            if (event.reason) {
                snprintf(self->refusal, sizeof self->refusal, "%s", event.reason);
            }
            pthread_mutex_unlock(&self->lock);
            return true;
        }
    }
}

// In this order: a run may be given up only by a worker that drains.
static void heed_the_end(tmesh_crew_t *self)
{
    pthread_mutex_lock(&self->lock);
    int64_t limit_ms = self->drain_limit_ms;
    bool is_cancelled = self->is_cancelled;
    pthread_mutex_unlock(&self->lock);
    if (limit_ms >= 0) tmesh_worker_drain(self->worker, limit_ms);
    if (is_cancelled) tmesh_jobs_cancel_all(self->jobs);
}

static void *serve(void *argument)
{
    tmesh_crew_t *self = argument;
    bool is_over = false;
    while (!is_over || !tmesh_jobs_are_none(self->jobs)) {
        struct pollfd bell = {.fd = self->bell, .events = POLLIN};
        tmesh_worker_wait(self->worker, &bell, 1, -1);
        eventfd_t rings = 0;
        if (bell.revents) eventfd_read(self->bell, &rings);
        heed_the_end(self);
        tmesh_reports_hand_in(self->worker, self->jobs);
        tmesh_reports_pass_on_beats(self->worker, self->jobs);
        if (take_events(self)) is_over = true;
    }
    tmesh_worker_close(&self->worker);
    enter(self, PHASE_ENDED);
    return NULL;
}

// Told by the worker, on the session's thread or within open.
static void note_event(void *context, const char *event, const char *message)
{
    tmesh_crew_t *self = context;
    tmesh_log_debug(self->log, "crew.event", "namespace=%s event=%s %s", self->namespace_name,
                    event, message);
    pthread_mutex_lock(&self->lock);
    bool has_joined = self->phase == PHASE_JOINING;
    pthread_mutex_unlock(&self->lock);
    if (has_joined && strcmp(event, "session.opened") == 0) enter(self, PHASE_SERVING);
}

// ---- Opening and closing ------------------------------------------------------------------------

static tmesh_crew_t *new_crew(const tmesh_crew_config_t *config)
{
    const tmesh_serve_options_t *options = config->options;
    tmesh_crew_t *self = tmesh_alloc(sizeof *self);
    self->arena = tmesh_arena_new();
    self->log = config->log;
    self->namespace_name = tmesh_arena_text(self->arena, options->namespace_name);
    self->handlers =
        tmesh_handlers_copy(options->handlers, options->handler_count, self->arena);
    self->bell = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    assert(self->bell >= 0);
    self->jobs = tmesh_jobs_new(config->clients, self->bell);
    self->drain_limit_ms = -1;
    pthread_mutex_init(&self->lock, NULL);
    pthread_condattr_t attributes;
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&self->changed, &attributes);
    pthread_condattr_destroy(&attributes);
    return self;
}

static bool start_session(tmesh_crew_t *self, const tmesh_crew_config_t *config, char *error,
                          size_t error_size)
{
    const tmesh_serve_options_t *given = config->options;
    const char *callables[TMESH_CREW_HANDLERS_MAX];
    for (size_t i = 0; i < self->handlers.count; i++) {
        callables[i] = self->handlers.rows[i].callable;
    }
    char name[64];
    snprintf(name, sizeof name, "embedded/%d", (int)getpid());
    const tmesh_worker_options_t options = {
        .endpoint = TMESH_NODE_DOOR,
        .name = given->worker_name ? given->worker_name : name,
        .namespaces = &self->namespace_name,
        .namespace_count = 1,
        .callables = callables,
        .callable_count = self->handlers.count,
        .capacity = given->thread_count,
        .extends_time_limit = given->extends_time_limit,
        .parents_only = given->parents_only,
        .on_event = note_event,
        .context = self,
    };
    self->worker = tmesh_worker_open_inside(&options, config->zmq, error, error_size);
    if (!self->worker) return false;
    self->has_session = tmesh_thread_start(&self->session, "crew", serve, self) == TMESH_OK;
    if (!self->has_session) snprintf(error, error_size, "the system gives no more threads");
    return self->has_session;
}

static bool start_pool(tmesh_crew_t *self, int thread_count, char *error, size_t error_size)
{
    for (int i = 0; i < thread_count; i++) {
        if (tmesh_thread_start(&self->threads[i], "handler", work, self)) {
            snprintf(error, error_size, "the system gives no more threads than %d", i);
            return false;
        }
        self->thread_count++;
    }
    return true;
}

// Until the gateway has answered HELLO, whatever it says.
static bool wait_for_session(tmesh_crew_t *self, char *error, size_t error_size)
{
    pthread_mutex_lock(&self->lock);
    while (self->phase == PHASE_JOINING) pthread_cond_wait(&self->changed, &self->lock);
    bool is_serving = self->phase == PHASE_SERVING;
    if (!is_serving) snprintf(error, error_size, "%s", self->refusal);
    pthread_mutex_unlock(&self->lock);
    return is_serving;
}

int tmesh_crew_open(tmesh_crew_t **self_p, const tmesh_crew_config_t *config, tmesh_error_t *error)
{
    const tmesh_serve_options_t *options = config->options;
    assert(options->handler_count >= 1 && options->handler_count <= TMESH_CREW_HANDLERS_MAX);
    assert(options->thread_count >= 1 && options->thread_count <= TMESH_CREW_THREADS_MAX);
    tmesh_crew_t *self = new_crew(config);
    char why[512] = "";
    bool is_good = start_pool(self, options->thread_count, why, sizeof why) &&
                   start_session(self, config, why, sizeof why) &&
                   wait_for_session(self, why, sizeof why);
    if (is_good) {
        *self_p = self;
        return 0;
    }
    tmesh_crew_drain(self, 0);
    tmesh_crew_destroy(&self);
    return tmesh_failure_new("worker_refused", "", why, error);
}

void tmesh_crew_drain(tmesh_crew_t *self, int64_t limit_ms)
{
    pthread_mutex_lock(&self->lock);
    self->drain_limit_ms = limit_ms;
    pthread_mutex_unlock(&self->lock);
    ring(self);
}

bool tmesh_crew_wait(tmesh_crew_t *self, int64_t timeout_ms)
{
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    int64_t nanoseconds = until.tv_nsec + timeout_ms % 1000 * 1000000;
    until.tv_sec += timeout_ms / 1000 + nanoseconds / 1000000000;
    until.tv_nsec = nanoseconds % 1000000000;
    pthread_mutex_lock(&self->lock);
    int failed = 0;
    while (self->phase != PHASE_ENDED && !failed) {
        failed = pthread_cond_timedwait(&self->changed, &self->lock, &until);
    }
    bool has_ended = self->phase == PHASE_ENDED;
    pthread_mutex_unlock(&self->lock);
    return has_ended;
}

void tmesh_crew_cancel(tmesh_crew_t *self)
{
    pthread_mutex_lock(&self->lock);
    assert(self->drain_limit_ms >= 0);
    self->is_cancelled = true;
    pthread_mutex_unlock(&self->lock);
    ring(self);
}

void tmesh_crew_destroy(tmesh_crew_t **self_p)
{
    tmesh_crew_t *self = *self_p;
    if (!self) return;
    if (self->has_session) pthread_join(self->session, NULL);
    tmesh_worker_close(&self->worker); // of a session that never began
    tmesh_jobs_end(self->jobs);
    for (int i = 0; i < self->thread_count; i++) pthread_join(self->threads[i], NULL);
    tmesh_jobs_destroy(&self->jobs);
    pthread_cond_destroy(&self->changed);
    pthread_mutex_destroy(&self->lock);
    close(self->bell);
    tmesh_arena_destroy(&self->arena);
    tmesh_free(self);
    *self_p = NULL;
}
