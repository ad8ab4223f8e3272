#include "taskmesh/runtime.h"

#include <assert.h>
#include <string.h>

#include "embed/failure.h"
#include "embed/log_lines.h"
#include "embed/options.h"
#include "embed/runtime_private.h"
#include "runtime/base/memory.h"

#ifndef TMESH_VERSION
#define TMESH_VERSION "0.1.0"
#endif

const char *tmesh_version(void)
{
    return TMESH_VERSION;
}

// ---- Open ---------------------------------------------------------------------------------------

static void open_log(tmesh_runtime_t *self, const tmesh_runtime_options_t *options)
{
    if (!options->on_log) return;
    tmesh_log_level_t level = TMESH_LOG_INFO;
    (void)tmesh_log_level_parse(self->config->log_level, &level);
    self->log_stream = tmesh_log_lines_open(options->on_log, options->context);
    self->log = tmesh_log_new(self->log_stream, level, strcmp(self->config->log_format, "json") == 0);
}

static void destroy(tmesh_runtime_t *self)
{
    tmesh_clients_destroy(&self->clients);
    tmesh_node_destroy(&self->node);
    tmesh_log_destroy(&self->log);
    if (self->log_stream) fclose(self->log_stream);
    tmesh_clock_destroy(&self->clock);
    tmesh_arena_destroy(&self->arena);
    tmesh_config_destroy(&self->config);
    pthread_mutex_destroy(&self->lock);
    tmesh_free(self);
}

tmesh_runtime_t *tmesh_runtime_prepare(const tmesh_runtime_options_t *options,
                                       tmesh_error_t *error)
{
    static const tmesh_runtime_options_t nothing_given = {0};
    if (!options) options = &nothing_given;
    tmesh_auto(tmesh_config) config = tmesh_config_new();
    tmesh_auto(tmesh_fault) fault = NULL;
    if (tmesh_options_read(config, options, &fault)) {
        (void)tmesh_failure_of_fault(fault, error);
        return NULL;
    }
    tmesh_runtime_t *self = tmesh_alloc(sizeof *self);
    self->config = config;
    config = NULL;
    self->arena = tmesh_arena_new();
    self->shown = tmesh_options_show(self->config, self->arena);
    self->clock = tmesh_clock_new_system();
    pthread_mutex_init(&self->lock, NULL);
    TAILQ_INIT(&self->subscriptions);
    open_log(self, options);
    return self;
}

int tmesh_runtime_start(tmesh_runtime_t *self, tmesh_error_t *error)
{
    assert(!self->node);
    tmesh_auto(tmesh_fault) fault = NULL;
    if (tmesh_node_open(&self->node, self->config, self->log, TMESH_VERSION, &fault)) {
        return tmesh_failure_of_fault(fault, error);
    }
    self->clients = tmesh_clients_new(tmesh_context_zmq(tmesh_node_context(self->node)));
    return 0;
}

tmesh_runtime_t *tmesh_runtime_open(const tmesh_runtime_options_t *options, tmesh_error_t *error)
{
    tmesh_runtime_t *self = tmesh_runtime_prepare(options, error);
    if (self && tmesh_runtime_start(self, error)) {
        destroy(self);
        return NULL;
    }
    return self;
}

const char *tmesh_runtime_option(const tmesh_runtime_t *self, const char *name)
{
    return tmesh_options_find(self->shown, name);
}

void tmesh_runtime_log(tmesh_runtime_t *self, tmesh_runtime_log_level_t level, const char *event,
                       const char *text)
{
    static const tmesh_log_level_t levels[] = {
        [TMESH_RUNTIME_LOG_DEBUG] = TMESH_LOG_DEBUG,
        [TMESH_RUNTIME_LOG_INFO] = TMESH_LOG_INFO,
        [TMESH_RUNTIME_LOG_WARNING] = TMESH_LOG_WARNING,
        [TMESH_RUNTIME_LOG_ERROR] = TMESH_LOG_ERROR,
    };
    assert(level < TMESH_COUNT_OF(levels));
    tmesh_log_write(self->log, levels[level], event, "%s", text);
}

// ---- Close --------------------------------------------------------------------------------------

