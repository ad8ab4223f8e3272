// taskmesh dlq list | get | add | update | stats
#include <inttypes.h>
#include <stdio.h>

#include "bin/taskmesh/cli.h"
#include "bin/taskmesh/table.h"
#include "runtime/base/memory.h"
#include "services/domain/json_text.h"
#include "services/wire/writer.h"

enum { POINTER_BYTES = 96, TEXT_BYTES = 64, LIST_LIMIT_MAX = 500, STATS_LIMIT_MAX = 100 };

// ---- Shown to people

static const char *at(const char *parent, size_t index, const char *field,
                      char pointer[POINTER_BYTES])
{
    snprintf(pointer, POINTER_BYTES, "%s/%zu/%s", parent, index, field);
    return pointer;
}

static void add_text(cli_table_t *table, const tmesh_answer_t *answer, const char *pointer)
{
    cli_table_add(table, tmesh_answer_text(answer, pointer));
}

static void add_time(cli_table_t *table, const tmesh_answer_t *answer, const char *pointer)
{
    char text[TEXT_BYTES];
    cli_time_text(tmesh_answer_integer(answer, pointer, 0), text, sizeof text);
    cli_table_add(table, text);
}

static void print_entries(const tmesh_answer_t *answer, const char *parent)
{
    static const char *const titles[] = {"ENTRY", "REASON", "STATUS", "PRIORITY",
                                         "SINCE", "TASK",   "STEP"};
    char pointer[POINTER_BYTES];
    cli_table_t *table = cli_table_new(titles, TMESH_COUNT_OF(titles));
    for (size_t i = 0; i < tmesh_answer_count(answer, parent); i++) {
        add_text(table, answer, at(parent, i, "dlq_entry_uuid", pointer));
        add_text(table, answer, at(parent, i, "dlq_reason", pointer));
        add_text(table, answer, at(parent, i, "resolution_status", pointer));
        int64_t priority = tmesh_answer_integer(answer, at(parent, i, "priority", pointer), -1);
        if (priority < 0) cli_table_add(table, NULL);
        else cli_table_add_number(table, priority);
        add_time(table, answer, at(parent, i, "dlq_timestamp", pointer));
        add_text(table, answer, at(parent, i, "task_uuid", pointer));
        add_text(table, answer, at(parent, i, "task_snapshot/step_name", pointer));
    }
    cli_table_print(table);
    cli_table_destroy(&table);
}

static void print_list(const tmesh_answer_t *answer)
{
    if (tmesh_answer_count(answer, "/entries") == 0) puts("no entries");
    print_entries(answer, "/entries");
    const char *next = tmesh_answer_text(answer, "/next");
    if (next) printf("\nmore: --after %s\n", next);
}

static void print_line(const char *name, const char *text)
{
    if (!text || !*text) return;
    tmesh_auto_free char *shown = cli_text_shown(text);
    printf("%-16s%s\n", name, shown);
}

static void print_line_of(const tmesh_answer_t *answer, const char *name, const char *pointer)
{
    print_line(name, tmesh_answer_text(answer, pointer));
}

static void print_time_line(const tmesh_answer_t *answer, const char *name, const char *pointer)
{
    char text[TEXT_BYTES];
    cli_time_text(tmesh_answer_integer(answer, pointer, 0), text, sizeof text);
    print_line(name, text);
}

static void print_entry(const tmesh_answer_t *answer)
{
    print_line_of(answer, "entry", "/dlq_entry_uuid");
    print_line_of(answer, "reason", "/dlq_reason");
    print_line_of(answer, "status", "/resolution_status");
    print_time_line(answer, "since", "/dlq_timestamp");
    print_time_line(answer, "resolved", "/resolution_timestamp");
    print_line_of(answer, "resolved by", "/resolved_by");
    print_line_of(answer, "notes", "/resolution_notes");
    print_line_of(answer, "task", "/task_uuid");
    print_line_of(answer, "template", "/task_snapshot/task_name");
    print_line_of(answer, "task was", "/task_snapshot/current_state");
    print_line_of(answer, "step", "/step_uuid");
    print_line_of(answer, "step name", "/task_snapshot/step_name");
    print_line_of(answer, "step was", "/task_snapshot/step_state");
    print_line_of(answer, "error", "/task_snapshot/error_code");
    print_line_of(answer, "message", "/task_snapshot/error_message");
}

