// taskmesh task cancel | retry | resolve | give-up | reset | pause | resume: of one task, of
// several, or of all that fit a filter.
#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

#include "bin/taskmesh/bulk_view.h"
#include "bin/taskmesh/task_filter.h"
#include "runtime/base/memory.h"
#include "services/wire/writer.h"

enum { TASKS_MAX = 1000, OWN_OPTION_COUNT = 5, LINE_BYTES = 16 };

// What is to be done.
typedef struct {
    const char *command;
    const char *action; // or NULL
    const char *word;   // for people
    void (*print)(const tmesh_answer_t *answer); // of one task
} deed_t;

typedef struct {
    const char *reason;
    const char *by;
    bool is_all;
    bool dry_run;
    bool is_sure;
    cli_filter_t filter;
    bool has_filter;
} given_t;

static int parse(cli_t *cli, given_t *given)
{
    cli_option_t options[OWN_OPTION_COUNT + CLI_FILTER_OPTION_COUNT] = {
        {"reason", CLI_OPTION_TEXT, &given->reason, "TEXT", "why"},
        {"by", CLI_OPTION_TEXT, &given->by, "NAME", "who"},
        {"dry-run", CLI_OPTION_FLAG, &given->dry_run, NULL, "say what would be done; do nothing"},
        {"all", CLI_OPTION_FLAG, &given->is_all, NULL, "every task that there is"},
        {"yes", CLI_OPTION_FLAG, &given->is_sure, NULL, "do not ask before acting on a filter"},
    };
    cli_filter_options(&given->filter, "of a filter: 1 to 1000; default 100",
                       options + OWN_OPTION_COUNT);
    int code = cli_parse(cli, options, TMESH_COUNT_OF(options), 0, TASKS_MAX);
    if (code != CLI_GO_ON) return code;
    code = cli_filter_settle(&given->filter, cli, TASKS_MAX);
    if (code != CLI_GO_ON) return code;
    given->has_filter = given->is_all || cli_filter_leaves_out(&given->filter);
    if (given->has_filter && cli->positional_count > 0) {
        return cli_usage_error(cli, "it is tasks by their ids, or those of a filter");
    }
    if (!given->has_filter && (given->filter.limit || given->filter.fields.after)) {
        return cli_usage_error(cli, "--limit and --after go with a filter or --all");
    }
    if (!given->has_filter && cli->positional_count == 0) {
        return cli_usage_error(cli, "which tasks? An id, a filter or --all is missing");
    }
    return CLI_GO_ON;
}

// ---- One task -----------------------------------------------------------------------------------

static void add_text(tmesh_writer_t *writer, const char *key, const char *text)
{
    if (text) tmesh_writer_text(writer, key, text);
}

static int act_on_one(cli_t *cli, const deed_t *deed, const given_t *given)
{
    tmesh_client_t *client = cli_connect(cli);
    if (!client) return CLI_EXIT_FAILED;
    tmesh_auto(tmesh_buffer) body = tmesh_buffer_new();
    tmesh_writer_t writer = tmesh_writer(body);
    tmesh_writer_open_object(&writer, NULL);
    tmesh_writer_text(&writer, "task_uuid", cli->positionals[0]);
    add_text(&writer, "action", deed->action);
    add_text(&writer, "reason", given->reason);
    add_text(&writer, "by", given->by);
    tmesh_writer_close_object(&writer);
    tmesh_answer_t *answer = tmesh_client_request(
        client, deed->command, tmesh_view(body->data, body->size), NULL, 0);
    return cli_finish(cli, &client, &answer, deed->print);
}

// ---- Many tasks ---------------------------------------------------------------------------------

static int finish(const cli_t *cli, tmesh_client_t **client_p, tmesh_answer_t **answer_p)
{
    bool is_any_refused = tmesh_answer_integer(*answer_p, "/refused", 0) > 0;
    int code = cli_finish(cli, client_p, answer_p, cli_print_bulk);
    return code == CLI_EXIT_OK && is_any_refused ? CLI_EXIT_SOME_REFUSED : code;
}

static bool is_confirmed(const deed_t *deed, const tmesh_answer_t *trial)
{
    fprintf(stderr, "%s %" PRId64 " tasks? [y/N] ", deed->word,
            tmesh_answer_integer(trial, "/allowed", 0));
    char line[LINE_BYTES];
    if (!fgets(line, sizeof line, stdin)) return false;
    return line[0] == 'y' || line[0] == 'Y';
}

// Exactly the tasks that were shown.
static tmesh_answer_t *act_on_shown(tmesh_client_t *client, tmesh_client_deed_t deed,
                                    const tmesh_answer_t *trial)
{
    deed.task_count = tmesh_answer_count(trial, "/tasks");
    tmesh_auto_free const char **ids = tmesh_alloc_array(deed.task_count, sizeof *ids);
    for (size_t i = 0; i < deed.task_count; i++) ids[i] = cli_bulk_task(trial, i);
    deed.task_uuids = ids;
    return tmesh_client_act(client, &deed);
}

