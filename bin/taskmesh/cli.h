// bin/taskmesh/cli.h - what the commands share: arguments, the client, errors and exit codes.
#ifndef TMESH_BIN_TASKMESH_CLI_H
#define TMESH_BIN_TASKMESH_CLI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "taskmesh/client.h"

// Documented in README.md and printed by --help.
typedef enum {
    CLI_EXIT_OK = 0,
    CLI_EXIT_FAILED = 1,
    CLI_EXIT_USAGE = 2,
    CLI_EXIT_NOT_FOUND = 3,
    CLI_EXIT_CONFLICT = 4,
    CLI_EXIT_UNAVAILABLE = 5,
    CLI_EXIT_NOT_COMPLETE = 6,
    CLI_EXIT_SOME_REFUSED = 7,
    CLI_EXIT_INTERRUPTED = 130,
} cli_exit_t;

enum { CLI_LIST_MAX = 64, CLI_POSITIONALS_MAX = 4096, CLI_GO_ON = -1 };

typedef struct cli cli_t;

// One line of the table in main.c.
typedef struct {
    const char *words;      // "task list"
    const char *arguments;  // "ID [--timeout SECONDS]"
    const char *summary;    // one sentence
    int (*run)(cli_t *cli); // returns an exit code
} cli_command_t;

struct cli {
    const cli_command_t *command;
    char **arguments; // behind the words of the command
    int argument_count;
    // Global options.
    const char *endpoint;
    int64_t timeout_ms;
    bool as_json;
    // After cli_parse: what is no option.
    const char *positionals[CLI_POSITIONALS_MAX];
    size_t positional_count;
};

// ---- Options (options.c) ------------------------------------------------------------------------

typedef struct {
    const char *items[CLI_LIST_MAX];
    size_t count;
} cli_list_t;

typedef struct {
    bool is_given;
    int64_t ms; // -1: given without a value
} cli_duration_t;

typedef enum {
    CLI_OPTION_FLAG,             // bool
    CLI_OPTION_TEXT,             // const char *
    CLI_OPTION_INTEGER,          // int64_t
    CLI_OPTION_SECONDS,          // cli_duration_t
    CLI_OPTION_SECONDS_OPTIONAL, // cli_duration_t; --name or --name=SECONDS
    CLI_OPTION_LIST,             // cli_list_t; may be given more than once
    CLI_OPTION_REST,             // char **: this and everything behind it is no longer ours
} cli_option_kind_t;

typedef struct {
    const char *name; // without the dashes
    cli_option_kind_t kind;
    void *target; // of the type above
    const char *value_name;
    const char *help;
} cli_option_t;

// Reads the arguments of a command; options of its own come before global ones of the same name.
// CLI_GO_ON, or the exit code after --help or a mistake, which it has printed.
int cli_parse(cli_t *cli, const cli_option_t *options, size_t option_count, size_t positionals_min,
              size_t positionals_max);
// Reads global options at the front, before the words of a command: how many arguments they were,
// or -1 after a mistake.
int cli_parse_globals(cli_t *cli, char **arguments, int count);
int cli_usage_error(const cli_t *cli, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
// The globals as lines for --help.
void cli_print_global_help(void);

// ---- Talking to the server (talk.c) -------------------------------------------------------------

// NULL after it has said why.
tmesh_client_t *cli_connect(const cli_t *cli);
// The same for a command that takes long: silence does not make it send again.
tmesh_client_t *cli_connect_once(const cli_t *cli, int64_t timeout_ms);
// Says what is wrong on stderr; the exit code that fits.
int cli_report(const tmesh_answer_t *answer);
// "taskmesh: message" on stderr; returns CLI_EXIT_FAILED.
int cli_fail(const char *format, ...) __attribute__((format(printf, 1, 2)));
// Was SIGINT or SIGTERM received, since cli_connect?
bool cli_is_interrupted(void);

// Prints an answer, as JSON or by `print`, or says what is wrong with it. Takes both.
int cli_finish(const cli_t *cli, tmesh_client_t **client_p, tmesh_answer_t **answer_p,
               void (*print)(const tmesh_answer_t *answer));

// A file, or standard input for "-"; zero terminated, yours (tmesh_free). NULL after it has said
// why.
char *cli_read_file(const char *path, size_t *size);
// The JSON that an option gives: itself, @FILE, or - for standard input. Likewise.
char *cli_read_json(const char *given, size_t *size);

// ---- The commands -------------------------------------------------------------------------------

int cli_submit(cli_t *cli);
int cli_task_list(cli_t *cli);
int cli_task_get(cli_t *cli);
int cli_task_steps(cli_t *cli);
int cli_task_wait(cli_t *cli);
int cli_queue_pause(cli_t *cli);
int cli_queue_resume(cli_t *cli);
int cli_queue_list(cli_t *cli);
int cli_task_cancel(cli_t *cli);
int cli_task_history(cli_t *cli);
int cli_task_watch(cli_t *cli);
int cli_task_graph(cli_t *cli);
int cli_task_retry(cli_t *cli);
int cli_task_resolve(cli_t *cli);
int cli_task_give_up(cli_t *cli);
int cli_task_reset(cli_t *cli);
int cli_task_pause(cli_t *cli);
int cli_task_resume(cli_t *cli);
int cli_step_audit(cli_t *cli);
int cli_step_get(cli_t *cli);
int cli_step_retry(cli_t *cli);
int cli_step_resolve(cli_t *cli);
int cli_step_complete(cli_t *cli);
int cli_step_finish(cli_t *cli);
// The result that is given, after it was found usable; NULL after it has said why not.
char *cli_read_result(const char *given, size_t *size);
int cli_dlq_list(cli_t *cli);
int cli_dlq_get(cli_t *cli);
int cli_dlq_add(cli_t *cli);
int cli_dlq_update(cli_t *cli);
int cli_dlq_stats(cli_t *cli);
int cli_template_list(cli_t *cli);
int cli_template_show(cli_t *cli);
int cli_template_validate(cli_t *cli);
int cli_template_put(cli_t *cli);
int cli_template_graph(cli_t *cli);
int cli_worker_list(cli_t *cli);
int cli_worker_run(cli_t *cli);
int cli_health(cli_t *cli);
int cli_stats(cli_t *cli);
int cli_doctor(cli_t *cli);
int cli_backup(cli_t *cli);
int cli_metrics(cli_t *cli);
int cli_permissions(cli_t *cli);

#endif