static void print_changed(const tmesh_answer_t *answer)
{
    printf("%s %s, task %s\n", tmesh_answer_text(answer, "/dlq_entry_uuid"),
           tmesh_answer_text(answer, "/resolution_status"),
           tmesh_answer_text(answer, "/task_uuid"));
}

static void print_stats(const tmesh_answer_t *answer)
{
    static const char *const titles[] = {"REASON", "STATUS", "COUNT", "OLDEST", "NEWEST"};
    char pointer[POINTER_BYTES];
    size_t count = tmesh_answer_count(answer, "/stats");
    if (count == 0) puts("no entries");
    cli_table_t *table = cli_table_new(titles, TMESH_COUNT_OF(titles));
    for (size_t i = 0; i < count; i++) {
        add_text(table, answer, at("/stats", i, "dlq_reason", pointer));
        add_text(table, answer, at("/stats", i, "resolution_status", pointer));
        cli_table_add_number(table,
                             tmesh_answer_integer(answer, at("/stats", i, "count", pointer), 0));
        add_time(table, answer, at("/stats", i, "oldest_at", pointer));
        add_time(table, answer, at("/stats", i, "newest_at", pointer));
    }
    cli_table_print(table);
    cli_table_destroy(&table);
    if (tmesh_answer_count(answer, "/investigation_queue") == 0) return;
    puts("\nto look into, the most urgent first:");
    print_entries(answer, "/investigation_queue");
}

// ---- The commands

static void add_given(tmesh_writer_t *writer, const char *key, const char *text)
{
    if (text) tmesh_writer_text(writer, key, text);
}

// Closes the body and sends it.
static int send(const cli_t *cli, const char *command, tmesh_writer_t *writer,
                void (*print)(const tmesh_answer_t *answer))
{
    tmesh_writer_close_object(writer);
    tmesh_client_t *client = cli_connect(cli);
    if (!client) return CLI_EXIT_FAILED;
    tmesh_answer_t *answer = tmesh_client_request(
        client, command, tmesh_view(writer->out->data, writer->out->size), NULL, 0);
    return cli_finish(cli, &client, &answer, print);
}

int cli_dlq_list(cli_t *cli)
{
    const char *status = NULL;
    const char *reason = NULL;
    const char *task = NULL;
    const char *after = NULL;
    int64_t limit = 0;
    const cli_option_t options[] = {
        {"status", CLI_OPTION_TEXT, &status, "STATUS", "pending, manually_resolved ..."},
        {"reason", CLI_OPTION_TEXT, &reason, "REASON", "max_retries_exceeded, manual_dlq ..."},
        {"task", CLI_OPTION_TEXT, &task, "ID", "of this task alone"},
        {"limit", CLI_OPTION_INTEGER, &limit, "N", "at most so many, 1 to 500 (50)"},
        {"after", CLI_OPTION_TEXT, &after, "CURSOR", "the next page"},
    };
    int code = cli_parse(cli, options, TMESH_COUNT_OF(options), 0, 0);
    if (code != CLI_GO_ON) return code;
    if (limit < 0 || limit > LIST_LIMIT_MAX) {
        return cli_usage_error(cli, "the limit is 1 to %d", LIST_LIMIT_MAX);
    }
    tmesh_auto(tmesh_buffer) body = tmesh_buffer_new();
    tmesh_writer_t writer = tmesh_writer(body);
    tmesh_writer_open_object(&writer, NULL);
    add_given(&writer, "status", status);
    add_given(&writer, "reason", reason);
    add_given(&writer, "task_uuid", task);
    add_given(&writer, "after", after);
    if (limit) tmesh_writer_integer(&writer, "limit", limit);
    return send(cli, "DLQ.LIST", &writer, print_list);
}

int cli_dlq_get(cli_t *cli)
{
    const char *task = NULL;
    const cli_option_t options[] = {
        {"task", CLI_OPTION_TEXT, &task, "ID", "the newest entry of this task, in place of ENTRY"},
    };
    int code = cli_parse(cli, options, TMESH_COUNT_OF(options), 0, 1);
    if (code != CLI_GO_ON) return code;
    if ((cli->positional_count == 0) == (task == NULL)) {
        return cli_usage_error(cli, "it takes an ENTRY, or --task ID");
    }
    tmesh_auto(tmesh_buffer) body = tmesh_buffer_new();
    tmesh_writer_t writer = tmesh_writer(body);
    tmesh_writer_open_object(&writer, NULL);
    add_given(&writer, "task_uuid", task);
    if (!task) tmesh_writer_text(&writer, "dlq_entry_uuid", cli->positionals[0]);
    return send(cli, "DLQ.GET", &writer, print_entry);
}

