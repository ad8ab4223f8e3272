#include "runtime/actor_thread.h"

#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <unistd.h>

#include "runtime/base/memory.h"
#include "runtime/host.h"
#include "runtime/linger.h"

enum {
    WAIT_MS_MAX = 60000,
    THREAD_NAME_BYTES = 16, // the kernel's limit
};

struct tmesh_actor_thread {
    const tmesh_actor_class_t *class;
    void *services;
    tmesh_context_config_t context;
    tmesh_restart_policy_t policy;
    int failure_fd;
    _Atomic bool *dead_p;
    zactor_t *zactor;
    // Said before the pipe says it: a busy actor looks at the pipe only then. Also makes visible
    // here what the stopping thread did before.
    _Atomic bool ending;
    sem_t ready; // start_err and start_fault are set
    sem_t ended; // stop_err is set; the thread looks at none of this any more
    tmesh_err_t start_err;
    tmesh_fault_t *start_fault;
    tmesh_err_t stop_err;
};

static bool told_to_end(tmesh_actor_thread_t *self, zsock_t *pipe)
{
    char *command = zstr_recv_nowait(pipe);
    bool end = command && streq(command, "$TERM");
    zstr_free(&command);
    assert(!end || self->ending);
    return end;
}

static long wait_ms(tmesh_actor_t *actor, const tmesh_clock_t *clock)
{
    int64_t due_ms = tmesh_actor_due_ms(actor);
    if (due_ms == INT64_MAX) return -1;
    int64_t left_ms = due_ms - tmesh_clock_monotonic_ms(clock);
    return left_ms < 0 ? 0 : left_ms > WAIT_MS_MAX ? WAIT_MS_MAX : (long)left_ms;
}

typedef struct {
    const tmesh_mailbox_t *mailbox;
    void *socket; // the actor's own, or NULL
} awaited_t;

static bool has_come(const void *what)
{
    const awaited_t *awaited = what;
    if (tmesh_mailbox_holds_any(awaited->mailbox)) return true;
    int events = 0;
    size_t size = sizeof events;
    return awaited->socket &&
           zmq_getsockopt(awaited->socket, ZMQ_EVENTS, &events, &size) == 0 &&
           (events & ZMQ_POLLIN);
}

static void *own_socket(const tmesh_actor_thread_t *self, tmesh_actor_t *actor)
{
    return self->class->socket ? self->class->socket(tmesh_actor_object(actor)) : NULL;
}

static bool comes_soon(const tmesh_actor_thread_t *self, tmesh_actor_t *actor)
{
    const awaited_t awaited = {self->context.mailbox, own_socket(self, actor)};
    return tmesh_linger(has_come, &awaited);
}

// Waits for messages, the pipe and the actor's own socket; true when told to end.
static bool wait_for_work(tmesh_actor_thread_t *self, tmesh_actor_t *actor, zsock_t *pipe)
{
    tmesh_mailbox_t *mailbox = self->context.mailbox;
    zmq_pollitem_t items[TMESH_MAILBOX_WAITS + 2] = {0};
    int count = TMESH_MAILBOX_WAITS;
    zmq_pollitem_t *told = &items[count++];
    *told = (zmq_pollitem_t){.socket = zsock_resolve(pipe), .events = ZMQ_POLLIN};
    void *socket = own_socket(self, actor);
    if (socket) items[count++] = (zmq_pollitem_t){.socket = socket, .events = ZMQ_POLLIN};
    bool sleep = tmesh_mailbox_doze(mailbox, items);
    int ready = zmq_poll(items, count, sleep ? wait_ms(actor, self->context.clock) : 0);
    tmesh_mailbox_wake(mailbox, items);
    if (sleep) tmesh_counters_add_wakeup(self->context.counters);
    return ready > 0 && (told->revents & ZMQ_POLLIN) && told_to_end(self, pipe);
}

