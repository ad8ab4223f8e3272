// taskmesh health | stats | metrics | doctor | permissions | worker list: the server itself.
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "bin/taskmesh/cli.h"
#include "bin/taskmesh/table.h"
#include "runtime/base/bytes.h"
#include "runtime/base/memory.h"

enum { POINTER_BYTES = 96, TEXT_BYTES = 64, NAMES_SHOWN_MAX = 64 };

// One request, body NULL: {}. NULL with *code set when there is no answer.
static tmesh_answer_t *request(const cli_t *cli, const char *command, const char *body, int *code)
{
    *code = CLI_EXIT_FAILED;
    tmesh_client_t *client = cli_connect(cli);
    if (!client) return NULL;
    tmesh_answer_t *answer = tmesh_client_request(
        client, command, tmesh_view(body, body ? strlen(body) : 0), NULL, 0);
    tmesh_client_close(&client);
    *code = CLI_EXIT_OK;
    return answer;
}

// Asks for what needs no arguments. NULL with *code set when there is nothing to ask, or no answer.
static tmesh_answer_t *ask(cli_t *cli, const char *command, int *code)
{
    *code = cli_parse(cli, NULL, 0, 0, 0);
    return *code == CLI_GO_ON ? request(cli, command, NULL, code) : NULL;
}

static int finish(const cli_t *cli, tmesh_answer_t **answer_p,
                  void (*print)(const tmesh_answer_t *answer))
{
    int code = CLI_EXIT_OK;
    if (!tmesh_answer_is_ok(*answer_p)) code = cli_report(*answer_p);
    else if (cli->as_json) puts(tmesh_answer_json(*answer_p));
    else print(*answer_p);
    tmesh_answer_destroy(answer_p);
    return code;
}

static const char *at(const char *list, size_t index, const char *field)
{
    static char pointer[POINTER_BYTES];
    snprintf(pointer, sizeof pointer, "%s/%zu/%s", list, index, field);
    return pointer;
}

// ---- health -------------------------------------------------------------------------------------

static void print_health(const tmesh_answer_t *answer)
{
    char uptime[TEXT_BYTES];
    cli_duration_text(tmesh_answer_integer(answer, "/uptime_ms", -1), uptime, sizeof uptime);
    const char *status = tmesh_answer_text(answer, "/status");
    const char *version = tmesh_answer_text(answer, "/version");
    printf("%s, version %s, up for %s\n\n", status ? status : "unknown", version ? version : "?",
           uptime);
    static const char *const titles[] = {"CHECK", "STATUS", "MESSAGE"};
    cli_table_t *table = cli_table_new(titles, TMESH_COUNT_OF(titles));
    size_t count = tmesh_answer_count(answer, "/checks");
    for (size_t i = 0; i < count; i++) {
        cli_table_add(table, tmesh_answer_text(answer, at("/checks", i, "name")));
        cli_table_add(table, tmesh_answer_text(answer, at("/checks", i, "status")));
        cli_table_add(table, tmesh_answer_text(answer, at("/checks", i, "message")));
    }
    cli_table_print(table);
    cli_table_destroy(&table);
}

int cli_health(cli_t *cli)
{
    int code;
    tmesh_answer_t *answer = ask(cli, "HEALTH", &code);
    if (!answer) return code;
    bool is_sick = tmesh_answer_status(answer) == 503 && tmesh_answer_text(answer, "/status");
    if (!is_sick) return finish(cli, &answer, print_health);
    if (cli->as_json) puts(tmesh_answer_json(answer));
    else print_health(answer);
    tmesh_answer_destroy(&answer);
    return CLI_EXIT_UNAVAILABLE;
}

// ---- stats --------------------------------------------------------------------------------------

