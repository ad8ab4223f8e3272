// taskmesh backup: a copy of the store, made by the daemon while it works.
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "bin/taskmesh/cli.h"
#include "bin/taskmesh/table.h"
#include "runtime/base/bytes.h"
#include "runtime/base/memory.h"
#include "services/wire/writer.h"

enum { GIVE_UP_MS = 3600 * 1000, TEXT_BYTES = 64 };

static void print_backup(const tmesh_answer_t *answer)
{
    char took[TEXT_BYTES];
    cli_duration_text(tmesh_answer_integer(answer, "/duration_ms", -1), took, sizeof took);
    printf("%-12s%s\n", "file", tmesh_answer_text(answer, "/file"));
    printf("%-12s%" PRId64 "\n", "tasks", tmesh_answer_integer(answer, "/tasks", 0));
    printf("%-12s%" PRId64 " bytes, %" PRId64 " pages\n", "size",
           tmesh_answer_integer(answer, "/bytes", 0), tmesh_answer_integer(answer, "/pages", 0));
    printf("%-12s%s\n", "took", took);
}

// What the person meant: the daemon works in another folder. NULL after it has said why; yours.
static char *absolute(const char *file)
{
    if (*file == '/' || !*file) return tmesh_strdup(file);
    char *folder = getcwd(NULL, 0);
    if (!folder) {
        (void)cli_fail("the current folder has no name: %s", strerror(errno));
        return NULL;
    }
    char *path = tmesh_printf("%s/%s", strcmp(folder, "/") == 0 ? "" : folder, file);
    tmesh_free(folder);
    return path;
}

// The long wait is for a server that is there.
static int look_for_server(const cli_t *cli)
{
    tmesh_client_t *client = cli_connect(cli);
    if (!client) return CLI_EXIT_FAILED;
    tmesh_answer_t *answer = tmesh_client_request(client, "PING", tmesh_view(NULL, 0), NULL, 0);
    int code = tmesh_answer_is_ok(answer) ? CLI_EXIT_OK : cli_report(answer);
    tmesh_answer_destroy(&answer);
    tmesh_client_close(&client);
    return code;
}

int cli_backup(cli_t *cli)
{
    bool replace = false;
    cli_duration_t give_up = {.ms = GIVE_UP_MS};
    const cli_option_t options[] = {
        {"replace", CLI_OPTION_FLAG, &replace, NULL, "write over an older copy of a store"},
        {"give-up", CLI_OPTION_SECONDS, &give_up, "SECONDS",
         "how long to wait until it is done; default 3600"},
    };
    int code = cli_parse(cli, options, TMESH_COUNT_OF(options), 1, 1);
    if (code != CLI_GO_ON) return code;
    tmesh_auto_free char *path = absolute(cli->positionals[0]);
    if (!path) return CLI_EXIT_FAILED;
    code = look_for_server(cli);
    if (code != CLI_EXIT_OK) return code;
    tmesh_client_t *client = cli_connect_once(cli, give_up.ms);
    if (!client) return CLI_EXIT_FAILED;
    tmesh_auto(tmesh_buffer) body = tmesh_buffer_new();
    tmesh_writer_t writer = tmesh_writer(body);
    tmesh_writer_open_object(&writer, NULL);
    tmesh_writer_text(&writer, "file", path);
    tmesh_writer_bool(&writer, "replace", replace);
    tmesh_writer_close_object(&writer);
    tmesh_answer_t *answer =
        tmesh_client_request(client, "BACKUP", tmesh_view(body->data, body->size), NULL, 0);
    return cli_finish(cli, &client, &answer, print_backup);
}
