#include "bin/taskmesh/task_view.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "bin/taskmesh/batch_view.h"
#include "bin/taskmesh/table.h"
#include "runtime/base/bytes.h"
#include "runtime/base/memory.h"

enum { POINTER_BYTES = 64, TEXT_BYTES = 64, RESULT_BYTES_MAX = 4096, RESULT_CHARS_MAX = 200 };

static int64_t now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

// A pointer to a field of an item: "/steps/3/name". Lent until the next call.
static const char *at(const char *list, size_t index, const char *field)
{
    static char pointer[POINTER_BYTES];
    snprintf(pointer, sizeof pointer, "%s/%zu/%s", list, index, field);
    return pointer;
}

static void print_line(const char *label, const char *text)
{
    if (text && *text) printf("%-12s%s\n", label, text);
}

static void print_time(const tmesh_answer_t *answer, const char *label, const char *pointer)
{
    char text[TEXT_BYTES];
    cli_time_text(tmesh_answer_integer(answer, pointer, 0), text, sizeof text);
    print_line(label, text);
}

static void print_progress(const tmesh_answer_t *answer)
{
    printf("%-12s%" PRId64 " of %" PRId64 " complete", "steps",
           tmesh_answer_integer(answer, "/completed_steps", 0),
           tmesh_answer_integer(answer, "/total_steps", 0));
    static const struct {
        const char *pointer;
        const char *word;
    } kinds[] = {{"/in_progress_steps", "in progress"},
                 {"/pending_steps", "pending"},
                 {"/waiting_steps", "waiting"},
                 {"/failed_steps", "failed"},
                 {"/tolerated_steps", "failed and tolerated"},
                 {"/cancelled_steps", "cancelled"}};
    for (size_t i = 0; i < TMESH_COUNT_OF(kinds); i++) {
        int64_t count = tmesh_answer_integer(answer, kinds[i].pointer, 0);
        if (count > 0) printf(", %" PRId64 " %s", count, kinds[i].word);
    }
    putchar('\n');
}

void cli_print_task(const tmesh_answer_t *answer)
{
    print_line("task", tmesh_answer_text(answer, "/task_uuid"));
    printf("%-12s%s/%s@%s\n", "template", tmesh_answer_text(answer, "/namespace"),
           tmesh_answer_text(answer, "/name"), tmesh_answer_text(answer, "/version"));
    print_line("status", tmesh_answer_text(answer, "/status"));
    print_progress(answer);
    print_time(answer, "created", "/created_at");
    print_time(answer, "completed", "/completed_at");
    int64_t created_ms = tmesh_answer_integer(answer, "/created_at", 0);
    int64_t completed_ms = tmesh_answer_integer(answer, "/completed_at", 0);
    char text[TEXT_BYTES];
    if (completed_ms > 0) {
        cli_duration_text(completed_ms - created_ms, text, sizeof text);
        print_line("took", text);
    }
    print_line("waiting for", tmesh_answer_text(answer, "/waiting_reason"));
    print_line("initiator", tmesh_answer_text(answer, "/initiator"));
    print_line("reason", tmesh_answer_text(answer, "/reason"));
    tmesh_view_t context = tmesh_answer_payload(answer, "/context");
    if (context.data) printf("%-12s%.*s\n", "context", (int)context.size, context.data);
    if (tmesh_answer_count(answer, "/steps") > 0) {
        putchar('\n');
        cli_print_steps(answer);
    }
}

void cli_print_step(const tmesh_answer_t *answer)
{
    print_line("step", tmesh_answer_text(answer, "/step_uuid"));
    print_line("task", tmesh_answer_text(answer, "/task_uuid"));
    print_line("name", tmesh_answer_text(answer, "/name"));
    print_line("template", tmesh_answer_text(answer, "/template_step_name"));
    print_line("callable", tmesh_answer_text(answer, "/callable"));
    print_line("state", tmesh_answer_text(answer, "/current_state"));
    printf("%-12s%" PRId64 " of %" PRId64 "\n", "attempts",
           tmesh_answer_integer(answer, "/attempts", 0),
           tmesh_answer_integer(answer, "/max_attempts", 0));
    print_line("worker", tmesh_answer_text(answer, "/worker"));
    print_time(answer, "started", "/started_at");
    print_time(answer, "completed", "/completed_at");
    print_line("waiting for", tmesh_answer_text(answer, "/waiting_reason"));
    const char *code = tmesh_answer_text(answer, "/error/code");
    if (code) printf("%-12s%s: %s\n", "error", code, tmesh_answer_text(answer, "/error/message"));
    if (tmesh_answer_integer(answer, "/failure_tolerated", 0)) print_line("tolerated", "yes");
    tmesh_view_t result = tmesh_answer_payload(answer, "/results");
    if (result.data) printf("%-12s%.*s\n", "result", (int)result.size, result.data);
}

