// Arguments: --name VALUE, --name=VALUE, -- to end them, and the rest by position.
#include <assert.h>
#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bin/taskmesh/cli.h"
#include "runtime/base/memory.h"

enum { NAME_BYTES = 64, LABEL_BYTES = 96, SECONDS_MAX = 1000000000 };

// Where a walk through the arguments stands.
typedef struct {
    cli_t *cli;
    char **arguments;
    int count;
    int at;
    const cli_option_t *options;
    size_t option_count;
    cli_duration_t timeout; // of the global option
} walk_t;

int cli_usage_error(const cli_t *cli, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    fputs("taskmesh: ", stderr);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    const char *words = cli->command ? cli->command->words : "";
    fprintf(stderr, "\nTry `taskmesh %s%s--help`.\n", words, *words ? " " : "");
    return CLI_EXIT_USAGE;
}

enum { GLOBAL_COUNT = 3 };

static void fill_globals(walk_t *walk, cli_option_t globals[GLOBAL_COUNT])
{
    cli_t *cli = walk->cli;
    globals[0] = (cli_option_t){"endpoint", CLI_OPTION_TEXT, &cli->endpoint, "ENDPOINT",
                                "the server, or nodes with commas: the next one when one is silent; default "
                                "$TASKMESH_ENDPOINT or tcp://127.0.0.1:7717"};
    globals[1] = (cli_option_t){"timeout", CLI_OPTION_SECONDS, &walk->timeout, "SECONDS",
                                "how long to wait for an answer; default 10"};
    globals[2] = (cli_option_t){"json", CLI_OPTION_FLAG, &cli->as_json, NULL,
                                "print one JSON document, payloads byte for byte"};
}

static void print_option(const cli_option_t *option)
{
    char label[LABEL_BYTES];
    bool is_optional = option->kind == CLI_OPTION_SECONDS_OPTIONAL;
    snprintf(label, sizeof label, "--%s%s%s%s", option->name,
             !option->value_name ? ""
             : is_optional       ? "[="
                                 : " ",
             option->value_name ? option->value_name : "", is_optional ? "]" : "");
    printf("  %-28s %s\n", label, option->help);
}

void cli_print_global_help(void)
{
    cli_t cli = {0};
    walk_t walk = {.cli = &cli};
    cli_option_t globals[GLOBAL_COUNT];
    fill_globals(&walk, globals);
    for (size_t i = 0; i < GLOBAL_COUNT; i++) print_option(&globals[i]);
}

static void print_command_help(const walk_t *walk)
{
    const cli_command_t *command = walk->cli->command;
    printf("taskmesh %s - %s\n\nusage: taskmesh %s %s\n", command->words, command->summary,
           command->words, command->arguments);
    if (walk->option_count) puts("\noptions:");
    for (size_t i = 0; i < walk->option_count; i++) print_option(&walk->options[i]);
    puts("\nglobal options:");
    cli_print_global_help();
}

static const cli_option_t *find(const cli_option_t *options, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(options[i].name, name) == 0) return &options[i];
    }
    return NULL;
}

static bool parse_seconds(const char *text, cli_duration_t *duration)
{
    char *end;
    double seconds = strtod(text, &end);
    if (end == text || *end || !(seconds >= 0) || seconds > SECONDS_MAX) return false;
    *duration = (cli_duration_t){.is_given = true, .ms = (int64_t)llround(seconds * 1000)};
    return true;
}

static bool parse_integer(const char *text, int64_t *number)
{
    char *end;
    errno = 0;
    long long parsed = strtoll(text, &end, 10);
    if (end == text || *end || errno) return false;
    *number = parsed;
    return true;
}

// Sets the target; false when the value does not fit.
static bool set(const cli_option_t *option, const char *value)
{
    switch (option->kind) {
    case CLI_OPTION_TEXT: *(const char **)option->target = value; return true;
    case CLI_OPTION_INTEGER: return parse_integer(value, option->target);
    case CLI_OPTION_SECONDS:
    case CLI_OPTION_SECONDS_OPTIONAL: return parse_seconds(value, option->target);
    case CLI_OPTION_LIST: {
        cli_list_t *list = option->target;
        if (list->count == CLI_LIST_MAX) return false;
        list->items[list->count++] = value;
        return true;
    }
    default: return false;
    }
}

