// taskmesh-bench - what a message costs, beside what it rests on.
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bin/taskmesh-bench/bench.h"
#include "bin/taskmesh-bench/servers.h"
#include "runtime/base/memory.h"

enum { EXIT_OK = 0, EXIT_USAGE = 2, RUNS = 5, MESSAGES = 1000000, MESSAGES_MIN = 1000 };

typedef struct {
    const char *word;
    const char *summary;
    int (*run)(const bench_options_t *options);
} command_t;

static const command_t commands[] = {
    {"actor", "messages between actors, beside bare libzmq PUSH-PULL", bench_actor},
    {"gateway", "requests over ipc and tcp, beside a bare ROUTER that answers the same bytes",
     bench_gateway},
};

static void print_help(void)
{
    puts("taskmesh-bench - what a message costs, beside what it rests on\n\n"
         "usage: taskmesh-bench COMMAND [OPTIONS]\n\ncommands:");
    for (size_t i = 0; i < TMESH_COUNT_OF(commands); i++) {
        printf("  %-10s %s\n", commands[i].word, commands[i].summary);
    }
    printf("\noptions:\n"
           "  --runs N         medians of N runs (default %d)\n"
           "  --messages N     messages per run (default %d); slow cases take fewer\n"
           "  --case TEXT      only cases whose name contains TEXT\n"
           "  --endpoint E     gateway: a server that runs already; without, one is started\n"
           "  --json           one JSON object per case and line\n"
           "  --version\n\n"
           "Each case is measured beside its floor, in the same run: on a noisy machine only the\n"
           "ratio tells something. docs/PERFORMANCE.md says what is measured how.\n",
           RUNS, MESSAGES);
}

static int complain(const char *what, const char *about)
{
    fprintf(stderr, "taskmesh-bench: %s: %s; see taskmesh-bench --help\n", what, about);
    return EXIT_USAGE;
}

static bool parse_number(const char *text, uint64_t min, uint64_t max, uint64_t *number_p)
{
    char *end = NULL;
    errno = 0;
    unsigned long long number = strtoull(text, &end, 10);
    if (errno || end == text || *end || *text == '-' || number < min || number > max) return false;
    *number_p = number;
    return true;
}

// EXIT_OK, or the code to end with.
static int parse(char **arguments, bench_options_t *options)
{
    for (char **argument = arguments; *argument; argument++) {
        if (strcmp(*argument, "--json") == 0) {
            options->as_json = true;
            continue;
        }
        const char *name = *argument, *value = argument[1];
        bool known = strcmp(name, "--runs") == 0 || strcmp(name, "--messages") == 0 ||
                     strcmp(name, "--case") == 0 || strcmp(name, "--endpoint") == 0;
        if (!known) return complain("unknown option", name);
        if (!value) return complain("value missing", name);
        argument++;
        uint64_t number = 0;
        if (strcmp(name, "--case") == 0) {
            options->only = value;
        } else if (strcmp(name, "--endpoint") == 0) {
            options->endpoint = value;
        } else if (strcmp(name, "--runs") == 0) {
            if (!parse_number(value, 1, BENCH_RUNS_MAX, &number)) return complain("not 1 to 99", value);
            options->runs = (unsigned)number;
        } else {
            if (!parse_number(value, MESSAGES_MIN, UINT32_MAX, &number)) {
                return complain("not a number from 1000", value);
            }
            options->messages = number;
        }
    }
    return EXIT_OK;
}

int main(int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--help") == 0) {
            print_help();
            return EXIT_OK;
        }
        if (strcmp(argv[i], "--version") == 0) {
            puts("taskmesh-bench " TMESH_VERSION);
            return EXIT_OK;
        }
    }
    if (argc < 2) {
        print_help();
        return EXIT_USAGE;
    }
    if (argc == 4 && strcmp(argv[1], "echo") == 0) return bench_echo(argv[2], argv[3]); // by gateway
    for (size_t i = 0; i < TMESH_COUNT_OF(commands); i++) {
        if (strcmp(argv[1], commands[i].word) != 0) continue;
        bench_options_t options = {.runs = RUNS, .messages = MESSAGES};
        int code = parse(argv + 2, &options);
        return code ? code : commands[i].run(&options);
    }
    return complain("unknown command", argv[1]);
}
