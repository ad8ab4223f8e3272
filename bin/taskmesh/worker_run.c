// taskmesh worker run: any program as a worker.
#include <assert.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "bin/taskmesh/cli.h"
#include "bin/taskmesh/slots.h"
#include "runtime/base/log.h"
#include "runtime/base/memory.h"

enum {
    CAPACITY_MAX = 1000,
    NAME_BYTES = 128,
    ERROR_BYTES = 512,
    DESCRIPTORS_PER_SLOT = 4,
    DESCRIPTORS_BESIDES = 100,
    DRAIN_LIMIT_MS = 30000, // how long results may stay unanswered at the end
};

typedef struct {
    cli_list_t namespaces;
    cli_list_t callables;
    int64_t capacity;
    const char *name;
    bool speaks_lines;
    char **program;
} run_options_t;

typedef struct {
    tmesh_worker_t *worker;
    cli_slots_t *slots;
    tmesh_clock_t *clock;
    tmesh_log_t *log;
    int signals; // a signalfd
    int signals_seen;
} runner_t;

static int parse(cli_t *cli, run_options_t *given)
{
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    given->capacity = cores > 0 && cores <= CAPACITY_MAX ? cores : 1;
    const cli_option_t options[] = {
        {"namespace", CLI_OPTION_LIST, &given->namespaces, "NS", "serve it; may be repeated"},
        {"callable", CLI_OPTION_LIST, &given->callables, "GLOB",
         "only callables like this (* and ?); may be repeated; default: all"},
        {"capacity", CLI_OPTION_INTEGER, &given->capacity, "N",
         "steps at a time, 1 to 1000; default: the number of cores"},
        {"name", CLI_OPTION_TEXT, &given->name, "NAME", "for people; default: host and process"},
        {"lines", CLI_OPTION_FLAG, &given->speaks_lines, NULL,
         "one process per slot, one JSON line per step. Lines {\"checkpoint\": {\"cursor\": ...}} and "
         "{\"progress\": ...} may come before its answer; without --lines there are none"},
        {"exec", CLI_OPTION_REST, &given->program, "PROGRAM [ARGS]",
         "what to run; everything behind it belongs to it. Instead of a result it may write "
         "{\"pending\": true}: others report later by `taskmesh step finish`"},
    };
    int code = cli_parse(cli, options, TMESH_COUNT_OF(options), 0, 0);
    if (code != CLI_GO_ON) return code;
    if (given->namespaces.count == 0) return cli_usage_error(cli, "--namespace is needed");
    if (!given->program) return cli_usage_error(cli, "--exec is needed");
    if (given->capacity < 1 || given->capacity > CAPACITY_MAX) {
        return cli_usage_error(cli, "the capacity is 1 to 1000");
    }
    return CLI_GO_ON;
}

// Signals come by a descriptor, beside everything else that is waited for.
static int open_signals(void)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGTERM);
    sigprocmask(SIG_BLOCK, &set, NULL);
    return signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
}

// Three pipes and a process descriptor for each slot may be more than the soft limit allows. No
// more than needed: the programs inherit it.
static void raise_descriptor_limit(int64_t capacity)
{
    struct rlimit limit;
    rlim_t needed = (rlim_t)capacity * DESCRIPTORS_PER_SLOT + DESCRIPTORS_BESIDES;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= needed) return;
    limit.rlim_cur = needed < limit.rlim_max ? needed : limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
}

static void note_event(void *context, const char *event, const char *message)
{
    bool is_bad = strstr(event, "lost") || strstr(event, "refused") || strstr(event, "unusable");
    tmesh_log_write(context, is_bad ? TMESH_LOG_WARNING : TMESH_LOG_INFO, event, "%s", message);
}