static int ask_first(const cli_t *cli, tmesh_client_t *client, const deed_t *deed,
                     const tmesh_client_deed_t *wanted)
{
    tmesh_client_deed_t dry = *wanted;
    dry.dry_run = true;
    tmesh_answer_t *trial = tmesh_client_act(client, &dry);
    bool is_any_allowed = tmesh_answer_integer(trial, "/allowed", 0) > 0;
    if (!tmesh_answer_is_ok(trial) || !is_any_allowed) return finish(cli, &client, &trial);
    if (!cli->as_json) cli_print_bulk(trial);
    fflush(stdout);
    if (!is_confirmed(deed, trial)) {
        tmesh_answer_destroy(&trial);
        tmesh_client_close(&client);
        (void)cli_fail("nothing was done");
        return cli_is_interrupted() ? CLI_EXIT_INTERRUPTED : CLI_EXIT_FAILED;
    }
    tmesh_answer_t *answer = act_on_shown(client, *wanted, trial);
    tmesh_answer_destroy(&trial);
    return finish(cli, &client, &answer);
}

static int act_on_many(cli_t *cli, const deed_t *deed, const given_t *given)
{
    bool asks = given->has_filter && !given->dry_run && !given->is_sure;
    if (asks && !isatty(STDIN_FILENO)) {
        return cli_usage_error(cli, "nobody can be asked here: say --yes, or look with --dry-run");
    }
    const tmesh_client_deed_t wanted = {
        .command = deed->command,
        .action = deed->action,
        .reason = given->reason,
        .by = given->by,
        .task_uuids = given->has_filter ? NULL : cli->positionals,
        .task_count = cli->positional_count,
        .filter = &given->filter.fields,
        .is_all = given->is_all,
        .dry_run = given->dry_run,
    };
    tmesh_client_t *client = cli_connect(cli);
    if (!client) return CLI_EXIT_FAILED;
    if (asks) return ask_first(cli, client, deed, &wanted);
    tmesh_answer_t *answer = tmesh_client_act(client, &wanted);
    return finish(cli, &client, &answer);
}

static int act_on_tasks(cli_t *cli, const deed_t *deed)
{
    given_t given = {0};
    int code = parse(cli, &given);
    if (code != CLI_GO_ON) return code;
    if (cli->positional_count == 1 && !given.dry_run) return act_on_one(cli, deed, &given);
    return act_on_many(cli, deed, &given);
}

// ---- The commands -------------------------------------------------------------------------------

static void print_cancelled(const tmesh_answer_t *answer)
{
    printf("%s %s, %" PRId64 " steps cancelled\n", tmesh_answer_text(answer, "/task_uuid"),
           tmesh_answer_text(answer, "/status"),
           tmesh_answer_integer(answer, "/cancelled_steps", 0));
}

static void print_ended(const tmesh_answer_t *answer)
{
    printf("%s %s, %" PRId64 " steps cancelled, %" PRId64 " reset\n",
           tmesh_answer_text(answer, "/task_uuid"), tmesh_answer_text(answer, "/status"),
           tmesh_answer_integer(answer, "/cancelled_steps", 0),
           tmesh_answer_integer(answer, "/reset_steps", 0));
}

static void print_paused(const tmesh_answer_t *answer)
{
    printf("%s %s, %s\n", tmesh_answer_text(answer, "/task_uuid"),
           tmesh_answer_text(answer, "/status"),
           tmesh_answer_integer(answer, "/paused", 0) ? "paused" : "not paused");
}

int cli_task_cancel(cli_t *cli)
{
    return act_on_tasks(cli, &(deed_t){"TASK.CANCEL", NULL, "cancel", print_cancelled});
}

int cli_task_retry(cli_t *cli)
{
    return act_on_tasks(cli, &(deed_t){"TASK.RESOLVE", "retry", "retry", print_ended});
}

int cli_task_resolve(cli_t *cli)
{
    return act_on_tasks(cli, &(deed_t){"TASK.RESOLVE", "resolve", "resolve", print_ended});
}

int cli_task_give_up(cli_t *cli)
{
    return act_on_tasks(cli, &(deed_t){"TASK.RESOLVE", "give_up", "give up", print_ended});
}

int cli_task_reset(cli_t *cli)
{
    return act_on_tasks(cli, &(deed_t){"TASK.RESOLVE", "reset", "reset", print_ended});
}

int cli_task_pause(cli_t *cli)
{
    return act_on_tasks(cli, &(deed_t){"TASK.PAUSE", NULL, "pause", print_paused});
}

int cli_task_resume(cli_t *cli)
{
    return act_on_tasks(cli, &(deed_t){"TASK.RESUME", NULL, "resume", print_paused});
}
