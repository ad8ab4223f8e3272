// taskmesh step audit
#include <inttypes.h>
#include <stdio.h>

#include "bin/taskmesh/table.h"
#include "bin/taskmesh/task_view.h"
#include "runtime/base/bytes.h"
#include "runtime/base/memory.h"
#include "services/wire/writer.h"

enum { POINTER_BYTES = 64, TEXT_BYTES = 64, CURSOR_CHARS_MAX = 40 };

static const char *at(size_t index, const char *field, char pointer[POINTER_BYTES])
{
    snprintf(pointer, POINTER_BYTES, "/results/%zu/%s", index, field);
    return pointer;
}

static const char *of_checkpoint(size_t index, const char *field, char pointer[POINTER_BYTES])
{
    snprintf(pointer, POINTER_BYTES, "/checkpoints/%zu/%s", index, field);
    return pointer;
}

static void add_row(cli_table_t *table, const tmesh_answer_t *answer, size_t i)
{
    char pointer[POINTER_BYTES];
    char text[TEXT_BYTES];
    cli_table_add_number(table, tmesh_answer_integer(answer, at(i, "run", pointer), 0));
    bool is_success = tmesh_answer_integer(answer, at(i, "success", pointer), 0);
    cli_table_add(table, is_success ? "success" : "failure");
    cli_time_text(tmesh_answer_integer(answer, at(i, "received_at", pointer), 0), text,
                  sizeof text);
    cli_table_add(table, text);
    cli_table_add(table, tmesh_answer_text(answer, at(i, "worker", pointer)));
    cli_duration_text(tmesh_answer_integer(answer, at(i, "execution_time_ms", pointer), -1), text,
                      sizeof text);
    cli_table_add(table, text);
    cli_table_add(table, tmesh_answer_text(answer, at(i, "state", pointer)));
    const char *code = tmesh_answer_text(answer, at(i, "error/code", pointer));
    const char *message = tmesh_answer_text(answer, at(i, "error/message", pointer));
    tmesh_auto_free char *error = code ? tmesh_printf("%s: %s", code, message ? message : "") : NULL;
    cli_table_add(table, error);
}

static void print_checkpoints(const tmesh_answer_t *answer)
{
    static const char *const titles[] = {"CHECKPOINT", "RUN", "SAVED", "ITEMS", "CURSOR"};
    size_t count = tmesh_answer_count(answer, "/checkpoints");
    if (count == 0) return;
    puts("");
    cli_table_t *table = cli_table_new(titles, TMESH_COUNT_OF(titles));
    for (size_t i = 0; i < count; i++) {
        char pointer[POINTER_BYTES];
        char text[TEXT_BYTES];
        cli_table_add_number(
            table, tmesh_answer_integer(answer, of_checkpoint(i, "number", pointer), 0));
        cli_table_add_number(table,
                             tmesh_answer_integer(answer, of_checkpoint(i, "run", pointer), 0));
        cli_time_text(tmesh_answer_integer(answer, of_checkpoint(i, "at", pointer), 0), text,
                      sizeof text);
        cli_table_add(table, text);
        cli_table_add_number(
            table, tmesh_answer_integer(answer, of_checkpoint(i, "items_processed", pointer), 0));
        tmesh_view_t cursor = tmesh_answer_payload(answer, of_checkpoint(i, "cursor", pointer));
        int shown = cursor.size < CURSOR_CHARS_MAX ? (int)cursor.size : CURSOR_CHARS_MAX;
        tmesh_auto_free char *start = tmesh_printf("%.*s", shown, cursor.data);
        cli_table_add(table, start);
    }
    cli_table_print(table);
    cli_table_destroy(&table);
}

static void print_audit(const tmesh_answer_t *answer)
{
    static const char *const titles[] = {"RUN",  "RESULT", "RECEIVED", "WORKER",
                                         "TOOK", "THEN",   "ERROR"};
    size_t count = tmesh_answer_count(answer, "/results");
    if (count == 0) puts("no results");
    cli_table_t *table = cli_table_new(titles, TMESH_COUNT_OF(titles));
    for (size_t i = 0; i < count; i++) add_row(table, answer, i);
    cli_table_print(table);
    cli_table_destroy(&table);
    print_checkpoints(answer);
}

int cli_step_audit(cli_t *cli)
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
    tmesh_answer_t *answer = tmesh_client_request(client, "STEP.AUDIT",
                                                  tmesh_view(body->data, body->size), NULL, 0);
    return cli_finish(cli, &client, &answer, print_audit);
}
