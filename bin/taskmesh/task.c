// taskmesh task list | get | steps | wait
#include <stdio.h>

#include "bin/taskmesh/await.h"
#include "bin/taskmesh/task_filter.h"
#include "bin/taskmesh/task_view.h"
#include "runtime/base/memory.h"

enum { LIMIT_MAX = 500 };

static void print_tasks(const tmesh_answer_t *answer)
{
    if (tmesh_answer_count(answer, "/tasks") == 0) puts("no tasks");
    cli_print_tasks(answer);
    const char *next = tmesh_answer_text(answer, "/next");
    if (next) printf("\nmore with --after %s\n", next);
}

int cli_task_list(cli_t *cli)
{
    cli_filter_t filter = {0};
    cli_option_t options[CLI_FILTER_OPTION_COUNT];
    cli_filter_options(&filter, "1 to 500; default 50", options);
    int code = cli_parse(cli, options, TMESH_COUNT_OF(options), 0, 0);
    if (code != CLI_GO_ON) return code;
    code = cli_filter_settle(&filter, cli, LIMIT_MAX);
    if (code != CLI_GO_ON) return code;
    tmesh_client_t *client = cli_connect(cli);
    if (!client) return CLI_EXIT_FAILED;
    tmesh_answer_t *answer = tmesh_client_list(client, &filter.fields);
    return cli_finish(cli, &client, &answer, print_tasks);
}

int cli_task_get(cli_t *cli)
{
    bool with_context = false;
    bool with_steps = false;
    const cli_option_t options[] = {
        {"context", CLI_OPTION_FLAG, &with_context, NULL, "with its context"},
        {"steps", CLI_OPTION_FLAG, &with_steps, NULL, "with its steps"},
    };
    int code = cli_parse(cli, options, TMESH_COUNT_OF(options), 1, 1);
    if (code != CLI_GO_ON) return code;
    tmesh_client_t *client = cli_connect(cli);
    if (!client) return CLI_EXIT_FAILED;
    unsigned include =
        (with_context ? TMESH_INCLUDE_CONTEXT : 0u) | (with_steps ? TMESH_INCLUDE_STEPS : 0u);
    tmesh_answer_t *answer = tmesh_client_get(client, cli->positionals[0], include);
    return cli_finish(cli, &client, &answer, cli_print_task);
}

int cli_task_steps(cli_t *cli)
{
    int code = cli_parse(cli, NULL, 0, 1, 1);
    if (code != CLI_GO_ON) return code;
    tmesh_client_t *client = cli_connect(cli);
    if (!client) return CLI_EXIT_FAILED;
    tmesh_answer_t *answer = tmesh_client_steps(client, cli->positionals[0]);
    return cli_finish(cli, &client, &answer, cli_print_steps);
}

int cli_task_wait(cli_t *cli)
{
    cli_duration_t limit = {0};
    const cli_option_t options[] = {
        {"timeout", CLI_OPTION_SECONDS, &limit, "SECONDS",
         "give up after this time, with exit code 6; default: never"},
    };
    int code = cli_parse(cli, options, TMESH_COUNT_OF(options), 1, 1);
    if (code != CLI_GO_ON) return code;
    tmesh_client_t *client = cli_connect(cli);
    if (!client) return CLI_EXIT_FAILED;
    code = cli_await(cli, client, cli->positionals[0], limit.is_given ? limit.ms : -1);
    tmesh_client_close(&client);
    return code;
}