// Handlers may still ask the runtime for something while they finish; after stop_timeout_ms
// everybody is told to end. Nobody adds crews any more.
static void close_crews(tmesh_runtime_t *self)
{
    const int64_t until_ms =
        tmesh_clock_monotonic_ms(self->clock) + self->config->stop_timeout_ms;
    for (size_t i = 0; i < self->crew_count; i++) {
        tmesh_crew_drain(self->crews[i], self->config->stop_timeout_ms);
    }
    for (size_t i = 0; i < self->crew_count; i++) {
        int64_t left_ms = until_ms - tmesh_clock_monotonic_ms(self->clock);
        bool has_ended = tmesh_crew_wait(self->crews[i], left_ms > 0 ? left_ms : 0);
        if (!has_ended) tmesh_crew_cancel(self->crews[i]);
    }
    tmesh_clients_interrupt(self->clients);
    for (size_t i = 0; i < self->crew_count; i++) tmesh_crew_destroy(&self->crews[i]);
    tmesh_free(self->crews);
}

static void stop(tmesh_runtime_t *self)
{
    close_crews(self);
    tmesh_clients_destroy(&self->clients);
    tmesh_node_stop(self->node);
    while (!TAILQ_EMPTY(&self->subscriptions)) { // after the last event
        tmesh_subscription_t *subscription = TAILQ_FIRST(&self->subscriptions);
        tmesh_subscription_close(&subscription);
    }
}

void tmesh_runtime_close(tmesh_runtime_t **self_p)
{
    tmesh_runtime_t *self = *self_p;
    if (!self) return;
    if (self->node) stop(self);
    destroy(self);
    *self_p = NULL;
}

int tmesh_runtime_failure_fd(const tmesh_runtime_t *self)
{
    return tmesh_node_failure_fd(self->node);
}

const char *tmesh_runtime_failed(const tmesh_runtime_t *self)
{
    return tmesh_node_failed(self->node);
}

// ---- What it owns -------------------------------------------------------------------------------

int tmesh_runtime_serve(tmesh_runtime_t *self, const char *namespace_name,
                        const tmesh_handler_t *handlers, size_t handler_count, int thread_count,
                        tmesh_error_t *error)
{
    const tmesh_serve_options_t options = {
        .namespace_name = namespace_name,
        .handlers = handlers,
        .handler_count = handler_count,
        .thread_count = thread_count,
    };
    return tmesh_runtime_serve_with(self, &options, error);
}

int tmesh_runtime_serve_with(tmesh_runtime_t *self, const tmesh_serve_options_t *options,
                             tmesh_error_t *error)
{
    if (!options->namespace_name) {
        return tmesh_failure_new("bad_value", "namespace_name", "a namespace is needed", error);
    }
    if (options->handler_count < 1 || options->handler_count > TMESH_CREW_HANDLERS_MAX) {
        return tmesh_failure_new("bad_value", "handler_count", "there must be 1 to 64 handlers",
                                 error);
    }
    if (options->thread_count < 1 || options->thread_count > TMESH_CREW_THREADS_MAX) {
        return tmesh_failure_new("bad_value", "thread_count", "there must be 1 to 256 threads",
                                 error);
    }
    const tmesh_crew_config_t config = {
        .zmq = tmesh_context_zmq(tmesh_node_context(self->node)),
        .clients = self->clients,
        .log = self->log,
        .options = options,
    };
    tmesh_crew_t *crew = NULL;
    if (tmesh_crew_open(&crew, &config, error)) return -1;
    pthread_mutex_lock(&self->lock);
    size_t count = self->crew_count + 1;
    self->crews = tmesh_realloc_array(self->crews, count, sizeof(tmesh_crew_t *));
    self->crews[self->crew_count++] = crew;
    pthread_mutex_unlock(&self->lock);
    return 0;
}

tmesh_subscription_t *tmesh_runtime_subscribe(tmesh_runtime_t *self, const char *topic,
                                              tmesh_event_fn on_event, void *context,
                                              tmesh_error_t *error)
{
    tmesh_auto(tmesh_fault) fault = NULL;
    tmesh_subscription_t *subscription = NULL;
    if (tmesh_subscription_open(&subscription, tmesh_node_context(self->node), topic, on_event,
                                context, &fault)) {
        (void)tmesh_failure_of_fault(fault, error);
        return NULL;
    }
    subscription->owner = self;
    pthread_mutex_lock(&self->lock);
    TAILQ_INSERT_TAIL(&self->subscriptions, subscription, link);
    pthread_mutex_unlock(&self->lock);
    return subscription;
}

void tmesh_subscription_close(tmesh_subscription_t **self_p)
{
    tmesh_subscription_t *self = *self_p;
    if (!self) return;
    tmesh_runtime_t *owner = self->owner;
    pthread_mutex_lock(&owner->lock);
    TAILQ_REMOVE(&owner->subscriptions, self, link);
    pthread_mutex_unlock(&owner->lock);
    tmesh_subscription_destroy(self_p);
}
