// taskmesh queue pause | resume | list
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "bin/taskmesh/cli.h"
#include "bin/taskmesh/table.h"
#include "runtime/base/memory.h"
#include "services/wire/writer.h"

static void print_done(const tmesh_answer_t *answer)
{
    const char *callable = tmesh_answer_text(answer, "/callable");
    bool is_paused = tmesh_answer_integer(answer, "/paused", 0);
    bool is_changed = tmesh_answer_integer(answer, "/changed", 0);
    printf("%s%s%s %s%s\n", tmesh_answer_text(answer, "/namespace"), callable ? "/" : "",
           callable ? callable : "", is_changed ? "is " : "was ",
           is_paused ? "paused" : (is_changed ? "resumed" : "not paused"));
}

// NAMESPACE or NAMESPACE/CALLABLE
static int act(cli_t *cli, const char *command)
{
    const char *reason = NULL;
    const char *by = NULL;
    const cli_option_t options[] = {
        {"reason", CLI_OPTION_TEXT, &reason, "TEXT", "why; kept with the pause"},
        {"by", CLI_OPTION_TEXT, &by, "NAME", "who; kept likewise"},
    };
    int code = cli_parse(cli, options, TMESH_COUNT_OF(options), 1, 1);
    if (code != CLI_GO_ON) return code;
    tmesh_auto_free char *name = tmesh_strdup(cli->positionals[0]);
    char *callable = strchr(name, '/');
    if (callable) *callable++ = 0;
    tmesh_client_t *client = cli_connect(cli);
    if (!client) return CLI_EXIT_FAILED;
    tmesh_auto(tmesh_buffer) body = tmesh_buffer_new();
    tmesh_writer_t writer = tmesh_writer(body);
    tmesh_writer_open_object(&writer, NULL);
    tmesh_writer_text(&writer, "namespace", name);
    if (callable) tmesh_writer_text(&writer, "callable", callable);
    if (reason) tmesh_writer_text(&writer, "reason", reason);
    if (by) tmesh_writer_text(&writer, "by", by);
    tmesh_writer_close_object(&writer);
    tmesh_answer_t *answer =
        tmesh_client_request(client, command, tmesh_view(body->data, body->size), NULL, 0);
    return cli_finish(cli, &client, &answer, print_done);
}

int cli_queue_pause(cli_t *cli)
{
    return act(cli, "QUEUE.PAUSE");
}

int cli_queue_resume(cli_t *cli)
{
    return act(cli, "QUEUE.RESUME");
}

static void print_list(const tmesh_answer_t *answer)
{
    enum { CALLABLE = 1, TIME_BYTES = 64, POINTER_BYTES = 64 };
    static const char *const titles[] = {"NAMESPACE", "CALLABLE", "SINCE", "BY", "REASON"};
    static const char *const fields[] = {"namespace", "callable", "since_at", "by", "reason"};
    tmesh_auto(cli_table) table = cli_table_new(titles, TMESH_COUNT_OF(titles));
    size_t count = tmesh_answer_count(answer, "/paused");
    for (size_t i = 0; i < count; i++) {
        for (size_t field = 0; field < TMESH_COUNT_OF(fields); field++) {
            char pointer[POINTER_BYTES];
            snprintf(pointer, sizeof pointer, "/paused/%zu/%s", i, fields[field]);
            const char *text = tmesh_answer_text(answer, pointer);
            char time[TIME_BYTES];
            cli_time_text(tmesh_answer_integer(answer, pointer, 0), time, sizeof time);
            cli_table_add(table, text ? text : field == CALLABLE ? "*" : time);
        }
    }
    if (count == 0) puts("nothing is paused");
    else cli_table_print(table);
}

int cli_queue_list(cli_t *cli)
{
    int code = cli_parse(cli, NULL, 0, 0, 0);
    if (code != CLI_GO_ON) return code;
    tmesh_client_t *client = cli_connect(cli);
    if (!client) return CLI_EXIT_FAILED;
    tmesh_answer_t *answer =
        tmesh_client_request(client, "QUEUE.LIST", tmesh_view(NULL, 0), NULL, 0);
    return cli_finish(cli, &client, &answer, print_list);
}
