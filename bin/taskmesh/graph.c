// taskmesh task graph, taskmesh template graph
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "bin/taskmesh/graph_view.h"
#include "bin/taskmesh/template_name.h"
#include "runtime/base/memory.h"
#include "services/templates/files.h"

typedef void print_t(const tmesh_picture_t *picture, tmesh_buffer_t *out);

static void write_text(const tmesh_picture_t *picture, tmesh_buffer_t *out)
{
    tmesh_buffer_printf(out, "%s\n\n", picture->title);
    tmesh_picture_write_text(picture, cli_picture_glyphs(), out);
}

static void write_json_line(const tmesh_picture_t *picture, tmesh_buffer_t *out)
{
    cli_picture_write_json(picture, out);
    tmesh_buffer_add_text(out, "\n");
}

static const struct {
    const char *word;
    print_t *print;
} formats[] = {
    {"text", write_text},
    {"mermaid", tmesh_picture_write_mermaid},
    {"dot", tmesh_picture_write_dot},
};

// Reads the arguments; CLI_GO_ON and what to print with.
static int parse(cli_t *cli, print_t **print_p)
{
    const char *format = NULL;
    const cli_option_t options[] = {
        {"format", CLI_OPTION_TEXT, &format, "FORMAT", "text (default), mermaid or dot"},
    };
    int code = cli_parse(cli, options, TMESH_COUNT_OF(options), 1, 1);
    if (code != CLI_GO_ON) return code;
    *print_p = cli->as_json && !format ? write_json_line : NULL;
    for (size_t i = 0; !*print_p && i < TMESH_COUNT_OF(formats); i++) {
        if (strcmp(format ? format : "text", formats[i].word) == 0) *print_p = formats[i].print;
    }
    if (!*print_p) return cli_usage_error(cli, "the format is text, mermaid or dot");
    return CLI_GO_ON;
}

static void print_picture(const tmesh_picture_t *picture, print_t *print)
{
    tmesh_auto(tmesh_buffer) out = tmesh_buffer_new();
    print(picture, out);
    fputs(tmesh_buffer_text(out), stdout);
}

int cli_task_graph(cli_t *cli)
{
    print_t *print = NULL;
    int code = parse(cli, &print);
    if (code != CLI_GO_ON) return code;
    tmesh_client_t *client = cli_connect(cli);
    if (!client) return CLI_EXIT_FAILED;
    tmesh_answer_t *answer = tmesh_client_get(client, cli->positionals[0], TMESH_INCLUDE_STEPS);
    code = CLI_EXIT_OK;
    if (!tmesh_answer_is_ok(answer)) {
        code = cli_report(answer);
    } else {
        tmesh_auto(tmesh_arena) arena = tmesh_arena_new();
        bool is_for_people = print != write_json_line;
        tmesh_picture_t picture = is_for_people ? cli_picture_of_task_short(answer, arena)
                                                : cli_picture_of_task(answer, arena);
        print_picture(&picture, print);
    }
    tmesh_answer_destroy(&answer);
    tmesh_client_close(&client);
    return code;
}

// ---- Templates ----------------------------------------------------------------------------------

static int print_definition(const tmesh_definition_t *definition, print_t *print)
{
    tmesh_auto(tmesh_arena) arena = tmesh_arena_new();
    tmesh_picture_t picture = cli_picture_of_definition(definition, arena);
    print_picture(&picture, print);
    return CLI_EXIT_OK;
}

typedef struct {
    print_t *print;
    bool has_failed;
} file_t;

static void take_file(void *self, const char *path, tmesh_definition_t **definition_p,
                      tmesh_template_report_t *report)
{
    file_t *file = self;
    if (*definition_p) {
        (void)print_definition(*definition_p, file->print);
        return;
    }
    file->has_failed = true;
    for (size_t i = 0; i < report->count; i++) {
        const tmesh_template_issue_t *issue = &report->issues[i];
        if (!issue->is_error) continue;
        fprintf(stderr, "%s:%u:%u: error: %s %s\n", path, (unsigned)issue->line,
                (unsigned)issue->column, issue->code, issue->message);
    }
}

static int graph_file(const char *path, print_t *print)
{
    file_t file = {.print = print};
    tmesh_template_files_load(path, NULL, take_file, &file);
    return file.has_failed ? CLI_EXIT_FAILED : CLI_EXIT_OK;
}

static int graph_registered(const cli_t *cli, const cli_template_name_t *name, print_t *print)
{
    tmesh_client_t *client = cli_connect(cli);
    if (!client) return CLI_EXIT_FAILED;
    tmesh_answer_t *answer =
        tmesh_client_get_template(client, name->namespace_name, name->name, name->version);
    int code;
    if (!tmesh_answer_is_ok(answer)) {
        code = cli_report(answer);
    } else {
        tmesh_view_t json = tmesh_answer_payload(answer, "/definition");
        tmesh_auto(tmesh_definition) definition = NULL;
        tmesh_err_t err = tmesh_template_load(tmesh_bytes(json.data, json.size), &definition);
        code = err ? cli_fail("the definition that the server sent can not be read: %s",
                              tmesh_err_sentence(err))
                   : print_definition(definition, print);
    }
    tmesh_answer_destroy(&answer);
    tmesh_client_close(&client);
    return code;
}

// What lies on the disk is meant as a file; anything else is a name at the server.
int cli_template_graph(cli_t *cli)
{
    print_t *print = NULL;
    int code = parse(cli, &print);
    if (code != CLI_GO_ON) return code;
    const char *what = cli->positionals[0];
    struct stat status;
    if (stat(what, &status) == 0 && S_ISREG(status.st_mode)) return graph_file(what, print);
    cli_template_name_t name;
    if (!cli_template_name_parse(what, &name)) {
        return cli_usage_error(cli, "\"%s\" is neither a file nor NAMESPACE/NAME[@VERSION]", what);
    }
    return graph_registered(cli, &name, print);
}
