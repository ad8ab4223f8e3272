#include "bin/taskmesh/bulk_view.h"

#include <inttypes.h>
#include <stdio.h>

#include "bin/taskmesh/table.h"
#include "runtime/base/memory.h"

enum { POINTER_BYTES = 64 };

static const char *text_of(const tmesh_answer_t *answer, size_t index, const char *field)
{
    char pointer[POINTER_BYTES];
    snprintf(pointer, sizeof pointer, "/tasks/%zu/%s", index, field);
    return tmesh_answer_text(answer, pointer);
}

const char *cli_bulk_task(const tmesh_answer_t *answer, size_t index)
{
    return text_of(answer, index, "task_uuid");
}

// Where it is now, or what would be done, or why not.
static void add_outcome(cli_table_t *table, const tmesh_answer_t *answer, size_t index)
{
    const char *code = text_of(answer, index, "error/code");
    const char *status = text_of(answer, index, "status");
    if (!code) {
        cli_table_add(table, status ? status : "allowed");
        return;
    }
    tmesh_auto_free char *refusal =
        tmesh_printf("refused: %s (%s)", text_of(answer, index, "error/message"), code);
    cli_table_add(table, refusal);
}

void cli_print_bulk(const tmesh_answer_t *answer)
{
    static const char *const titles[] = {"TASK", "BEFORE", "OUTCOME"};
    cli_table_t *table = cli_table_new(titles, TMESH_COUNT_OF(titles));
    size_t count = tmesh_answer_count(answer, "/tasks");
    for (size_t i = 0; i < count; i++) {
        cli_table_add(table, cli_bulk_task(answer, i));
        cli_table_add(table, text_of(answer, i, "before"));
        add_outcome(table, answer, i);
    }
    cli_table_print(table);
    cli_table_destroy(&table);
    if (count == 0) {
        puts("no tasks");
        return;
    }
    bool is_dry = tmesh_answer_integer(answer, "/dry_run", 0);
    printf("\n%" PRId64 " %s, %" PRId64 " refused\n", tmesh_answer_integer(answer, "/allowed", 0),
           is_dry ? "would be done" : "done", tmesh_answer_integer(answer, "/refused", 0));
    const char *next = tmesh_answer_text(answer, "/next");
    if (next) printf("more with --after %s\n", next);
}
