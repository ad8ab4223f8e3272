// taskmesh template validate: offline, with the same parser that the server uses.
#include <inttypes.h>
#include <stdio.h>

#include "bin/taskmesh/cli.h"
#include "runtime/base/memory.h"
#include "services/templates/files.h"
#include "services/wire/writer.h"

typedef struct {
    const cli_t *cli;
    size_t files;
    size_t errors;
    size_t warnings;
    tmesh_buffer_t *document; // for --json
    tmesh_writer_t writer;
} validation_t;

static void write_issue(tmesh_writer_t *writer, const char *file,
                        const tmesh_template_issue_t *issue)
{
    tmesh_writer_open_object(writer, NULL);
    tmesh_writer_text(writer, "file", file);
    tmesh_writer_text(writer, "severity", issue->is_error ? "error" : "warning");
    tmesh_writer_text(writer, "code", issue->code);
    tmesh_writer_text(writer, "message", issue->message);
    tmesh_writer_text(writer, "where", issue->where);
    tmesh_writer_integer(writer, "line", issue->line);
    tmesh_writer_integer(writer, "column", issue->column);
    tmesh_writer_close_object(writer);
}

static void note(void *self, const char *file, tmesh_definition_t **definition_p,
                 tmesh_template_report_t *report)
{
    validation_t *validation = self;
    validation->files++;
    validation->errors += report->error_count;
    validation->warnings += report->count - report->error_count;
    for (size_t i = 0; i < report->count; i++) {
        const tmesh_template_issue_t *issue = &report->issues[i];
        if (validation->cli->as_json) {
            write_issue(&validation->writer, file, issue);
        } else {
            printf("%s:%" PRIu32 ":%" PRIu32 ": %s: %s %s\n", file, issue->line, issue->column,
                   issue->is_error ? "error" : "warning", issue->code, issue->message);
        }
    }
    const tmesh_definition_t *definition = *definition_p;
    if (!validation->cli->as_json && definition && report->error_count == 0) {
        printf("%s: %s/%s@%s, %u steps: valid\n", file, definition->namespace_name,
               definition->name, definition->version, (unsigned)definition->step_count);
    }
}

int cli_template_validate(cli_t *cli)
{
    const char *environment = NULL;
    const cli_option_t options[] = {
        {"environment", CLI_OPTION_TEXT, &environment, "ENV",
         "with the overrides of this environment"},
    };
    int code = cli_parse(cli, options, TMESH_COUNT_OF(options), 1, CLI_POSITIONALS_MAX);
    if (code != CLI_GO_ON) return code;
    tmesh_auto(tmesh_buffer) document = tmesh_buffer_new();
    validation_t validation = {.cli = cli, .document = document, .writer = tmesh_writer(document)};
    tmesh_writer_open_object(&validation.writer, NULL);
    tmesh_writer_open_array(&validation.writer, "issues");
    for (size_t i = 0; i < cli->positional_count; i++) {
        tmesh_template_files_load(cli->positionals[i], environment, note, &validation);
    }
    tmesh_writer_close_array(&validation.writer);
    tmesh_writer_integer(&validation.writer, "files", (int64_t)validation.files);
    tmesh_writer_integer(&validation.writer, "errors", (int64_t)validation.errors);
    tmesh_writer_integer(&validation.writer, "warnings", (int64_t)validation.warnings);
    tmesh_writer_close_object(&validation.writer);
    if (cli->as_json) puts(tmesh_buffer_text(document));
    if (validation.files == 0) return cli_fail("no template files were found");
    return validation.errors ? CLI_EXIT_FAILED : CLI_EXIT_OK;
}
