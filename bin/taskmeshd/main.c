// taskmeshd - the daemon: options, signals, one node.
#include <getopt.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "bin/taskmeshd/notify.h"
#include "node/endpoints.h"
#include "node/node.h"
#include "runtime/base/memory.h"
#include "services/config/redact.h"

#ifndef TMESH_VERSION
#define TMESH_VERSION "0.1.0"
#endif

// Said by --help, too.
enum {
    EXIT_STOPPED = 0,
    EXIT_NOT_STARTED = 1,
    EXIT_USAGE = 2,
    EXIT_ACTOR_FAILED = 70,
};

static const char usage[] =
    "taskmeshd " TMESH_VERSION " - the workflow engine as a daemon\n\n"
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

// ---- Options ------------------------------------------------------------------------------------

enum { OPTION_STORE = 256, OPTION_BIND, OPTION_TEMPLATES, OPTION_SET, OPTION_CHECK, OPTION_VERSION };

static const struct option long_options[] = {
    {"config", required_argument, NULL, 'c'},
    {"store", required_argument, NULL, OPTION_STORE},
    {"bind", required_argument, NULL, OPTION_BIND},
    {"templates", required_argument, NULL, OPTION_TEMPLATES},
    {"set", required_argument, NULL, OPTION_SET},
    {"check-config", no_argument, NULL, OPTION_CHECK},
    {"version", no_argument, NULL, OPTION_VERSION},
    {"help", no_argument, NULL, 'h'},
    {NULL, 0, NULL, 0},
};

static int refuse(const tmesh_fault_t *fault)
{
    fprintf(stderr, "taskmeshd: %s%s%s\n", fault->where, *fault->where ? ": " : "",
            fault->message);
    return EXIT_USAGE;
}

// The option of the conf file that a command line option stands for, or NULL.
static const char *name_of(int option)
{
    switch (option) {
    case OPTION_STORE: return "store";
    case OPTION_BIND: return "bind";
    case OPTION_TEMPLATES: return "templates";
    default: return NULL;
    }
}

static tmesh_err_t take_option(tmesh_config_t *config, int option, const char *value,
                               tmesh_fault_t **fault_p)
{
    const char *name = name_of(option);
    if (name) return tmesh_config_set(config, "the command line", name, value, fault_p);
    if (option == OPTION_SET) return tmesh_config_assign(config, "--set", value, fault_p);
    return TMESH_OK;
}

// The file first, wherever it stands among the options: they win over it. -1: go on.
static int read_options(tmesh_config_t *config, int count, char **arguments, bool *check_only)
{
    tmesh_auto(tmesh_fault) fault = NULL;
    const char *file = NULL;
    int option = 0;
    while ((option = getopt_long(count, arguments, "c:h", long_options, NULL)) != -1) {
        if (option == 'c') file = optarg;
        if (option == OPTION_CHECK) *check_only = true;
        if (option == OPTION_VERSION) return puts("taskmeshd " TMESH_VERSION), EXIT_STOPPED;
        if (option == 'h') return fputs(usage, stdout), EXIT_STOPPED;
        if (option == '?') return fputs("taskmeshd --help tells more\n", stderr), EXIT_USAGE;
    }
    if (optind < count) {
        fprintf(stderr, "taskmeshd: \"%s\" is not an option; --help tells more\n",
                arguments[optind]);
        return EXIT_USAGE;
    }
    if (file && tmesh_config_load(config, file, &fault)) return refuse(fault);
    optind = 0; // glibc: begin again
    while ((option = getopt_long(count, arguments, "c:h", long_options, NULL)) != -1) {
        if (take_option(config, option, optarg, &fault)) return refuse(fault);
    }
    if (tmesh_config_check(config, &fault)) return refuse(fault);
    if (!*config->bind) {
        fault = tmesh_fault_new(TMESH_ERR_INVALID, "bad_value", NULL, "bind must not be empty");
        return refuse(fault);
    }
    tmesh_auto(tmesh_endpoints) doors = NULL;
    tmesh_auto(tmesh_endpoints) events = NULL;
    bool allow_insecure = config->allow_insecure_bind;
    if (tmesh_endpoints_parse(&doors, "bind", config->bind, allow_insecure, &fault) ||
        tmesh_endpoints_parse(&events, "publish", config->publish, allow_insecure, &fault)) {
        return refuse(fault);
    }
    return -1;
}

// ---- Life ---------------------------------------------------------------------------------------

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

static int serve(tmesh_node_t *node, tmesh_log_t *log, int signals)
{
    struct pollfd items[2] = {
        {.fd = signals, .events = POLLIN},
        {.fd = tmesh_node_failure_fd(node), .events = POLLIN},
    };
    while (poll(items, 2, -1) <= 0) continue;
    int code = EXIT_STOPPED;
    if (items[1].revents & POLLIN) {
        const char *name = tmesh_node_failed(node);
        tmesh_log_error(log, "daemon.actor_failed", "actor=%s", name ? name : "unknown");
        code = EXIT_ACTOR_FAILED;
    }
    tmesh_log_info(log, "daemon.stopping", "pid=%d", (int)getpid());
    tmesh_notify("STOPPING=1");
    leave_signals(signals);
    tmesh_node_stop(node);
    return code;
}

static int run(const tmesh_config_t *config, int signals)
{
    tmesh_log_level_t level = TMESH_LOG_INFO;
    (void)tmesh_log_level_parse(config->log_level, &level);
    tmesh_auto(tmesh_log) log =
        tmesh_log_new(stderr, level, strcmp(config->log_format, "json") == 0);
    tmesh_auto(tmesh_fault) fault = NULL;
    tmesh_auto(tmesh_node) node = NULL;
    if (tmesh_node_open(&node, config, log, TMESH_VERSION, &fault)) {
        tmesh_log_error(log, "daemon.not_started", "code=%s where=%s text=\"%s\"", fault->code,
                        fault->where, fault->message);
        return EXIT_NOT_STARTED;
    }
    tmesh_auto_free char *store = tmesh_config_redact(config->store);
    tmesh_log_info(log, "daemon.ready", "endpoint=%s pid=%d node=%s version=%s store=%s",
                   config->bind, (int)getpid(), config->node_name, TMESH_VERSION, store);
    tmesh_notify("READY=1");
    return serve(node, log, signals);
}

int main(int count, char **arguments)
{
    int signals = open_signals();
    tmesh_auto(tmesh_config) config = tmesh_config_new();
    bool check_only = false;
    int code = read_options(config, count, arguments, &check_only);
    if (code >= 0) return code;
    if (check_only) {
        puts("the configuration is good");
        return EXIT_STOPPED;
    }
    tmesh_node_name(config);
    code = run(config, signals);
    close(signals);
    return code;
}
