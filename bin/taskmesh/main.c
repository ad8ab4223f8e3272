// taskmesh - the command line: submit tasks, look at them, run workers.
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bin/taskmesh/cli.h"
#include "runtime/base/bytes.h"
#include "runtime/base/memory.h"

enum { TIMEOUT_MS = 10000, WORDS_BYTES = 64 };

#define TASKS "ID...|FILTER|--all [--dry-run] [--reason TEXT] [--by NAME]"

static const cli_command_t commands[] = {
    {"submit", "NAMESPACE/NAME[@VERSION] [--context JSON|@FILE|-] [--wait[=SECONDS]] ...",
     "create a task from a template", cli_submit},
    {"task list", "[FILTER] [--limit N] [--after CURSOR]",
     "tasks, newest first", cli_task_list},
    {"task get", "ID [--context] [--steps]", "one task", cli_task_get},
    {"task steps", "ID", "the steps of a task", cli_task_steps},
    {"task wait", "ID [--timeout SECONDS]", "wait until a task has ended or is blocked",
     cli_task_wait},
    {"task cancel", TASKS, "cancel tasks and their open steps", cli_task_cancel},
    {"task history", "ID [--follow]", "every passage of a task and its steps", cli_task_history},
    {"task watch", "ID [--give-up SECONDS]",
     "a task as it goes on, until it has ended or is blocked", cli_task_watch},
    {"task graph", "ID [--format text|mermaid|dot]", "the steps of a task as a picture",
     cli_task_graph},
    {"task retry", TASKS, "try the failed steps of blocked tasks again, with all their attempts",
     cli_task_retry},
    {"task resolve", TASKS,
     "end open tasks as resolved by hand; their open steps are cancelled", cli_task_resolve},
    {"task give-up", TASKS, "end blocked tasks in error", cli_task_give_up},
    {"task reset", TASKS, "start tasks in error again; what is done stays done", cli_task_reset},
    {"task pause", TASKS, "start nothing new of tasks; what runs finishes", cli_task_pause},
    {"task resume", TASKS, "let paused tasks go on", cli_task_resume},
    {"queue pause", "NAMESPACE[/CALLABLE] [--reason TEXT] [--by NAME]",
     "start nothing new in a namespace, or of one callable; what runs finishes", cli_queue_pause},
    {"queue resume", "NAMESPACE[/CALLABLE]", "let it go on", cli_queue_resume},
    {"queue list", "", "what is paused", cli_queue_list},
    {"step get", "ID", "one step", cli_step_get},
    {"step audit", "ID", "what workers said of a step, run by run", cli_step_audit},
    {"step retry", "ID [--reason TEXT] [--by NAME]",
     "try a failed step again, with all its attempts", cli_step_retry},
    {"step resolve", "ID [--reason TEXT] [--by NAME]",
     "take a step as done, without a result", cli_step_resolve},
    {"step complete", "ID [--result JSON|@FILE|-] [--reason TEXT] [--by NAME]",
     "take a step as done, with a result that others read", cli_step_complete},
    {"step finish", "ID --run N --token HEX [--result JSON|@FILE|-] | --error MESSAGE ...",
     "report on a step that its worker has handed over", cli_step_finish},
    {"dlq list", "[--status STATUS] [--reason REASON] [--task ID] [--limit N] [--after CURSOR]",
     "what somebody should look into, newest first", cli_dlq_list},
    {"dlq get", "ENTRY | --task ID", "one entry, or the newest of a task", cli_dlq_get},
    {"dlq add", "TASK [--step ID] [--notes TEXT] [--by NAME]",
     "enter a task, so that somebody looks into it", cli_dlq_add},
    {"dlq update", "ENTRY [--status STATUS] [--notes TEXT] [--by NAME] [--metadata JSON|@FILE|-]",
     "say what came of an entry; its task stays as it is", cli_dlq_update},
    {"dlq stats", "[--limit N]", "how many entries there are, and the most urgent ones",
     cli_dlq_stats},
    {"template list", "[--namespace NS]", "the templates that the server knows", cli_template_list},
    {"template show", "NAMESPACE/NAME[@VERSION]", "the definition of a template, as JSON",
     cli_template_show},
    {"template validate", "FILE... [--environment ENV]", "check template files, without a server",
     cli_template_validate},
    {"template put", "FILE...", "register templates at the server", cli_template_put},
    {"template graph", "FILE|NAMESPACE/NAME[@VERSION] [--format text|mermaid|dot]",
     "the steps of a template as a picture", cli_template_graph},
    {"worker list", "", "the workers that are connected", cli_worker_list},
    {"worker run", "--namespace NS [--callable GLOB] [--capacity N] --exec PROGRAM [ARGS]",
     "run steps with any program", cli_worker_run},
    {"health", "", "is the server well?", cli_health},
    {"stats", "", "counters of the server", cli_stats},
    {"metrics", "", "counters for Prometheus; with --json the same as JSON", cli_metrics},
    {"permissions", "", "what each command needs, and whether you have it", cli_permissions},
    {"doctor", "", "look for what must never be found in the store", cli_doctor},
    {"backup", "FILE [--replace] [--give-up SECONDS]",
     "copy the store into a file of the server's machine, while it works", cli_backup},
};

