// taskmesh task history
#include <inttypes.h>
#include <stdio.h>

#include "bin/taskmesh/events.h"
#include "bin/taskmesh/table.h"
#include "runtime/base/memory.h"
#include "services/wire/writer.h"

// What is gathered page by page.
typedef struct {
    cli_table_t *table;
    tmesh_buffer_t *documents; // events, separated by commas
} history_t;

static void add_page(history_t *self, tmesh_answer_t *answer)
{
    size_t count = tmesh_answer_count(answer, "/events");
    for (size_t i = 0; i < count; i++) cli_add_event_row(self->table, answer, i);
    if (count == 0) return;
    if (self->documents->size > 0) tmesh_buffer_add_text(self->documents, ",");
    tmesh_bytes_t page = cli_event_documents(answer);
    tmesh_buffer_add(self->documents, page.data, page.size);
}

// One document with all pages, as if it had been one.
static void print_document(const history_t *self, const tmesh_answer_t *last)
{
    tmesh_auto(tmesh_buffer) body = tmesh_buffer_new();
    tmesh_writer_t writer = tmesh_writer(body);
    tmesh_writer_open_object(&writer, NULL);
    tmesh_writer_text(&writer, "task_uuid", tmesh_answer_text(last, "/task_uuid"));
    tmesh_writer_open_array(&writer, "events");
    if (self->documents->size > 0) {
        tmesh_writer_json(&writer, NULL, tmesh_buffer_bytes(self->documents));
    }
    tmesh_writer_close_array(&writer);
    tmesh_writer_integer(&writer, "last", tmesh_answer_integer(last, "/last", 0));
    tmesh_writer_text(&writer, "status", tmesh_answer_text(last, "/status"));
    tmesh_writer_bool(&writer, "settled", tmesh_answer_integer(last, "/settled", 0));
    tmesh_writer_bool(&writer, "ended", tmesh_answer_integer(last, "/ended", 0));
    tmesh_writer_close_object(&writer);
    puts(tmesh_buffer_text(body));
}

static int read_all(const cli_t *cli, cli_reading_t *reading, history_t *history)
{
    bool is_over = false;
    while (!is_over) { // ends with the last page
        tmesh_answer_t *answer = NULL;
        int code = cli_reading_next(reading, 0, &answer);
        if (code != CLI_GO_ON) return code;
        add_page(history, answer);
        is_over = cli_reading_is_at_end(reading, answer);
        if (is_over && cli->as_json) print_document(history, answer);
        tmesh_answer_destroy(&answer);
    }
    if (!cli->as_json) cli_table_print(history->table);
    return CLI_EXIT_OK;
}

int cli_task_history(cli_t *cli)
{
    static const char *const titles[] = {"NUMBER", "TIME",   "STEP", "FROM -> TO",
                                         "EVENT",  "WORKER", "RUN"};
    bool is_followed = false;
    const cli_option_t options[] = {
        {"follow", CLI_OPTION_FLAG, &is_followed, NULL,
         "go on until the task is settled; with --json a line of JSON per event"},
    };
    int code = cli_parse(cli, options, TMESH_COUNT_OF(options), 1, 1);
    if (code != CLI_GO_ON) return code;
    tmesh_client_t *client = cli_connect(cli);
    if (!client) return CLI_EXIT_FAILED;
    cli_reading_t reading = {
        .client = client, .task_uuid = cli->positionals[0], .give_up_ms = CLI_GIVE_UP_MS};
    if (is_followed) {
        code = cli_reading_follow(&reading, cli->as_json);
    } else {
        tmesh_auto(tmesh_buffer) documents = tmesh_buffer_new();
        history_t history = {.table = cli_table_new(titles, TMESH_COUNT_OF(titles)),
                             .documents = documents};
        code = read_all(cli, &reading, &history);
        cli_table_destroy(&history.table);
    }
    tmesh_client_close(&client);
    return code;
}
