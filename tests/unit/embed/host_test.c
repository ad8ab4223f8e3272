// A host program with a life of its own, which a runtime beside it must not disturb.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <czmq.h>
#include <dirent.h>
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdatomic.h>

#include "tests/unit/embed/runtime_bench.h"

extern char **environ;

enum { FIRST_TRIES = 100, LAST_TRIES = 5000, AT_ONCE = 3 };

static int cycles(void)
{
    const char *text = getenv("TMESH_EMBED_CYCLES");
    return text ? atoi(text) : 100;
}

static int entries_of(const char *folder)
{
    DIR *directory = opendir(folder);
    int count = 0;
    const struct dirent *entry = NULL;
    while ((entry = readdir(directory))) {
        if (entry->d_name[0] != '.') count++;
    }
    closedir(directory);
    return count;
}

static int descriptors(void)
{
    return entries_of("/proc/self/fd");
}

static int threads(void)
{
    return entries_of("/proc/self/task");
}

// The fewest that are seen within some tries, or as soon as there are as few as wanted: a thread
// whose end was waited for may still be listed for a moment, and CZMQ closes behind our back.
static int fewest(int count(void), int tries, int wanted)
{
    int least = count();
    for (int i = 0; i < tries && least > wanted; i++) {
        poll(NULL, 0, 1);
        int now = count();
        if (now < least) least = now;
    }
    return least;
}

// Once more from its checkpoint, which is also its result; everything that a handler may ask for.
static void use_all(void *context, const tmesh_worker_run_t *run, tmesh_step_reply_t *reply)
{
    (void)context;
    tmesh_checkpoint_t checkpoint = {.cursor = run->context};
    tmesh_inputs_t inputs;
    (void)tmesh_step_beat(reply, run->context, NULL);
    (void)tmesh_step_inputs(reply, NULL, 0, &inputs, NULL);
    if (tmesh_worker_run_checkpoint(run, &checkpoint)) tmesh_step_succeed(reply, checkpoint.cursor);
    else (void)tmesh_step_yield(reply, &checkpoint, NULL);
}

// One whole life: a task from beginning to end.
static void live(void)
{
    tmesh_runtime_t *runtime = open_runtime(NULL);
    put_one_step(runtime, "life", "use_all", 1);
    serve(runtime, "use_all", use_all, NULL, 2);
    char task_uuid[TMESH_UUID_BYTES];
    submit(runtime, "life", "{\"a\": 1}", task_uuid);
    tmesh_runtime_task_t *task = settle(runtime, task_uuid);
    assert_string_equal(task->status, "complete");
    assert_memory_equal(task->steps[0].result.data, "{\"a\": 1}", 8);
    tmesh_runtime_task_destroy(&task);
    tmesh_runtime_close(&runtime);
}

static atomic_int signals_taken;

static void take_signal(int number)
{
    (void)number;
    signals_taken++;
}

static void handlers_of_signals_stay_the_host_s(void **state)
{
    (void)state;
    static const int numbers[] = {SIGINT, SIGTERM, SIGHUP, SIGCHLD, SIGPIPE, SIGUSR1};
    struct sigaction mine = {.sa_handler = take_signal};
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        sigaction(numbers[i], &mine, NULL);
    }
    tmesh_runtime_t *runtime = open_runtime(NULL);
    signals_taken = 0;
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        struct sigaction now;
        sigaction(numbers[i], NULL, &now);
        assert_true(now.sa_handler == take_signal);
        kill(getpid(), numbers[i]); // no thread of the runtime's takes it, so this one does
        assert_int_equal(signals_taken, (int)i + 1);
    }
    tmesh_runtime_close(&runtime);
    live();
    struct sigaction default_action = {.sa_handler = SIG_DFL};
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        struct sigaction now;
        sigaction(numbers[i], &default_action, &now);
        assert_true(now.sa_handler == take_signal);
    }
    assert_false(zsys_interrupted);
}

static void random_and_environment_stay_as_they_were(void **state)
{
    (void)state;
    enum { COUNT = 20 };
    long expected[COUNT];
    srandom(7);
    for (int i = 0; i < COUNT; i++) expected[i] = random();
    srandom(7);
    size_t variables = 0;
    while (environ[variables]) variables++;
    for (int i = 0; i < COUNT / 2; i++) assert_int_equal(random(), expected[i]);
    tmesh_runtime_t *runtime = open_runtime(NULL);
    for (int i = COUNT / 2; i < COUNT; i++) assert_int_equal(random(), expected[i]);
    tmesh_runtime_close(&runtime);
    size_t variables_now = 0;
    while (environ[variables_now]) variables_now++;
    assert_int_equal(variables_now, variables);
}