static void print_help(void)
{
    puts("taskmesh - submit tasks, look at them, run workers\n\n"
         "usage: taskmesh [GLOBAL OPTIONS] COMMAND [ARGUMENTS]\n\ncommands:");
    for (size_t i = 0; i < TMESH_COUNT_OF(commands); i++) {
        printf("  %-18s %s\n", commands[i].words, commands[i].summary);
    }
    puts("\n`taskmesh COMMAND --help` tells more.\n\nglobal options:");
    cli_print_global_help();
    puts("\n`taskmesh --version` tells the version.\n"
         "\nexit codes: 0 ok, 1 failed, 2 usage, 3 not found, 4 conflict, 5 unavailable,\n"
         "            6 the awaited task did not complete, 7 some of several tasks were refused,\n"
         "            130 interrupted");
}

// The command that the arguments begin with, and how many words it has.
static const cli_command_t *find_command(char **arguments, int count, int *word_count)
{
    char words[WORDS_BYTES];
    for (int taken = 2; taken >= 1; taken--) {
        if (count < taken) continue;
        int length = taken == 2 ? snprintf(words, sizeof words, "%s %s", arguments[0], arguments[1])
                                : snprintf(words, sizeof words, "%s", arguments[0]);
        if (length >= (int)sizeof words) continue;
        for (size_t i = 0; i < TMESH_COUNT_OF(commands); i++) {
            if (strcmp(commands[i].words, words) != 0) continue;
            *word_count = taken;
            return &commands[i];
        }
    }
    return NULL;
}

static bool is_help(const char *word)
{
    return strcmp(word, "help") == 0 || strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0;
}

static bool is_of_group(const cli_command_t *command, const char *group)
{
    size_t size = strlen(group);
    return strncmp(command->words, group, size) == 0 && command->words[size] == ' ';
}

static bool is_group(const char *word)
{
    for (size_t i = 0; i < TMESH_COUNT_OF(commands); i++) {
        if (is_of_group(&commands[i], word)) return true;
    }
    return false;
}

static void print_group_help(const char *group)
{
    printf("usage: taskmesh %s COMMAND [ARGUMENTS]\n\ncommands:\n", group);
    for (size_t i = 0; i < TMESH_COUNT_OF(commands); i++) {
        if (!is_of_group(&commands[i], group)) continue;
        printf("  %-18s %s\n", commands[i].words, commands[i].summary);
    }
    printf("\n`taskmesh %s COMMAND --help` tells more.\n", group);
}

// "dlq has: list get add"
static int refuse_unknown(const cli_t *cli, char **arguments, int count)
{
    const char *group = arguments[0];
    if (!is_group(group)) return cli_usage_error(cli, "there is no command \"%s\"", group);
    tmesh_auto(tmesh_buffer) names = tmesh_buffer_new();
    for (size_t i = 0; i < TMESH_COUNT_OF(commands); i++) {
        if (!is_of_group(&commands[i], group)) continue;
        tmesh_buffer_printf(names, "%s", commands[i].words + strlen(group));
    }
    if (count == 1) {
        return cli_usage_error(cli, "a command is missing; %s has:%s", group,
                               tmesh_buffer_text(names));
    }
    return cli_usage_error(cli, "there is no command \"%s %s\"; %s has:%s", group, arguments[1],
                           group, tmesh_buffer_text(names));
}

// What is no command: 0 when it was a question that is answered now.
static int answer_without_command(const cli_t *cli, char **arguments, int count)
{
    if (is_help(arguments[0])) {
        print_help();
    } else if (strcmp(arguments[0], "--version") == 0) {
        puts("taskmesh " TMESH_VERSION);
    } else if (count > 1 && is_group(arguments[0]) && is_help(arguments[1])) {
        print_group_help(arguments[0]);
    } else {
        return refuse_unknown(cli, arguments, count);
    }
    return CLI_EXIT_OK;
}

static int run(cli_t *cli, char **arguments, int count)
{
    if (count == 0) return cli_usage_error(cli, "a command is missing");
    int word_count;
    cli->command = find_command(arguments, count, &word_count);
    if (!cli->command) return answer_without_command(cli, arguments, count);
    cli->arguments = arguments + word_count;
    cli->argument_count = count - word_count;
    return cli->command->run(cli);
}

int main(int argc, char **argv)
{
    setlocale(LC_ALL, "");
    setlocale(LC_NUMERIC, "C"); // numbers are read and written as JSON has them
    signal(SIGPIPE, SIG_IGN);
    const char *endpoint = getenv("TASKMESH_ENDPOINT");
    cli_t cli = {
        .endpoint = endpoint && *endpoint ? endpoint : "tcp://127.0.0.1:7717",
        .timeout_ms = TIMEOUT_MS,
    };
    int taken = cli_parse_globals(&cli, argv + 1, argc - 1);
    if (taken < 0) return CLI_EXIT_USAGE;
    int code = run(&cli, argv + 1 + taken, argc - 1 - taken);
    if (fflush(stdout) != 0 && code == CLI_EXIT_OK) return cli_fail("can not write to stdout");
    return code;
}
