#include "runtime/actor_thread.h"

#include <czmq.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <unistd.h>

#include "runtime/base/memory.h"

#if defined(__SANITIZE_THREAD__)
#define TMESH_TSAN 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define TMESH_TSAN 1
#endif
#endif
#ifdef TMESH_TSAN
void __tsan_acquire(void *address);
void __tsan_release(void *address);
#else
#define __tsan_acquire(address) (void)(address)
#define __tsan_release(address) (void)(address)
#endif

enum {
    TURNS_BEFORE_POLL = 32, // a busy actor looks at its pipe only every so often
    DRAIN_TURNS_MAX = 100000,
};

struct tmesh_actor_thread {
    const tmesh_actor_class_t *class;
    void *services;
    tmesh_context_config_t context;
    tmesh_restart_policy_t policy;
    int failure_fd;
    zactor_t *zactor;
    tmesh_err_t start_err;
    tmesh_fault_t *start_fault;
    tmesh_err_t stop_err;
    _Atomic bool dead;
};

// The first use of CZMQ installs signal handlers, seeds random() and logs to stdout. A library
// must do none of these to its host.
static void tame_czmq(void)
{
    char own_state[128];
    char *host_state = initstate(1, own_state, sizeof own_state);
    struct sigaction on_int, on_term;
    sigaction(SIGINT, NULL, &on_int);
    sigaction(SIGTERM, NULL, &on_term);
    zsys_init();
    zsys_set_logstream(stderr);
    sigaction(SIGINT, &on_int, NULL);
    sigaction(SIGTERM, &on_term, NULL);
    setstate(host_state);
}

static bool told_to_end(zsock_t *pipe)
{
    char *command = zstr_recv_nowait(pipe);
    bool end = command && streq(command, "$TERM");
    zstr_free(&command);
    return end;
}

static long wait_ms(tmesh_actor_t *actor, const tmesh_clock_t *clock)
{
    int64_t due_ms = tmesh_actor_due_ms(actor);
    if (due_ms == INT64_MAX) return -1;
    int64_t left_ms = due_ms - tmesh_clock_monotonic_ms(clock);
    return left_ms < 0 ? 0 : left_ms > 60000 ? 60000 : (long)left_ms;
}

// Handles messages until told to end; returns TMESH_ERR_FATAL when the actor died for good.
static tmesh_err_t run(tmesh_actor_thread_t *self, tmesh_actor_t *actor, zsock_t *pipe)
{
    const tmesh_actor_class_t *class = self->class;
    int turns = 0;
    while (true) {
        size_t taken = 0;
        tmesh_err_t err = tmesh_actor_turn(actor, &taken);
        if (err) return err;
        bool more = false;
        if (class->readable) {
            err = class->readable(tmesh_actor_object(actor), &more);
            if (err == TMESH_ERR_FATAL) return err;
        }
        bool busy = taken > 0 || more;
        if (busy && ++turns < TURNS_BEFORE_POLL) continue;
        turns = 0;
        zmq_pollitem_t items[3] = {
            {.socket = zsock_resolve(pipe), .events = ZMQ_POLLIN},
            {.socket = tmesh_mailbox_socket(self->context.mailbox), .events = ZMQ_POLLIN},
        };
        int count = 2;
        if (class->socket) {
            items[count++] = (zmq_pollitem_t){
                .socket = class->socket(tmesh_actor_object(actor)), .events = ZMQ_POLLIN};
        }
        zmq_poll(items, count, busy ? 0 : wait_ms(actor, self->context.clock));
        if ((items[0].revents & ZMQ_POLLIN) && told_to_end(pipe)) return TMESH_OK;
    }
}

static void drain(tmesh_actor_t *actor)
{
    size_t taken = 1;
    for (int i = 0; taken > 0 && i < DRAIN_TURNS_MAX; i++) {
        if (tmesh_actor_turn(actor, &taken) != TMESH_OK) return;
    }
}

static void wait_for_end(zsock_t *pipe)
{
    zmq_pollitem_t item = {.socket = zsock_resolve(pipe), .events = ZMQ_POLLIN};
    do {
        zmq_poll(&item, 1, -1);
    } while (!told_to_end(pipe));
}

static void main_of_thread(zsock_t *pipe, void *argument)
{
    tmesh_actor_thread_t *self = argument;
    pthread_setname_np(pthread_self(), self->class->name);
    tmesh_context_t *context = tmesh_context_new(&self->context);
    tmesh_actor_t *actor = tmesh_actor_new(self->class, self->services, context, &self->policy);
    self->start_err = tmesh_actor_start(actor, &self->start_fault);
    __tsan_release(self);
    zsock_signal(pipe, 0);
    if (self->start_err) {
        wait_for_end(pipe);
    } else {
        if (run(self, actor, pipe) == TMESH_OK) {
            drain(actor);
        } else {
            tmesh_mailbox_close(self->context.mailbox);
            self->dead = true;
            uint64_t one = 1;
            if (write(self->failure_fd, &one, sizeof one) < 0) self->stop_err = TMESH_ERR_IO;
            wait_for_end(pipe);
        }
        tmesh_err_t err = tmesh_actor_stop(actor);
        if (err) self->stop_err = err;
    }
    tmesh_actor_destroy(&actor);
    tmesh_context_destroy(&context);
    __tsan_release(self);
}

tmesh_err_t tmesh_actor_thread_open(tmesh_actor_thread_t **self_p,
                                    const tmesh_actor_class_t *class, void *services,
                                    const tmesh_context_config_t *context,
                                    const tmesh_restart_policy_t *policy, int failure_fd,
                                    tmesh_fault_t **fault_p)
{
    static pthread_once_t tamed = PTHREAD_ONCE_INIT;
    tmesh_actor_thread_t *self = tmesh_alloc(sizeof *self);
    self->class = class;
    self->services = services;
    self->context = *context;
    self->policy = *policy;
    self->failure_fd = failure_fd;

    // A signal during the start handshake would end it early, and the threads of a library must
    // not take the signals of its host: the new thread inherits this mask.
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    pthread_once(&tamed, tame_czmq);
    self->zactor = zactor_new(main_of_thread, self);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    __tsan_acquire(self);

    tmesh_err_t err = self->start_err;
    if (err) {
        *fault_p = self->start_fault;
        self->start_fault = NULL;
        tmesh_err_t ignored = tmesh_actor_thread_stop(&self);
        (void)ignored; // it never lived
        return err;
    }
    *self_p = self;
    return TMESH_OK;
}

tmesh_err_t tmesh_actor_thread_stop(tmesh_actor_thread_t **self_p)
{
    tmesh_actor_thread_t *self = *self_p;
    if (!self) return TMESH_OK;
    zactor_destroy(&self->zactor);
    __tsan_acquire(self);
    tmesh_err_t err = self->stop_err;
    tmesh_fault_destroy(&self->start_fault);
    tmesh_free(self);
    *self_p = NULL;
    return err;
}

bool tmesh_actor_thread_is_dead(const tmesh_actor_thread_t *self)
{
    return self->dead;
}