static void print_actors(const tmesh_answer_t *answer)
{
    static const char *const titles[] = {"ACTOR",   "MESSAGE", "COUNT",       "ERRORS",
                                         "BATCHES", "LARGEST", "MICROSECONDS"};
    cli_table_t *table = cli_table_new(titles, TMESH_COUNT_OF(titles));
    size_t actors = tmesh_answer_count(answer, "/actors");
    for (size_t i = 0; i < actors; i++) {
        char list[POINTER_BYTES / 2];
        snprintf(list, sizeof list, "/actors/%zu/messages", i);
        size_t messages = tmesh_answer_count(answer, list);
        for (size_t k = 0; k < messages; k++) {
            cli_table_add(table, tmesh_answer_text(answer, at("/actors", i, "name")));
            cli_table_add(table, tmesh_answer_text(answer, at(list, k, "type")));
            static const char *const numbers[] = {"count", "errors", "batches", "batch_size_max",
                                                  "handling_us"};
            for (size_t n = 0; n < TMESH_COUNT_OF(numbers); n++) {
                cli_table_add_number(table,
                                     tmesh_answer_integer(answer, at(list, k, numbers[n]), 0));
            }
        }
    }
    cli_table_print(table);
    cli_table_destroy(&table);
}

static void print_stats(const tmesh_answer_t *answer)
{
    static const char *const lines[][2] = {
        {"commits", "/store/commits"},       {"rollbacks", "/store/rollbacks"},
        {"statements", "/store/statements"}, {"writer wait us", "/store/writer_wait_us"},
        {"received", "/gateway/received"},   {"sent", "/gateway/sent"},
        {"refused", "/gateway/refused"},     {"workers", "/gateway/workers"},
        {"runs", "/gateway/runs"},           {"waiting", "/gateway/waiting_clients"},
    };
    char uptime[TEXT_BYTES];
    cli_duration_text(tmesh_answer_integer(answer, "/uptime_ms", -1), uptime, sizeof uptime);
    printf("%-16s%s\n", "up for", uptime);
    for (size_t i = 0; i < TMESH_COUNT_OF(lines); i++) {
        printf("%-16s%" PRId64 "\n", lines[i][0], tmesh_answer_integer(answer, lines[i][1], 0));
    }
    putchar('\n');
    print_actors(answer);
}

int cli_stats(cli_t *cli)
{
    int code;
    tmesh_answer_t *answer = ask(cli, "STATS", &code);
    return answer ? finish(cli, &answer, print_stats) : code;
}

// ---- metrics ------------------------------------------------------------------------------------

static void print_metrics(const tmesh_answer_t *answer)
{
    const char *text = tmesh_answer_text(answer, "/text");
    fputs(text ? text : "", stdout);
}

int cli_metrics(cli_t *cli)
{
    int code = cli_parse(cli, NULL, 0, 0, 0); // --json may stand here
    if (code != CLI_GO_ON) return code;
    const char *body = cli->as_json ? "{\"format\": \"json\"}" : NULL;
    tmesh_answer_t *answer = request(cli, "METRICS", body, &code);
    return answer ? finish(cli, &answer, print_metrics) : code;
}

// ---- doctor -------------------------------------------------------------------------------------

static void print_problems(const tmesh_answer_t *answer)
{
    size_t count = tmesh_answer_count(answer, "/problems");
    if (count == 0) {
        puts("no problems");
        return;
    }
    static const char *const titles[] = {"PROBLEM", "TASK OR STEP", "MEANING"};
    cli_table_t *table = cli_table_new(titles, TMESH_COUNT_OF(titles));
    for (size_t i = 0; i < count; i++) {
        cli_table_add(table, tmesh_answer_text(answer, at("/problems", i, "kind")));
        const char *step = tmesh_answer_text(answer, at("/problems", i, "step_uuid"));
        cli_table_add(table, step ? step
                                  : tmesh_answer_text(answer, at("/problems", i, "task_uuid")));
        cli_table_add(table, tmesh_answer_text(answer, at("/problems", i, "message")));
    }
    cli_table_print(table);
    cli_table_destroy(&table);
}

