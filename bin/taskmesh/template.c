// taskmesh template list | show | put
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "bin/taskmesh/cli.h"
#include "bin/taskmesh/table.h"
#include "bin/taskmesh/template_name.h"
#include "runtime/base/bytes.h"
#include "runtime/base/memory.h"
#include "services/domain/json_text.h"

enum { POINTER_BYTES = 64, TEXT_BYTES = 64 };

static void print_templates(const tmesh_answer_t *answer)
{
    static const char *const titles[] = {"TEMPLATE", "STEPS", "REGISTERED", "DESCRIPTION"};
    size_t count = tmesh_answer_count(answer, "/templates");
    if (count == 0) puts("no templates");
    cli_table_t *table = cli_table_new(titles, TMESH_COUNT_OF(titles));
    for (size_t i = 0; i < count; i++) {
        static const char *const fields[] = {"namespace", "name", "version", "description"};
        const char *texts[TMESH_COUNT_OF(fields)];
        char pointer[POINTER_BYTES];
        for (size_t k = 0; k < TMESH_COUNT_OF(fields); k++) {
            snprintf(pointer, sizeof pointer, "/templates/%zu/%s", i, fields[k]);
            texts[k] = tmesh_answer_text(answer, pointer);
        }
        tmesh_auto_free char *name =
            tmesh_printf("%s/%s@%s", texts[0] ? texts[0] : "?", texts[1] ? texts[1] : "?",
                         texts[2] ? texts[2] : "?");
        cli_table_add(table, name);
        snprintf(pointer, sizeof pointer, "/templates/%zu/steps", i);
        cli_table_add_number(table, tmesh_answer_integer(answer, pointer, 0));
        snprintf(pointer, sizeof pointer, "/templates/%zu/created_at", i);
        char text[TEXT_BYTES];
        cli_time_text(tmesh_answer_integer(answer, pointer, 0), text, sizeof text);
        cli_table_add(table, text);
        cli_table_add(table, texts[3]);
    }
    cli_table_print(table);
    cli_table_destroy(&table);
}

int cli_template_list(cli_t *cli)
{
    const char *namespace_name = NULL;
    const cli_option_t options[] = {
        {"namespace", CLI_OPTION_TEXT, &namespace_name, "NS", "of this namespace alone"},
    };
    int code = cli_parse(cli, options, TMESH_COUNT_OF(options), 0, 0);
    if (code != CLI_GO_ON) return code;
    tmesh_client_t *client = cli_connect(cli);
    if (!client) return CLI_EXIT_FAILED;
    tmesh_answer_t *answer = tmesh_client_list_templates(client, namespace_name);
    code = CLI_EXIT_OK;
    if (!tmesh_answer_is_ok(answer)) code = cli_report(answer);
    else if (cli->as_json) puts(tmesh_answer_json(answer));
    else print_templates(answer);
    tmesh_answer_destroy(&answer);
    tmesh_client_close(&client);
    return code;
}

int cli_template_show(cli_t *cli)
{
    int code = cli_parse(cli, NULL, 0, 1, 1);
    if (code != CLI_GO_ON) return code;
    cli_template_name_t name;
    if (!cli_template_name_parse(cli->positionals[0], &name)) {
        return cli_usage_error(cli, "\"%s\" is not NAMESPACE/NAME or NAMESPACE/NAME@VERSION",
                               cli->positionals[0]);
    }
    tmesh_client_t *client = cli_connect(cli);
    if (!client) return CLI_EXIT_FAILED;
    tmesh_answer_t *answer =
        tmesh_client_get_template(client, name.namespace_name, name.name, name.version);
    code = CLI_EXIT_OK;
    if (!tmesh_answer_is_ok(answer)) {
        code = cli_report(answer);
    } else if (cli->as_json) {
        puts(tmesh_answer_json(answer));
    } else {
        tmesh_view_t definition = tmesh_answer_payload(answer, "/definition");
        printf("%.*s\n", (int)definition.size, definition.data ? definition.data : "");
    }
    tmesh_answer_destroy(&answer);
    tmesh_client_close(&client);
    return code;
}