static bool open_worker(runner_t *runner, const cli_t *cli, const run_options_t *given)
{
    char host[NAME_BYTES / 2] = "worker";
    (void)gethostname(host, sizeof host - 1);
    char name[NAME_BYTES];
    snprintf(name, sizeof name, "%s-%d", host, (int)getpid());
    const tmesh_worker_options_t options = {
        .endpoint = cli->endpoint,
        .name = given->name ? given->name : name,
        .namespaces = given->namespaces.items,
        .namespace_count = given->namespaces.count,
        .callables = given->callables.items,
        .callable_count = given->callables.count,
        .capacity = (int)given->capacity,
        .extends_time_limit = given->speaks_lines, // by lines that only a living program writes
        .on_event = note_event,
        .context = runner->log,
    };
    char error[ERROR_BYTES];
    runner->worker = tmesh_worker_open(&options, error, sizeof error);
    if (!runner->worker) (void)cli_fail("%s", error);
    return runner->worker != NULL;
}

// The first signal drains, the second one ends everything at once.
static void take_signals(runner_t *runner)
{
    struct signalfd_siginfo info;
    while (read(runner->signals, &info, sizeof info) == sizeof info) { // ends with those that came
        runner->signals_seen++;
        if (runner->signals_seen == 1) {
            tmesh_log_info(runner->log, "worker.draining", "running=%zu unanswered=%zu",
                           tmesh_worker_running(runner->worker),
                           tmesh_worker_unanswered(runner->worker));
            tmesh_worker_drain(runner->worker, DRAIN_LIMIT_MS);
        }
    }
}

// True when the worker has stopped; *reason is then NULL after a drain.
static bool take_events(runner_t *runner, const char **reason)
{
    tmesh_worker_event_t event;
    for (;;) { // ends with the events that are waiting
        switch (tmesh_worker_next(runner->worker, &event)) {
        case TMESH_WORKER_RUN:
            tmesh_log_debug(runner->log, "run.started", "step=%s run=%u", event.run->step_uuid,
                            event.run->run);
            cli_slots_take(runner->slots, event.run);
            break;
        case TMESH_WORKER_CANCEL:
            tmesh_log_info(runner->log, "run.cancelled", "step=%s run=%u reason=%s",
                           event.run->step_uuid, event.run->run, event.reason);
            cli_slots_cancel(runner->slots, event.run);
            break;
        case TMESH_WORKER_INPUTS: break; // nobody asks for any
        case TMESH_WORKER_STOPPED: *reason = event.reason; return true;
        case TMESH_WORKER_NOTHING: return false;
        }
    }
}

static int run(runner_t *runner)
{
    for (;;) { // ends with a signal, or when the server does not want us
        size_t count;
        const struct pollfd signals = {.fd = runner->signals, .events = POLLIN};
        struct pollfd *fds = cli_slots_fill(runner->slots, &signals, &count);
        int64_t next_ms = cli_slots_next_ms(runner->slots);
        int64_t timeout_ms = -1;
        if (next_ms != INT64_MAX) {
            timeout_ms = next_ms - tmesh_clock_monotonic_ms(runner->clock);
            if (timeout_ms < 0) timeout_ms = 0;
        }
        (void)tmesh_worker_wait(runner->worker, fds, count, timeout_ms);
        take_signals(runner);
        if (runner->signals_seen > 1) {
            cli_slots_kill(runner->slots);
            return CLI_EXIT_INTERRUPTED;
        }
        const char *reason = NULL;
        if (take_events(runner, &reason)) {
            if (!reason) return CLI_EXIT_OK;
            return cli_fail("the server does not want this worker: %s", reason);
        }
        cli_slots_progress(runner->slots);
    }
}

int cli_worker_run(cli_t *cli)
{
    run_options_t given = {0};
    int code = parse(cli, &given);
    if (code != CLI_GO_ON) return code;
    raise_descriptor_limit(given.capacity);
    runner_t runner = {
        .clock = tmesh_clock_new_system(),
        .log = tmesh_log_new(stderr, TMESH_LOG_INFO, cli->as_json),
        .signals = open_signals(),
    };
    assert(runner.signals >= 0);
    code = CLI_EXIT_FAILED;
    if (open_worker(&runner, cli, &given)) {
        runner.slots = cli_slots_new(given.program, given.speaks_lines, (size_t)given.capacity,
                                     runner.worker, runner.clock);
        code = run(&runner);
    }
    cli_slots_destroy(&runner.slots);
    tmesh_worker_close(&runner.worker);
    tmesh_log_destroy(&runner.log);
    tmesh_clock_destroy(&runner.clock);
    close(runner.signals);
    return code;
}
