// A runtime in somebody else's program: several of them, and nothing of the host's is disturbed.
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "tests/unit/runtime/toy_mesh.h"

enum { AT_ONCE = 3, ONE_AFTER_THE_OTHER = 200 };

static toy_mesh_t *mesh(void)
{
    return toy_mesh_new((tmesh_registry_config_t){.threads = true});
}

static void use(toy_mesh_t *self)
{
    assert_int_equal(toy_call(self, 4, TOY_DOUBLE, TOY_PATIENCE_MS), TMESH_OK);
    toy_forward(self, (tmesh_toy_forward_request_t){.number = 1, .times = 3});
    assert_int_equal(tmesh_registry_drain(self->registry, TOY_ACTORS, TOY_PATIENCE_MS), TMESH_OK);
    assert_int_equal(self->ledger.sum, 12);
    self->ledger.sum = 0;
}

static void on_signal(int number)
{
    (void)number;
}

// The first test: only CZMQ's first use in a process shows all of its habits.
static void signals_random_and_stdout_stay_the_hosts(void **state)
{
    (void)state;
    struct sigaction mine = {.sa_handler = on_signal};
    sigaction(SIGINT, &mine, NULL);
    sigaction(SIGTERM, &mine, NULL);
    srandom(42);
    long expected[8];
    for (int i = 0; i < 8; i++) expected[i] = random();

    char path[] = "/tmp/taskmesh_host_test_XXXXXX";
    int file = mkstemp(path);
    assert_true(file >= 0);
    unlink(path);
    fflush(stdout);
    int true_stdout = dup(STDOUT_FILENO);
    dup2(file, STDOUT_FILENO);

    srandom(42);
    for (int i = 0; i < 4; i++) assert_int_equal(random(), expected[i]);
    toy_mesh_t *self = mesh();
    use(self);
    toy_mesh_destroy(&self);
    self = mesh(); // the second time it is not CZMQ's first
    use(self);
    toy_mesh_destroy(&self);
    for (int i = 4; i < 8; i++) assert_int_equal(random(), expected[i]);

    fflush(stdout);
    dup2(true_stdout, STDOUT_FILENO);
    close(true_stdout);
    assert_int_equal(lseek(file, 0, SEEK_END), 0);
    close(file);
    for (int number = SIGINT; number <= SIGTERM; number += SIGTERM - SIGINT) {
        struct sigaction now;
        sigaction(number, NULL, &now);
        assert_true(now.sa_handler == on_signal);
    }
}

static void several_live_at_once(void **state)
{
    (void)state;
    toy_mesh_t *meshes[AT_ONCE];
    for (int i = 0; i < AT_ONCE; i++) meshes[i] = mesh();
    for (int i = 0; i < AT_ONCE; i++) use(meshes[i]);
    toy_mesh_destroy(&meshes[1]);
    use(meshes[2]);
    use(meshes[0]);
    toy_mesh_destroy(&meshes[2]);
    toy_mesh_destroy(&meshes[0]);
}

static void one_lives_after_the_other(void **state)
{
    (void)state;
    for (int i = 0; i < ONE_AFTER_THE_OTHER; i++) {
        toy_mesh_t *self = mesh();
        use(self);
        toy_mesh_destroy(&self);
    }
}

static void *live_one_life(void *argument)
{
    (void)argument;
    for (int i = 0; i < 20; i++) {
        toy_mesh_t *self = mesh();
        use(self);
        toy_mesh_destroy(&self);
    }
    return NULL;
}

static void threads_may_each_have_one(void **state)
{
    (void)state;
    pthread_t threads[AT_ONCE];
    for (int i = 0; i < AT_ONCE; i++) pthread_create(&threads[i], NULL, live_one_life, NULL);
    for (int i = 0; i < AT_ONCE; i++) pthread_join(threads[i], NULL);
}

typedef struct {
    pthread_t thread;
    pthread_t target;
    _Atomic bool enough;
} interrupter_t;

static void *interrupt(void *argument)
{
    interrupter_t *self = argument;
    while (!self->enough) {
        pthread_kill(self->target, SIGUSR1);
        sched_yield();
    }
    return NULL;
}

static int start_interrupting(void **state)
{
    struct sigaction mine = {.sa_handler = on_signal}; // without SA_RESTART
    sigaction(SIGUSR1, &mine, NULL);
    interrupter_t *self = *state = tmesh_alloc(sizeof *self);
    self->target = pthread_self();
    return pthread_create(&self->thread, NULL, interrupt, self);
}

static int stop_interrupting(void **state)
{
    interrupter_t *self = *state;
    self->enough = true;
    pthread_join(self->thread, NULL);
    tmesh_free(self);
    return 0;
}

// Signals of the host interrupt its own calls into the runtime, and nothing breaks.
static void a_host_full_of_signals_is_no_trouble(void **state)
{
    (void)state;
    for (int i = 0; i < 50; i++) {
        toy_mesh_t *self = mesh();
        for (int call = 0; call < 20; call++) {
            assert_int_equal(toy_call(self, call, TOY_DOUBLE, TOY_PATIENCE_MS), TMESH_OK);
        }
        use(self);
        toy_mesh_destroy(&self);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(signals_random_and_stdout_stay_the_hosts),
        cmocka_unit_test(several_live_at_once),
        cmocka_unit_test(one_lives_after_the_other),
        cmocka_unit_test(threads_may_each_have_one),
        cmocka_unit_test_setup_teardown(a_host_full_of_signals_is_no_trouble, start_interrupting,
                                        stop_interrupting),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