static void nothing_is_written(void **state)
{
    (void)state;
    FILE *kept = tmpfile();
    fflush(NULL);
    int out = dup(STDOUT_FILENO);
    int err = dup(STDERR_FILENO);
    dup2(fileno(kept), STDOUT_FILENO);
    dup2(fileno(kept), STDERR_FILENO);
    live();
    tmesh_error_t error;
    const tmesh_runtime_options_t options = {.config_file = "/nowhere"};
    tmesh_runtime_t *none = tmesh_runtime_open(&options, &error);
    fflush(NULL);
    dup2(out, STDOUT_FILENO);
    dup2(err, STDERR_FILENO);
    close(out);
    close(err);
    assert_null(none);
    assert_int_equal(lseek(fileno(kept), 0, SEEK_END), 0);
    fclose(kept);
}

static void echo_back(zsock_t *pipe, void *argument)
{
    (void)argument;
    zsock_signal(pipe, 0);
    for (;;) { // ends with $TERM
        char *text = zstr_recv(pipe);
        bool is_end = !text || streq(text, "$TERM");
        if (!is_end) zstr_send(pipe, text);
        zstr_free(&text);
        if (is_end) return;
    }
}

// The host's own actors and its ZAP handler work before, while and after a runtime is there.
static void the_host_s_czmq_goes_on(void **state)
{
    (void)state;
    zactor_t *actor = zactor_new(echo_back, NULL);
    zactor_t *auth = zactor_new(zauth, NULL);
    zstr_sendx(auth, "ALLOW", "127.0.0.1", NULL);
    zsock_wait(auth);
    zsock_t *server = zsock_new(ZMQ_REP);
    zsock_set_zap_domain(server, "host");
    int port = zsock_bind(server, "tcp://127.0.0.1:*");
    assert_true(port > 0);
    zsock_t *client = zsock_new_req(zsock_endpoint(server));
    for (int i = 0; i < 3; i++) {
        live();
        zstr_send(actor, "are you there?");
        char *answer = zstr_recv(actor);
        assert_string_equal(answer, "are you there?");
        zstr_free(&answer);
        zstr_send(client, "let me in");
        char *question = zstr_recv(server);
        assert_string_equal(question, "let me in");
        zstr_free(&question);
        zstr_send(server, "done");
        answer = zstr_recv(client);
        assert_string_equal(answer, "done");
        zstr_free(&answer);
    }
    zsock_destroy(&client);
    zsock_destroy(&server);
    zactor_destroy(&auth);
    zactor_destroy(&actor);
}

// ---- Several at once, and many in a row ---------------------------------------------------------

static void *live_again_and_again(void *argument)
{
    int count = *(int *)argument;
    for (int i = 0; i < count; i++) live();
    return NULL;
}

static void several_live_at_once(void **state)
{
    (void)state;
    int count = cycles() / 50 + 1;
    pthread_t threads[AT_ONCE];
    for (int i = 0; i < AT_ONCE; i++) {
        pthread_create(&threads[i], NULL, live_again_and_again, &count);
    }
    for (int i = 0; i < AT_ONCE; i++) pthread_join(threads[i], NULL);
}

static void many_lives_leave_nothing(void **state)
{
    (void)state;
    live(); // what libraries keep for the whole process exists from here on
    int threads_before = fewest(threads, FIRST_TRIES, 0);
    int open_before = fewest(descriptors, FIRST_TRIES, 0);
    int count = cycles();
    for (int i = 0; i < count; i++) live();
    assert_int_equal(fewest(threads, LAST_TRIES, threads_before), threads_before);
    assert_int_equal(fewest(descriptors, LAST_TRIES, open_before), open_before);
    print_message("%d lives, %d threads and %d descriptors after the first and after the last\n",
                  count, threads_before, open_before);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        // Before CZMQ is up: the host's own use of it comes later.
        cmocka_unit_test(random_and_environment_stay_as_they_were),
        cmocka_unit_test(handlers_of_signals_stay_the_host_s),
        cmocka_unit_test(nothing_is_written),
        cmocka_unit_test(the_host_s_czmq_goes_on),
        cmocka_unit_test(several_live_at_once),
        cmocka_unit_test(many_lives_leave_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