static void add_step_duration(cli_table_t *table, const tmesh_answer_t *answer, size_t i)
{
    int64_t started_ms = tmesh_answer_integer(answer, at("/steps", i, "started_at"), 0);
    int64_t completed_ms = tmesh_answer_integer(answer, at("/steps", i, "completed_at"), 0);
    const char *state = tmesh_answer_text(answer, at("/steps", i, "current_state"));
    bool is_running = state && strcmp(state, "in_progress") == 0;
    char text[TEXT_BYTES] = "";
    if (started_ms > 0 && completed_ms > 0) {
        cli_duration_text(completed_ms - started_ms, text, sizeof text);
    } else if (started_ms > 0 && is_running) {
        cli_duration_text(now_ms() - started_ms, text, sizeof text);
    }
    cli_table_add(table, text);
}

// The result, or what went wrong, or what it waits for; NULL for none of them. Yours.
static char *outcome_of_step(const tmesh_answer_t *answer, size_t i)
{
    tmesh_view_t result = tmesh_answer_payload(answer, at("/steps", i, "results"));
    if (result.data) {
        size_t size = result.size < RESULT_BYTES_MAX ? result.size : RESULT_BYTES_MAX;
        return tmesh_printf("%.*s", (int)size, result.data);
    }
    const char *message = tmesh_answer_text(answer, at("/steps", i, "error/message"));
    if (message) {
        return tmesh_printf("%s%s", cli_is_tolerated(answer, i) ? "tolerated: " : "", message);
    }
    const char *reason = tmesh_answer_text(answer, at("/steps", i, "waiting_reason"));
    return reason ? tmesh_strdup(reason) : NULL;
}

// A line stays one that can be read; `step get` shows all of it.
static void add_step_outcome(cli_table_t *table, const tmesh_answer_t *answer, size_t i)
{
    tmesh_auto_free char *outcome = outcome_of_step(answer, i);
    tmesh_auto_free char *shown = outcome ? cli_text_cut(outcome, RESULT_CHARS_MAX) : NULL;
    cli_table_add(table, shown);
}

void cli_print_steps(const tmesh_answer_t *answer)
{
    static const char *const titles[] = {"STEP",     "STATE",   "ATTEMPTS", "STARTED",
                                         "DURATION", "STEP ID", "RESULT"};
    cli_table_t *table = cli_table_new(titles, TMESH_COUNT_OF(titles));
    size_t count = tmesh_answer_count(answer, "/steps");
    for (size_t i = 0; i < count; i++) {
        char text[TEXT_BYTES];
        cli_table_add(table, tmesh_answer_text(answer, at("/steps", i, "name")));
        cli_table_add(table, tmesh_answer_text(answer, at("/steps", i, "current_state")));
        int64_t attempts = tmesh_answer_integer(answer, at("/steps", i, "attempts"), 0);
        int64_t attempts_max = tmesh_answer_integer(answer, at("/steps", i, "max_attempts"), 0);
        snprintf(text, sizeof text, "%" PRId64 "/%" PRId64, attempts, attempts_max);
        cli_table_add(table, text);
        cli_time_text(tmesh_answer_integer(answer, at("/steps", i, "started_at"), 0), text,
                      sizeof text);
        cli_table_add(table, strchr(text, ' ') ? strchr(text, ' ') + 1 : text);
        add_step_duration(table, answer, i);
        cli_table_add(table, tmesh_answer_text(answer, at("/steps", i, "step_uuid")));
        add_step_outcome(table, answer, i);
    }
    cli_table_print(table);
    cli_table_destroy(&table);
}

void cli_print_tasks(const tmesh_answer_t *answer)
{
    static const char *const titles[] = {"TASK", "TEMPLATE", "CREATED", "STEPS", "STATUS"};
    cli_table_t *table = cli_table_new(titles, TMESH_COUNT_OF(titles));
    size_t count = tmesh_answer_count(answer, "/tasks");
    for (size_t i = 0; i < count; i++) {
        char text[TEXT_BYTES];
        cli_table_add(table, tmesh_answer_text(answer, at("/tasks", i, "task_uuid")));
        tmesh_auto(tmesh_buffer) name = tmesh_buffer_new();
        static const char *const parts[] = {"namespace", "name", "version"};
        for (size_t part = 0; part < TMESH_COUNT_OF(parts); part++) {
            const char *word = tmesh_answer_text(answer, at("/tasks", i, parts[part]));
            tmesh_buffer_printf(name, "%s%s",
                                part == 0   ? ""
                                : part == 1 ? "/"
                                            : "@",
                                word ? word : "?");
        }
        cli_table_add(table, tmesh_buffer_text(name));
        cli_time_text(tmesh_answer_integer(answer, at("/tasks", i, "created_at"), 0), text,
                      sizeof text);
        cli_table_add(table, text);
        int64_t done = tmesh_answer_integer(answer, at("/tasks", i, "completed_steps"), 0);
        int64_t total = tmesh_answer_integer(answer, at("/tasks", i, "total_steps"), 0);
        snprintf(text, sizeof text, "%" PRId64 "/%" PRId64, done, total);
        cli_table_add(table, text);
        cli_table_add(table, tmesh_answer_text(answer, at("/tasks", i, "status")));
    }
    cli_table_print(table);
    cli_table_destroy(&table);
}