int cli_dlq_add(cli_t *cli)
{
    const char *step = NULL;
    const char *notes = NULL;
    const char *by = NULL;
    const cli_option_t options[] = {
        {"step", CLI_OPTION_TEXT, &step, "ID", "it is about this step of the task"},
        {"notes", CLI_OPTION_TEXT, &notes, "TEXT", "what there is to look into"},
        {"by", CLI_OPTION_TEXT, &by, "NAME", "who says so"},
    };
    int code = cli_parse(cli, options, TMESH_COUNT_OF(options), 1, 1);
    if (code != CLI_GO_ON) return code;
    tmesh_auto(tmesh_buffer) body = tmesh_buffer_new();
    tmesh_writer_t writer = tmesh_writer(body);
    tmesh_writer_open_object(&writer, NULL);
    tmesh_writer_text(&writer, "task_uuid", cli->positionals[0]);
    add_given(&writer, "step_uuid", step);
    add_given(&writer, "notes", notes);
    add_given(&writer, "by", by);
    return send(cli, "DLQ.ADD", &writer, print_changed);
}

int cli_dlq_update(cli_t *cli)
{
    const char *status = NULL;
    const char *notes = NULL;
    const char *by = NULL;
    const char *metadata = NULL;
    const cli_option_t options[] = {
        {"status", CLI_OPTION_TEXT, &status, "STATUS",
         "pending, manually_resolved, permanently_failed or cancelled"},
        {"notes", CLI_OPTION_TEXT, &notes, "TEXT", "what was found; in place of what stood there"},
        {"by", CLI_OPTION_TEXT, &by, "NAME", "who has looked into it"},
        {"metadata", CLI_OPTION_TEXT, &metadata, "JSON|@FILE|-",
         "an object, in place of what stood there"},
    };
    int code = cli_parse(cli, options, TMESH_COUNT_OF(options), 1, 1);
    if (code != CLI_GO_ON) return code;
    size_t size = 0;
    tmesh_auto_free char *json = NULL;
    if (metadata) {
        json = cli_read_json(metadata, &size);
        if (!json) return CLI_EXIT_FAILED;
        tmesh_auto(tmesh_fault) fault = NULL;
        if (tmesh_json_check(tmesh_bytes(json, size), &tmesh_json_limits_result, "", &fault)) {
            return cli_fail("the metadata is unusable: %s", fault->message);
        }
    }
    tmesh_auto(tmesh_buffer) body = tmesh_buffer_new();
    tmesh_writer_t writer = tmesh_writer(body);
    tmesh_writer_open_object(&writer, NULL);
    tmesh_writer_text(&writer, "dlq_entry_uuid", cli->positionals[0]);
    add_given(&writer, "resolution_status", status);
    add_given(&writer, "resolution_notes", notes);
    add_given(&writer, "resolved_by", by);
    if (json) tmesh_writer_json(&writer, "metadata", tmesh_bytes(json, size));
    return send(cli, "DLQ.UPDATE", &writer, print_changed);
}

int cli_dlq_stats(cli_t *cli)
{
    int64_t limit = 0;
    const cli_option_t options[] = {
        {"limit", CLI_OPTION_INTEGER, &limit, "N", "so many to look into, 1 to 100 (20)"},
    };
    int code = cli_parse(cli, options, TMESH_COUNT_OF(options), 0, 0);
    if (code != CLI_GO_ON) return code;
    if (limit < 0 || limit > STATS_LIMIT_MAX) {
        return cli_usage_error(cli, "the limit is 1 to %d", STATS_LIMIT_MAX);
    }
    tmesh_auto(tmesh_buffer) body = tmesh_buffer_new();
    tmesh_writer_t writer = tmesh_writer(body);
    tmesh_writer_open_object(&writer, NULL);
    if (limit) tmesh_writer_integer(&writer, "limit", limit);
    return send(cli, "DLQ.STATS", &writer, print_stats);
}
