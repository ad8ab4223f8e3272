// taskmesh step finish
#include <stdio.h>

#include "bin/taskmesh/cli.h"
#include "runtime/base/memory.h"

typedef struct {
    int64_t run;
    const char *token;
    const char *result; // as given
    const char *error;
    const char *code;
    bool is_retryable;
} finish_t;

static int parse(cli_t *cli, finish_t *given)
{
    const cli_option_t options[] = {
        {"run", CLI_OPTION_INTEGER, &given->run, "N", "which run of the step; needed"},
        {"token", CLI_OPTION_TEXT, &given->token, "HEX", "the run_token of that run; needed"},
        {"result", CLI_OPTION_TEXT, &given->result, "JSON|@FILE|-",
         "it succeeded with this; without it null"},
        {"error", CLI_OPTION_TEXT, &given->error, "MESSAGE", "it failed"},
        {"code", CLI_OPTION_TEXT, &given->code, "WORD", "a stable word for the failure"},
        {"retryable", CLI_OPTION_FLAG, &given->is_retryable, NULL, "another attempt may succeed"},
    };
    int code = cli_parse(cli, options, TMESH_COUNT_OF(options), 1, 1);
    if (code != CLI_GO_ON) return code;
    if (given->run < 1 || given->run > UINT32_MAX) return cli_usage_error(cli, "--run is needed");
    if (!given->token) return cli_usage_error(cli, "--token is needed");
    if (given->result && given->error) {
        return cli_usage_error(cli, "it has either a --result or an --error");
    }
    if (!given->error && (given->code || given->is_retryable)) {
        return cli_usage_error(cli, "--code and --retryable belong to an --error");
    }
    return CLI_GO_ON;
}

static void print_state(const tmesh_answer_t *answer)
{
    printf("%s %s\n", tmesh_answer_text(answer, "/step_uuid"), tmesh_answer_text(answer, "/state"));
}

int cli_step_finish(cli_t *cli)
{
    finish_t given = {0};
    int code = parse(cli, &given);
    if (code != CLI_GO_ON) return code;
    size_t size = 0;
    tmesh_auto_free char *result = NULL;
    if (given.result) {
        result = cli_read_result(given.result, &size);
        if (!result) return CLI_EXIT_FAILED;
    }
    tmesh_client_t *client = cli_connect(cli);
    if (!client) return CLI_EXIT_FAILED;
    const tmesh_client_result_t report = {
        .step_uuid = cli->positionals[0],
        .run = (uint32_t)given.run,
        .run_token = given.token,
        .result = tmesh_view(result, size),
        .error_message = given.error,
        .error_code = given.code,
        .retryable = given.is_retryable,
    };
    tmesh_answer_t *answer = tmesh_client_finish(client, &report);
    return cli_finish(cli, &client, &answer, print_state);
}
