#include "runtime/registry.h"

#include <assert.h>
#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>
#include <zmq.h>

#include "runtime/base/memory.h"
#include "runtime/child.h"

enum {
    MAILBOX_LIMIT_DEFAULT = 10000,
    STUCK_AFTER_MS_DEFAULT = 5000,
    SOCKETS_MAX = 65536,
    DRAIN_TURNS_MAX = 1000000,
};

struct tmesh_registry {
    tmesh_registry_config_t config;
    tmesh_child_t children[TMESH_ACTORS_MAX]; // in the order in which they start
    size_t count;
    size_t running; // the first so many have started
    tmesh_restart_strategy_t strategy; // of the group that is being added
    size_t group;                      // its number
    _Atomic uint32_t called[TMESH_ACTORS_MAX]; // per child: see tmesh_kin_t
    bool started;
    tmesh_directory_t directory;
    _Atomic unsigned lose_percent;
    tmesh_context_t *foreign; // of all threads outside the mesh
    tmesh_pool_t *foreign_pool;
    tmesh_depot_t *depot; // what all pools share
    int failure_fd;
};

// Names of inproc sockets carry the runtime's number, since a process may hold several.
static uint64_t next_runtime_number(void)
{
    static _Atomic uint64_t last;
    return ++last;
}

tmesh_err_t tmesh_registry_open(tmesh_registry_t **self_p, const tmesh_registry_config_t *config)
{
    static_assert((int)TMESH_ACTORS_MAX <= (int)TMESH_DIRECTORY_MAX, "every actor has an address");
    tmesh_auto(tmesh_registry) self = tmesh_alloc(sizeof *self);
    self->config = *config;
    self->failure_fd = -1;
    self->depot = tmesh_depot_new();
    if (!self->config.mailbox_limit) self->config.mailbox_limit = MAILBOX_LIMIT_DEFAULT;
    if (!self->config.stuck_after_ms) self->config.stuck_after_ms = STUCK_AFTER_MS_DEFAULT;
    if (!self->config.restarts.restarts_max && !self->config.restarts.window_ms) {
        self->config.restarts = tmesh_restart_policy_default;
    }
    if (config->threads) {
        self->directory.zmq = zmq_ctx_new();
        self->failure_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
        if (!self->directory.zmq || self->failure_fd < 0) return TMESH_ERR_IO;
        zmq_ctx_set(self->directory.zmq, ZMQ_BLOCKY, 0);
        zmq_ctx_set(self->directory.zmq, ZMQ_MAX_SOCKETS, SOCKETS_MAX);
    }
    self->foreign_pool = tmesh_pool_new_shared(self->depot);
    tmesh_context_config_t foreign = {
        .directory = &self->directory,
        .pool = self->foreign_pool,
        .clock = config->clock,
        .log = config->log,
        .lose_percent = &self->lose_percent,
        .random_seed = config->random_seed,
    };
    self->foreign = tmesh_context_new(&foreign);
    *self_p = self;
    self = NULL;
    return TMESH_OK;
}

// What was sent to actors that never lived is answered as well.
static void close_mailboxes(tmesh_registry_t *self)
{
    for (size_t i = 0; i < self->directory.count; i++) {
        tmesh_context_refuse_all(self->foreign, self->children[i].mailbox);
    }
}

static void term_zmq(void *zmq)
{
    if (!zmq) return;
    while (zmq_ctx_term(zmq) != 0 && errno == EINTR) {
    }
}

void tmesh_registry_destroy(tmesh_registry_t **self_p)
{
    tmesh_registry_t *self = *self_p;
    if (!self) return;
    tmesh_registry_stop(self, 0);
    close_mailboxes(self);
    tmesh_context_destroy(&self->foreign);
    for (size_t i = 0; i < self->count; i++) {
        tmesh_child_clear(&self->children[i]);
    }
    tmesh_pool_destroy(&self->foreign_pool);
    tmesh_depot_destroy(&self->depot);
    term_zmq(self->directory.zmq);
    if (self->failure_fd >= 0) close(self->failure_fd);
    tmesh_free(self);
    *self_p = NULL;
}

void tmesh_registry_add(tmesh_registry_t *self, const tmesh_actor_class_t *class, void *services)
{
    assert(self->count < TMESH_ACTORS_MAX);
    assert(!self->started);
    tmesh_child_t *child = &self->children[self->count++];
    tmesh_child_init(child, class, services, self->depot);
    child->group = self->group;
    child->strategy = self->strategy;
}

void tmesh_registry_begin_group(tmesh_registry_t *self, tmesh_restart_strategy_t strategy)
{
    assert(!self->started);
    self->group++;
    self->strategy = strategy;
}

static tmesh_kin_t kin_of(tmesh_registry_t *self, size_t index)
{
    const tmesh_child_t *child = &self->children[index];
    size_t end = index + 1;
    if (child->strategy == TMESH_REST_FOR_ONE) {
        while (end < self->count && self->children[end].group == child->group) end++;
    }
    return (tmesh_kin_t){
        .called = &self->called[index],
        .after = &self->called[index] + 1,
        .after_count = end - index - 1,
    };
}

static tmesh_err_t open_mailboxes(tmesh_registry_t *self)
{
    uint64_t runtime = next_runtime_number();
    for (size_t i = 0; i < self->count; i++) {
        tmesh_child_t *child = &self->children[i];
        char address[96];
        snprintf(address, sizeof address, "taskmesh-%llu-%s", (unsigned long long)runtime,
                 child->class->name);
        tmesh_err_t err = tmesh_mailbox_open(&child->mailbox, address, self->config.mailbox_limit,
                                             self->directory.zmq);
        if (err) return err;
        self->directory.entries[i].class = child->class;
        self->directory.entries[i].mailbox = child->mailbox;
        self->directory.count = i + 1;
    }
    return TMESH_OK;
}