int cli_doctor(cli_t *cli)
{
    int code;
    tmesh_answer_t *answer = ask(cli, "DOCTOR", &code);
    if (!answer) return code;
    bool is_well = tmesh_answer_count(answer, "/problems") == 0;
    code = finish(cli, &answer, print_problems);
    return code == CLI_EXIT_OK && !is_well ? CLI_EXIT_FAILED : code;
}

// ---- permissions --------------------------------------------------------------------------------

static void print_permissions(const tmesh_answer_t *answer)
{
    static const char *const titles[] = {"COMMAND", "NEEDS", "YOU MAY"};
    cli_table_t *table = cli_table_new(titles, TMESH_COUNT_OF(titles));
    size_t count = tmesh_answer_count(answer, "/commands");
    for (size_t i = 0; i < count; i++) {
        cli_table_add(table, tmesh_answer_text(answer, at("/commands", i, "command")));
        const char *needed = tmesh_answer_text(answer, at("/commands", i, "permission"));
        cli_table_add(table, needed ? needed : "nothing");
        bool is_allowed = tmesh_answer_integer(answer, at("/commands", i, "allowed"), 0);
        cli_table_add(table, is_allowed ? "yes" : "no");
    }
    cli_table_print(table);
    cli_table_destroy(&table);
}

int cli_permissions(cli_t *cli)
{
    int code = cli_parse(cli, NULL, 0, 0, 0);
    if (code != CLI_GO_ON) return code;
    tmesh_answer_t *answer = request(cli, "PING", "{\"permissions\": true}", &code);
    return answer ? finish(cli, &answer, print_permissions) : code;
}

// ---- worker list --------------------------------------------------------------------------------

static void add_names(cli_table_t *table, const tmesh_answer_t *answer, size_t index,
                      const char *field)
{
    char list[POINTER_BYTES];
    snprintf(list, sizeof list, "/workers/%zu/%s", index, field);
    const char *single = tmesh_answer_text(answer, list); // "any"
    tmesh_auto(tmesh_buffer) names = tmesh_buffer_new();
    if (single) tmesh_buffer_add_text(names, single);
    size_t count = tmesh_answer_count(answer, list);
    for (size_t i = 0; i < count && i < NAMES_SHOWN_MAX; i++) {
        char pointer[POINTER_BYTES + TEXT_BYTES];
        snprintf(pointer, sizeof pointer, "%s/%zu", list, i);
        const char *name = tmesh_answer_text(answer, pointer);
        tmesh_buffer_printf(names, "%s%s", i ? "," : "", name ? name : "?");
    }
    cli_table_add(table, tmesh_buffer_text(names));
}

static void print_workers(const tmesh_answer_t *answer)
{
    static const char *const titles[] = {"WORKER",   "NAMESPACES", "RUNNING",
                                         "CAPACITY", "LAST SEEN",  "CALLABLES"};
    size_t count = tmesh_answer_count(answer, "/workers");
    if (count == 0) puts("no workers");
    cli_table_t *table = cli_table_new(titles, TMESH_COUNT_OF(titles));
    for (size_t i = 0; i < count; i++) {
        char text[TEXT_BYTES];
        cli_table_add(table, tmesh_answer_text(answer, at("/workers", i, "name")));
        add_names(table, answer, i, "namespaces");
        cli_table_add_number(table, tmesh_answer_integer(answer, at("/workers", i, "running"), 0));
        cli_table_add_number(table, tmesh_answer_integer(answer, at("/workers", i, "capacity"), 0));
        cli_duration_text(tmesh_answer_integer(answer, at("/workers", i, "last_seen_ms"), -1), text,
                          sizeof text);
        cli_table_add(table, text);
        add_names(table, answer, i, "callables");
    }
    cli_table_print(table);
    cli_table_destroy(&table);
}

int cli_worker_list(cli_t *cli)
{
    int code;
    tmesh_answer_t *answer = ask(cli, "WORKER.LIST", &code);
    return answer ? finish(cli, &answer, print_workers) : code;
}