// Handles messages until told to end; returns TMESH_ERR_FATAL when the actor died for good.
static tmesh_err_t run(tmesh_actor_thread_t *self, tmesh_actor_t *actor, zsock_t *pipe)
{
    while (true) {
        size_t taken = 0;
        bool more = false;
        tmesh_err_t err = tmesh_actor_turn(actor, &taken);
        if (!err) err = tmesh_actor_read(actor, &more);
        if (err) return err;
        bool busy = taken > 0 || more || comes_soon(self, actor);
        if (busy && !self->ending) continue;
        if (wait_for_work(self, actor, pipe)) return tmesh_actor_finish(actor);
    }
}

static void report_death(tmesh_actor_thread_t *self)
{
    *self->dead_p = true;
    const uint64_t one = 1;
    if (write(self->failure_fd, &one, sizeof one) < 0) {
        tmesh_log_error(self->context.log, "actor.failure_not_told", "actor=%s errno=%d",
                        self->class->name, errno);
    }
}

static void wait_for_end(tmesh_actor_thread_t *self, zsock_t *pipe)
{
    zmq_pollitem_t item = {.socket = zsock_resolve(pipe), .events = ZMQ_POLLIN};
    do {
        zmq_poll(&item, 1, -1);
    } while (!told_to_end(self, pipe));
}

static void main_of_thread(zsock_t *pipe, void *argument)
{
    zsock_signal(pipe, 0);
    tmesh_actor_thread_t *self = argument;
    char name[THREAD_NAME_BYTES];
    snprintf(name, sizeof name, "%s", self->class->name);
    pthread_setname_np(pthread_self(), name);
    tmesh_context_t *context = tmesh_context_new(&self->context);
    tmesh_actor_t *actor = tmesh_actor_new(self->class, self->services, context, &self->policy);
    tmesh_err_t err = tmesh_actor_start(actor, &self->start_fault);
    self->start_err = err;
    sem_post(&self->ready);
    if (err) {
        wait_for_end(self, pipe);
    } else if (run(self, actor, pipe) != TMESH_OK) {
        report_death(self);
        wait_for_end(self, pipe);
    }
    self->stop_err = tmesh_actor_stop(actor);
    tmesh_actor_destroy(&actor);
    tmesh_context_destroy(&context);
    sem_post(&self->ended);
}

static void wait_for(sem_t *semaphore)
{
    while (sem_wait(semaphore) != 0 && errno == EINTR) {
    }
}

tmesh_err_t tmesh_actor_thread_open(tmesh_actor_thread_t **self_p,
                                    const tmesh_actor_class_t *class, void *services,
                                    const tmesh_context_config_t *context,
                                    const tmesh_restart_policy_t *policy, int failure_fd,
                                    _Atomic bool *dead_p, tmesh_fault_t **fault_p)
{
    tmesh_actor_thread_t *self = tmesh_alloc(sizeof *self);
    self->class = class;
    self->services = services;
    self->context = *context;
    self->policy = *policy;
    self->failure_fd = failure_fd;
    self->dead_p = dead_p;
    sem_init(&self->ready, 0, 0);
    sem_init(&self->ended, 0, 0);
    self->zactor = tmesh_host_zactor_new(main_of_thread, self);
    wait_for(&self->ready);

    tmesh_err_t err = self->start_err;
    if (!err) {
        *self_p = self;
        return TMESH_OK;
    }
    *fault_p = self->start_fault;
    self->start_fault = NULL;
    tmesh_err_t ignored = tmesh_actor_thread_stop(&self);
    (void)ignored; // it never lived
    return err;
}

tmesh_err_t tmesh_actor_thread_stop(tmesh_actor_thread_t **self_p)
{
    tmesh_actor_thread_t *self = *self_p;
    if (!self) return TMESH_OK;
    self->ending = true;
    tmesh_host_zactor_destroy(&self->zactor);
    wait_for(&self->ended);
    tmesh_err_t err = self->stop_err;
    sem_destroy(&self->ready);
    sem_destroy(&self->ended);
    tmesh_fault_destroy(&self->start_fault);
    tmesh_free(self);
    *self_p = NULL;
    return err;
}