// The value of the option at walk->at, which may be the next argument. NULL when it is missing.
static const char *value_of(walk_t *walk, const char *equals)
{
    if (equals) return equals + 1;
    return walk->at + 1 < walk->count ? walk->arguments[++walk->at] : NULL;
}

static int take_option(walk_t *walk, const char *argument)
{
    char name[NAME_BYTES];
    const char *equals = strchr(argument, '=');
    size_t size = equals ? (size_t)(equals - argument) : strlen(argument);
    if (size >= sizeof name) return cli_usage_error(walk->cli, "there is no option %s", argument);
    memcpy(name, argument, size);
    name[size] = 0;
    cli_option_t globals[GLOBAL_COUNT];
    fill_globals(walk, globals);
    const cli_option_t *option = find(walk->options, walk->option_count, name + 2);
    if (!option) option = find(globals, GLOBAL_COUNT, name + 2);
    if (!option) return cli_usage_error(walk->cli, "there is no option %s", name);
    if (option->kind == CLI_OPTION_FLAG) {
        if (equals) return cli_usage_error(walk->cli, "%s takes no value", name);
        *(bool *)option->target = true;
    } else if (option->kind == CLI_OPTION_REST) {
        *(char ***)option->target = walk->arguments + walk->at + 1;
        if (equals || walk->at + 1 == walk->count) {
            return cli_usage_error(walk->cli, "%s needs a value behind it", name);
        }
        walk->at = walk->count;
    } else if (option->kind == CLI_OPTION_SECONDS_OPTIONAL && !equals) {
        *(cli_duration_t *)option->target = (cli_duration_t){.is_given = true, .ms = -1};
    } else {
        const char *value = value_of(walk, equals);
        if (!value) return cli_usage_error(walk->cli, "%s needs a value", name);
        if (!set(option, value)) {
            return cli_usage_error(walk->cli, "%s can not be \"%s\"", name, value);
        }
    }
    walk->at++;
    return CLI_GO_ON;
}

static void keep_globals(walk_t *walk)
{
    if (walk->timeout.is_given) walk->cli->timeout_ms = walk->timeout.ms;
}

int cli_parse_globals(cli_t *cli, char **arguments, int count)
{
    walk_t walk = {.cli = cli, .arguments = arguments, .count = count};
    while (walk.at < count && strncmp(arguments[walk.at], "--", 2) == 0 &&
           strcmp(arguments[walk.at], "--help") != 0 &&
           strcmp(arguments[walk.at], "--version") != 0) {
        if (take_option(&walk, arguments[walk.at]) != CLI_GO_ON) return -1;
    }
    keep_globals(&walk);
    return walk.at;
}

int cli_parse(cli_t *cli, const cli_option_t *options, size_t option_count, size_t positionals_min,
              size_t positionals_max)
{
    walk_t walk = {.cli = cli,
                   .arguments = cli->arguments,
                   .count = cli->argument_count,
                   .options = options,
                   .option_count = option_count};
    bool only_positionals = false;
    assert(positionals_max <= CLI_POSITIONALS_MAX);
    while (walk.at < walk.count) {
        const char *argument = walk.arguments[walk.at];
        if (!only_positionals && (!strcmp(argument, "--help") || !strcmp(argument, "-h"))) {
            print_command_help(&walk);
            return CLI_EXIT_OK;
        }
        if (!only_positionals && strcmp(argument, "--") == 0) {
            only_positionals = true;
            walk.at++;
        } else if (!only_positionals && strncmp(argument, "--", 2) == 0) {
            int code = take_option(&walk, argument);
            if (code != CLI_GO_ON) return code;
        } else {
            if (cli->positional_count == positionals_max) {
                return cli_usage_error(cli, "\"%s\" is one argument too many", argument);
            }
            cli->positionals[cli->positional_count++] = argument;
            walk.at++;
        }
    }
    keep_globals(&walk);
    if (cli->positional_count < positionals_min) {
        return cli_usage_error(cli, "an argument is missing");
    }
    return CLI_GO_ON;
}