static tmesh_err_t start_child(tmesh_registry_t *self, size_t index, tmesh_fault_t **fault_p)
{
    tmesh_child_t *child = &self->children[index];
    tmesh_context_config_t context = {
        .directory = &self->directory,
        .mailbox = child->mailbox,
        .pool = child->pool,
        .clock = self->config.clock,
        .log = self->config.log,
        .counters = child->counters,
        .lose_percent = &self->lose_percent,
        .kin = kin_of(self, index),
        .random_seed = self->config.random_seed ? self->config.random_seed + index + 1 : 0,
    };
    if (!self->config.threads) {
        return tmesh_child_start_by_hand(child, &context, &self->config.restarts, fault_p);
    }
    return tmesh_child_start_thread(child, &context, &self->config.restarts, self->failure_fd,
                                    fault_p);
}

tmesh_err_t tmesh_registry_start(tmesh_registry_t *self, tmesh_fault_t **fault_p)
{
    assert(!self->started);
    self->started = true;
    *fault_p = NULL;
    tmesh_err_t err = open_mailboxes(self);
    if (err) {
        *fault_p = tmesh_fault_new(err, "no_mailboxes", NULL, "the mailboxes could not be opened");
        return err;
    }
    for (size_t i = 0; i < self->count; i++) {
        tmesh_auto(tmesh_fault) why = NULL;
        err = start_child(self, i, &why);
        if (!err) {
            self->running = i + 1;
            continue;
        }
        *fault_p = tmesh_fault_new(err, "actor_not_started", self->children[i].class->name,
                                   "%s did not start: %s", self->children[i].class->name,
                                   why ? why->message : tmesh_err_sentence(err));
        tmesh_registry_stop(self, 0);
        return err;
    }
    return TMESH_OK;
}

static tmesh_err_t drain_by_turns(tmesh_registry_t *self, size_t count)
{
    for (int turns = 0; turns < DRAIN_TURNS_MAX; turns++) {
        if (tmesh_directory_is_quiet(&self->directory, count)) return TMESH_OK;
        size_t handled = 0;
        tmesh_err_t err = tmesh_registry_turn(self, &handled);
        if (err) return err;
    }
    return TMESH_ERR_TIMEOUT;
}

tmesh_err_t tmesh_registry_drain(tmesh_registry_t *self, size_t count, int64_t timeout_ms)
{
    assert(count <= self->count);
    if (!self->config.threads) return drain_by_turns(self, count);
    // Once in a runtime's life, so looking again and again is better than a bell in every mailbox.
    const struct timespec pause = {.tv_nsec = 1000000};
    for (int64_t waited_ms = 0; waited_ms <= timeout_ms; waited_ms++) {
        if (tmesh_directory_is_quiet(&self->directory, count)) return TMESH_OK;
        nanosleep(&pause, NULL);
    }
    return TMESH_ERR_TIMEOUT;
}

void tmesh_registry_stop(tmesh_registry_t *self, size_t from)
{
    while (self->running > from) {
        tmesh_child_t *child = &self->children[--self->running];
        tmesh_err_t err = tmesh_child_stop(child);
        if (err) {
            tmesh_log_error(self->config.log, "actor.stop_failed", "actor=%s error=%s",
                            child->class->name, tmesh_err_word(err));
        }
    }
}

tmesh_err_t tmesh_registry_turn(tmesh_registry_t *self, size_t *handled_p)
{
    *handled_p = 0;
    for (size_t i = 0; i < self->running; i++) {
        size_t taken = 0;
        tmesh_err_t err = tmesh_registry_turn_one(self, i, &taken);
        *handled_p += taken;
        if (err) return err;
    }
    return TMESH_OK;
}

tmesh_err_t tmesh_registry_turn_one(tmesh_registry_t *self, size_t index, size_t *handled_p)
{
    assert(!self->config.threads);
    assert(index < self->running);
    return tmesh_child_turn(&self->children[index], handled_p);
}

int64_t tmesh_registry_due_ms(tmesh_registry_t *self)
{
    assert(!self->config.threads);
    int64_t earliest_ms = INT64_MAX;
    for (size_t i = 0; i < self->running; i++) {
        int64_t due_ms = tmesh_actor_due_ms(self->children[i].actor);
        if (due_ms < earliest_ms) earliest_ms = due_ms;
    }
    return earliest_ms;
}

tmesh_context_t *tmesh_registry_context(tmesh_registry_t *self)
{
    return self->foreign;
}

uint64_t tmesh_registry_foreign_allocations(const tmesh_registry_t *self)
{
    return tmesh_pool_allocations(self->foreign_pool);
}

int tmesh_registry_failure_fd(const tmesh_registry_t *self)
{
    return self->failure_fd;
}

const char *tmesh_registry_failed(const tmesh_registry_t *self)
{
    for (size_t i = 0; i < self->count; i++) {
        if (self->children[i].dead) return self->children[i].class->name;
    }
    return NULL;
}

size_t tmesh_registry_count(const tmesh_registry_t *self)
{
    return self->count;
}

tmesh_actor_view_t tmesh_registry_view(const tmesh_registry_t *self, size_t index)
{
    assert(index < self->count);
    return tmesh_child_view(&self->children[index], tmesh_clock_monotonic_ms(self->config.clock),
                            self->config.stuck_after_ms);
}
