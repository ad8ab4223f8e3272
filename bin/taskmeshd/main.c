// taskmeshd - the daemon: what a process adds to a runtime (include/taskmesh/runtime.h): a command line,
// signals, a service manager to tell, exit codes.
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "bin/taskmeshd/arguments.h"
#include "bin/taskmeshd/notify.h"
#include "taskmesh/runtime.h"

// Said by --help, too.
enum {
    EXIT_STOPPED = 0,
    EXIT_NOT_STARTED = 1,
    EXIT_USAGE = 2,
    EXIT_ACTOR_FAILED = 70,
};

static const char usage[] =
    "taskmeshd %s - the workflow engine as a daemon\n\n"
    "usage: taskmeshd [-c FILE] [OPTIONS]\n\n"
    "  -c, --config FILE    read options from FILE (conf/taskmesh.conf lists them all)\n"
    "      --store URL      sqlite:FILE, sqlite::memory: or postgresql://HOST/DATABASE\n"
    "      --bind ENDPOINT  tcp://127.0.0.1:7717, ipc://PATH; several with commas\n"
    "      --templates DIR  register the templates of this folder at start\n"
    "      --set NAME=VALUE any option of the conf file; wins over the file\n"
    "      --check-config   read and check the options, then exit\n"
    "      --version        print the version\n"
    "  -h, --help           print this\n\n"
    "SIGTERM and SIGINT stop it in order; a second one stops it at once.\n\n"
    "exit codes: 0 stopped, 1 could not start, 2 usage or conf file, 70 an actor failed for\n"
    "good (a supervisor should start it again); ended by the signal itself when a second one came\n";

// ---- Signals ------------------------------------------------------------------------------------

// Blocked before the first thread, which all others inherit; taken by reading, in this thread.
static int open_signals(void)
{
    sigset_t ends;
    sigemptyset(&ends);
    sigaddset(&ends, SIGTERM);
    sigaddset(&ends, SIGINT);
    sigaddset(&ends, SIGHUP);
    sigprocmask(SIG_BLOCK, &ends, NULL);
    signal(SIGPIPE, SIG_IGN);
    return signalfd(-1, &ends, SFD_CLOEXEC | SFD_NONBLOCK);
}

// From now on a signal ends the process by itself, whatever hangs: the store is made for that.
static void leave_signals(int signals)
{
    struct signalfd_siginfo info;
    while (read(signals, &info, sizeof info) > 0) continue;
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
}

// ---- Life ---------------------------------------------------------------------------------------

enum { LINE_BYTES = 4096 };

static void write_line(void *stream, const char *line)
{
    fprintf(stream, "%s\n", line);
}

static int refuse(const char *where, const char *message)
{
    fprintf(stderr, "taskmeshd: %s%s%s\n", where, *where ? ": " : "", message);
    return EXIT_USAGE;
}

static int tell_not_started(tmesh_runtime_t *runtime, const tmesh_error_t *error)
{
    char line[LINE_BYTES];
    snprintf(line, sizeof line, "code=%s where=%s text=\"%s\"", error->code, error->where,
             error->message);
    tmesh_runtime_log(runtime, TMESH_RUNTIME_LOG_ERROR, "daemon.not_started", line);
    return EXIT_NOT_STARTED;
}

static void tell_ready(tmesh_runtime_t *runtime)
{
    char line[LINE_BYTES];
    snprintf(line, sizeof line, "endpoint=%s pid=%d node=%s version=%s store=%s",
             tmesh_runtime_option(runtime, "bind"), (int)getpid(),
             tmesh_runtime_option(runtime, "node_name"), tmesh_version(),
             tmesh_runtime_option(runtime, "store"));
    tmesh_runtime_log(runtime, TMESH_RUNTIME_LOG_INFO, "daemon.ready", line);
    tmesh_notify("READY=1");
}

static void tell_failed(tmesh_runtime_t *runtime)
{
    const char *name = tmesh_runtime_failed(runtime);
    char line[LINE_BYTES];
    snprintf(line, sizeof line, "actor=%s", name ? name : "unknown");
    tmesh_runtime_log(runtime, TMESH_RUNTIME_LOG_ERROR, "daemon.actor_failed", line);
}

static void tell_stopping(tmesh_runtime_t *runtime)
{
    char line[LINE_BYTES];
    snprintf(line, sizeof line, "pid=%d", (int)getpid());
    tmesh_runtime_log(runtime, TMESH_RUNTIME_LOG_INFO, "daemon.stopping", line);
    tmesh_notify("STOPPING=1");
}

// Until a signal asks for the end, or the runtime comes to its own.
static int serve(tmesh_runtime_t *runtime, int signals)
{
    struct pollfd items[2] = {
        {.fd = signals, .events = POLLIN},
        {.fd = tmesh_runtime_failure_fd(runtime), .events = POLLIN},
    };
    while (poll(items, 2, -1) <= 0) continue;
    const int has_failed = items[1].revents & POLLIN;
    if (has_failed) tell_failed(runtime);
    return has_failed ? EXIT_ACTOR_FAILED : EXIT_STOPPED;
}

static int run(tmesh_runtime_t *runtime, int signals)
{
    tmesh_error_t error;
    if (tmesh_runtime_start(runtime, &error)) return tell_not_started(runtime, &error);
    tell_ready(runtime);
    int code = serve(runtime, signals);
    tell_stopping(runtime);
    leave_signals(signals);
    return code;
}

// A daemon that nobody reaches is a mistake of whoever started it.
static int prepare(const arguments_t *arguments, tmesh_runtime_t **runtime_p)
{
    const tmesh_runtime_options_t options = {
        .config_file = arguments->config_file,
        .settings = arguments->settings,
        .setting_count = arguments->setting_count,
        .on_log = write_line,
        .context = stderr,
        .is_server = 1,
    };
    tmesh_error_t error;
    *runtime_p = tmesh_runtime_prepare(&options, &error);
    if (!*runtime_p) return refuse(error.where, error.message);
    if (!*tmesh_runtime_option(*runtime_p, "bind")) return refuse("bind", "it must not be empty");
    return EXIT_STOPPED;
}

static int act(const arguments_t *arguments, int signals)
{
    tmesh_runtime_t *runtime = NULL;
    int code = prepare(arguments, &runtime);
    if (code == EXIT_STOPPED && arguments->wish == ARGUMENTS_CHECK) {
        puts("the configuration is good");
    } else if (code == EXIT_STOPPED) {
        code = run(runtime, signals);
    }
    tmesh_runtime_close(&runtime);
    return code;
}

int main(int count, char **words)
{
    arguments_t arguments;
    int signals = open_signals();
    int code = EXIT_STOPPED;
    arguments_read(&arguments, count, words);
    switch (arguments.wish) {
    case ARGUMENTS_WRONG: code = EXIT_USAGE; break;
    case ARGUMENTS_HELP: printf(usage, tmesh_version()); break;
    case ARGUMENTS_VERSION: printf("taskmeshd %s\n", tmesh_version()); break;
    case ARGUMENTS_CHECK:
    case ARGUMENTS_SERVE: code = act(&arguments, signals); break;
    }
    arguments_free(&arguments);
    close(signals);
    return code;
}