// The unescaped text of a member, or "".
static tmesh_buffer_t *member_text(tmesh_bytes_t object, const char *key)
{
    tmesh_buffer_t *text = tmesh_buffer_new();
    tmesh_bytes_t value = tmesh_json_member(object, key);
    if (tmesh_json_kind(value) == TMESH_JSON_STRING) tmesh_json_unescape(value, text);
    if (tmesh_json_kind(value) == TMESH_JSON_NUMBER) tmesh_buffer_add(text, value.data, value.size);
    return text;
}

// The issues of a refusal, one line each, as `template validate` writes them.
static void print_issues(const char *file, tmesh_bytes_t issues)
{
    size_t position = 0;
    tmesh_bytes_t issue;
    while (tmesh_json_next(issues, &position, NULL, &issue)) {
        if (tmesh_json_kind(issue) != TMESH_JSON_OBJECT) continue;
        tmesh_auto(tmesh_buffer) severity = member_text(issue, "severity");
        tmesh_auto(tmesh_buffer) code = member_text(issue, "code");
        tmesh_auto(tmesh_buffer) message = member_text(issue, "message");
        tmesh_auto(tmesh_buffer) line = member_text(issue, "line");
        tmesh_auto(tmesh_buffer) column = member_text(issue, "column");
        fprintf(stderr, "%s:%s:%s: %s: %s %s\n", file, tmesh_buffer_text(line),
                tmesh_buffer_text(column), tmesh_buffer_text(severity), tmesh_buffer_text(code),
                tmesh_buffer_text(message));
    }
}

// Adds the answer to `documents`, for --json, or prints it.
static int put_one(const cli_t *cli, tmesh_client_t *client, const char *file,
                   tmesh_buffer_t *documents)
{
    size_t size;
    tmesh_auto_free char *source = cli_read_file(file, &size);
    if (!source) return CLI_EXIT_FAILED;
    tmesh_answer_t *answer = tmesh_client_put_template(client, file, tmesh_view(source, size));
    int code = CLI_EXIT_OK;
    if (!tmesh_answer_is_ok(answer)) {
        tmesh_view_t details = tmesh_answer_error_details(answer);
        if (details.data) {
            tmesh_bytes_t object = tmesh_bytes(details.data, details.size);
            tmesh_bytes_t issues = tmesh_json_member(object, "issues");
            if (tmesh_json_kind(issues) == TMESH_JSON_ARRAY) print_issues(file, issues);
        }
        code = cli_report(answer);
    } else if (cli->as_json) {
        tmesh_buffer_printf(documents, "%s%s", documents->size ? "," : "",
                            tmesh_answer_json(answer));
    } else {
        printf("%s/%s@%s %s, %" PRId64 " steps\n", tmesh_answer_text(answer, "/namespace"),
               tmesh_answer_text(answer, "/name"), tmesh_answer_text(answer, "/version"),
               tmesh_answer_status(answer) == 201 ? "registered" : "unchanged",
               tmesh_answer_integer(answer, "/steps", 0));
    }
    tmesh_answer_destroy(&answer);
    return code;
}

int cli_template_put(cli_t *cli)
{
    int code = cli_parse(cli, NULL, 0, 1, CLI_POSITIONALS_MAX);
    if (code != CLI_GO_ON) return code;
    tmesh_client_t *client = cli_connect(cli);
    if (!client) return CLI_EXIT_FAILED;
    code = CLI_EXIT_OK;
    tmesh_auto(tmesh_buffer) documents = tmesh_buffer_new();
    for (size_t i = 0; i < cli->positional_count; i++) {
        int result = put_one(cli, client, cli->positionals[i], documents);
        if (result != CLI_EXIT_OK && code == CLI_EXIT_OK) code = result;
        if (result == CLI_EXIT_UNAVAILABLE || result == CLI_EXIT_INTERRUPTED) break;
    }
    if (cli->as_json) printf("{\"templates\":[%s]}\n", tmesh_buffer_text(documents));
    tmesh_client_close(&client);
    return code;
}
