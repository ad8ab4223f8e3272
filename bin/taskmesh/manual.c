// taskmesh step get | retry | resolve | complete
#include <stdio.h>

#include "bin/taskmesh/cli.h"
#include "bin/taskmesh/task_view.h"
#include "runtime/base/error.h"
#include "runtime/base/memory.h"
#include "services/domain/json_text.h"
#include "services/wire/writer.h"

typedef struct {
    const char *reason;
    const char *by;
    const char *result; // as given
} manual_t;

// One positional: the id.
static int parse(cli_t *cli, manual_t *given, bool takes_result)
{
    const cli_option_t options[] = {
        {"reason", CLI_OPTION_TEXT, &given->reason, "TEXT", "why; kept with the step"},
        {"by", CLI_OPTION_TEXT, &given->by, "NAME", "who; kept likewise"},
        {"result", CLI_OPTION_TEXT, &given->result, "JSON|@FILE|-",
         "the step's result, or where it stands; without it null"},
    };
    return cli_parse(cli, options, TMESH_COUNT_OF(options) - (takes_result ? 0 : 1), 1, 1);
}

static void print_done(const tmesh_answer_t *answer)
{
    printf("%s %s, task %s %s\n", tmesh_answer_text(answer, "/step_uuid"),
           tmesh_answer_text(answer, "/current_state"), tmesh_answer_text(answer, "/task_uuid"),
           tmesh_answer_text(answer, "/status"));
}

// {"step_uuid": the positional, "action", "reason", "by", "result": the first payload}
static int act(cli_t *cli, const char *action, const manual_t *given, tmesh_view_t result)
{
    tmesh_client_t *client = cli_connect(cli);
    if (!client) return CLI_EXIT_FAILED;
    tmesh_auto(tmesh_buffer) body = tmesh_buffer_new();
    tmesh_writer_t writer = tmesh_writer(body);
    tmesh_writer_open_object(&writer, NULL);
    tmesh_writer_text(&writer, "step_uuid", cli->positionals[0]);
    tmesh_writer_text(&writer, "action", action);
    if (given->reason) tmesh_writer_text(&writer, "reason", given->reason);
    if (given->by) tmesh_writer_text(&writer, "by", given->by);
    if (result.data) tmesh_writer_frame(&writer, "result", 0);
    tmesh_writer_close_object(&writer);
    tmesh_answer_t *answer =
        tmesh_client_request(client, "STEP.RESOLVE", tmesh_view(body->data, body->size), &result,
                             result.data ? 1 : 0);
    return cli_finish(cli, &client, &answer, print_done);
}

int cli_step_get(cli_t *cli)
{
    int code = cli_parse(cli, NULL, 0, 1, 1);
    if (code != CLI_GO_ON) return code;
    tmesh_client_t *client = cli_connect(cli);
    if (!client) return CLI_EXIT_FAILED;
    tmesh_auto(tmesh_buffer) body = tmesh_buffer_new();
    tmesh_writer_t writer = tmesh_writer(body);
    tmesh_writer_open_object(&writer, NULL);
    tmesh_writer_text(&writer, "step_uuid", cli->positionals[0]);
    tmesh_writer_close_object(&writer);
    tmesh_answer_t *answer = tmesh_client_request(
        client, "STEP.GET", tmesh_view(body->data, body->size), NULL, 0);
    return cli_finish(cli, &client, &answer, cli_print_step);
}

static int act_on_step(cli_t *cli, const char *action)
{
    manual_t given = {0};
    int code = parse(cli, &given, false);
    if (code != CLI_GO_ON) return code;
    return act(cli, action, &given, tmesh_view(NULL, 0));
}

int cli_step_retry(cli_t *cli)
{
    return act_on_step(cli, "reset_for_retry");
}

int cli_step_resolve(cli_t *cli)
{
    return act_on_step(cli, "resolve_manually");
}

// Said here with its place, before anything is sent.
char *cli_read_result(const char *given, size_t *size)
{
    tmesh_auto_free char *result = cli_read_json(given, size);
    if (!result) return NULL;
    tmesh_auto(tmesh_fault) fault = NULL;
    if (tmesh_json_check(tmesh_bytes(result, *size), &tmesh_json_limits_result, "", &fault)) {
        (void)cli_fail("the result is unusable: %s (%s%s%s)", fault->message, fault->code,
                       *fault->where ? ", " : "", fault->where);
        return NULL;
    }
    char *usable = result;
    result = NULL;
    return usable;
}

int cli_step_complete(cli_t *cli)
{
    manual_t given = {0};
    int code = parse(cli, &given, true);
    if (code != CLI_GO_ON) return code;
    size_t size = 0;
    tmesh_auto_free char *result = NULL;
    if (given.result) {
        result = cli_read_result(given.result, &size);
        if (!result) return CLI_EXIT_FAILED;
    }
    return act(cli, "complete_manually", &given, tmesh_view(result, size));
}
