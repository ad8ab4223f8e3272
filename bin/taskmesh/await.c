#include "bin/taskmesh/await.h"

#include <stdio.h>
#include <string.h>

#include "bin/taskmesh/task_view.h"

// Complete, or not for a reason that is said on stderr.
static int judge(const tmesh_answer_t *answer)
{
    const char *status = tmesh_answer_text(answer, "/status");
    if (status && strcmp(status, "complete") == 0) return CLI_EXIT_OK;
    bool is_settled = tmesh_answer_integer(answer, "/settled", 0);
    (void)cli_fail(is_settled ? "the task is not complete: %s"
                              : "the time is over, the task is still %s",
                   status ? status : "unknown");
    return CLI_EXIT_NOT_COMPLETE;
}

int cli_await(const cli_t *cli, tmesh_client_t *client, const char *task_uuid, int64_t wait_ms)
{
    tmesh_answer_t *answer = tmesh_client_wait(client, task_uuid, TMESH_INCLUDE_STEPS, wait_ms);
    int code;
    if (!tmesh_answer_is_ok(answer)) {
        code = cli_report(answer);
    } else {
        if (cli->as_json) puts(tmesh_answer_json(answer));
        else cli_print_task(answer);
        code = judge(answer);
    }
    tmesh_answer_destroy(&answer);
    return code;
}
