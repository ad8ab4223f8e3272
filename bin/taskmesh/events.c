#include "bin/taskmesh/events.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "bin/taskmesh/table.h"
#include "runtime/base/memory.h"
#include "services/domain/json_text.h"

enum {
    TIME_BYTES = 64,
    PAGE_EVENTS = 1000,
    POINTER_BYTES = 64,
    // Not longer, because a server that was killed is only noticed after it.
    FOLLOW_WAIT_MS = 2000,
};

static const char *at(size_t index, const char *field, char pointer[POINTER_BYTES])
{
    snprintf(pointer, POINTER_BYTES, "/events/%zu/%s", index, field);
    return pointer;
}

static const char *event_text(const tmesh_answer_t *answer, size_t index, const char *field)
{
    char pointer[POINTER_BYTES];
    return tmesh_answer_text(answer, at(index, field, pointer));
}

static int64_t event_number(const tmesh_answer_t *answer, size_t index, const char *field)
{
    char pointer[POINTER_BYTES];
    return tmesh_answer_integer(answer, at(index, field, pointer), 0);
}

// ---- Reading ------------------------------------------------------------------------------------

static int64_t monotonic_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static bool is_silence(const tmesh_answer_t *answer)
{
    return strcmp(tmesh_answer_error_code(answer), "no_answer") == 0 ||
           tmesh_answer_status(answer) == 503;
}

int cli_reading_next(cli_reading_t *self, int64_t wait_ms, tmesh_answer_t **answer_p)
{
    bool has_complained = false;
    while (!cli_is_interrupted()) { // ends after give_up_ms
        tmesh_answer_t *answer =
            tmesh_client_events(self->client, self->task_uuid, self->last, PAGE_EVENTS, wait_ms);
        if (tmesh_answer_is_ok(answer)) {
            const char *status = tmesh_answer_text(answer, "/status");
            snprintf(self->status, sizeof self->status, "%s", status ? status : "unknown");
            self->answered_ms = monotonic_ms();
            size_t count = tmesh_answer_count(answer, "/events");
            if (count > 0) self->last = event_number(answer, count - 1, "number");
            *answer_p = answer;
            return CLI_GO_ON;
        }
        bool may_come_back = self->answered_ms > 0 && is_silence(answer) &&
                             monotonic_ms() - self->answered_ms < self->give_up_ms;
        int code = may_come_back ? CLI_GO_ON : cli_report(answer);
        tmesh_answer_destroy(&answer);
        if (code != CLI_GO_ON) return code;
        if (!has_complained && self->on_silence) self->on_silence(self->context);
        else if (!has_complained) (void)cli_fail("the server does not answer, trying again");
        has_complained = true;
    }
    return CLI_EXIT_INTERRUPTED; // by a signal that came while nobody waited
}

bool cli_reading_is_at_end(const cli_reading_t *self, const tmesh_answer_t *answer)
{
    return self->last >= tmesh_answer_integer(answer, "/last", 0);
}

bool cli_reading_is_over(const cli_reading_t *self, const tmesh_answer_t *answer)
{
    return cli_reading_is_at_end(self, answer) && tmesh_answer_integer(answer, "/settled", 0);
}

int cli_reading_follow(cli_reading_t *self, bool as_json)
{
    bool is_over = false;
    while (!is_over) { // ends when the task is settled, or the server is gone
        tmesh_answer_t *answer = NULL;
        int code = cli_reading_next(self, FOLLOW_WAIT_MS, &answer);
        if (code != CLI_GO_ON) return code;
        if (as_json) cli_print_event_documents(answer);
        else cli_print_event_lines(answer);
        fflush(stdout);
        is_over = cli_reading_is_over(self, answer);
        tmesh_answer_destroy(&answer);
    }
    return CLI_EXIT_OK;
}

// ---- Showing ------------------------------------------------------------------------------------

static const char *event_time(const tmesh_answer_t *answer, size_t index,
                           char text[TIME_BYTES])
{
    int64_t at_ms = event_number(answer, index, "at");
    cli_time_text(at_ms, text, TIME_BYTES);
    size_t length = strlen(text);
    snprintf(text + length, TIME_BYTES - length, ".%03d", (int)(at_ms % 1000));
    return text;
}

static const char *of_step(const tmesh_answer_t *answer, size_t index)
{
    const char *step = event_text(answer, index, "step");
    const char *id = event_text(answer, index, "step_uuid");
    return step ? step : id ? id : "task";
}

static void print_line(const tmesh_answer_t *answer, size_t i)
{
    char time[TIME_BYTES];
    const char *from = event_text(answer, i, "from");
    const char *worker = event_text(answer, i, "worker");
    int64_t run = event_number(answer, i, "run");
    tmesh_auto_free char *step = cli_text_shown(of_step(answer, i));
    tmesh_auto_free char *move =
        tmesh_printf("%s -> %s", from ? from : "-", event_text(answer, i, "to"));
    printf("%5" PRId64 "  %s  %-20s  %-38s  %s", event_number(answer, i, "number"),
           event_time(answer, i, time), step, move, event_text(answer, i, "event"));
    if (run > 0) printf("  run %" PRId64, run);
    if (worker) {
        tmesh_auto_free char *shown = cli_text_shown(worker);
        printf("  %s", shown);
    }
    putchar('\n');
}

void cli_print_event_lines(const tmesh_answer_t *answer)
{
    size_t count = tmesh_answer_count(answer, "/events");
    for (size_t i = 0; i < count; i++) print_line(answer, i);
}

static tmesh_bytes_t events_of(tmesh_answer_t *answer)
{
    return tmesh_json_member(tmesh_bytes_of_text(tmesh_answer_json(answer)), "events");
}

void cli_print_event_documents(tmesh_answer_t *answer)
{
    size_t position = 0;
    tmesh_bytes_t event;
    tmesh_bytes_t events = events_of(answer);
    while (tmesh_json_next(events, &position, NULL, &event)) {
        printf("%.*s\n", (int)event.size, event.data);
    }
}

tmesh_bytes_t cli_event_documents(tmesh_answer_t *answer)
{
    tmesh_bytes_t events = events_of(answer);
    return events.size < 2 ? TMESH_BYTES_NONE : tmesh_bytes(events.data + 1, events.size - 2);
}

void cli_add_event_row(cli_table_t *table, const tmesh_answer_t *answer, size_t i)
{
    char time[TIME_BYTES];
    const char *from = event_text(answer, i, "from");
    tmesh_auto_free char *move =
        tmesh_printf("%s -> %s", from ? from : "-", event_text(answer, i, "to"));
    cli_table_add_number(table, event_number(answer, i, "number"));
    cli_table_add(table, event_time(answer, i, time));
    cli_table_add(table, of_step(answer, i));
    cli_table_add(table, move);
    cli_table_add(table, event_text(answer, i, "event"));
    cli_table_add(table, event_text(answer, i, "worker"));
    int64_t run = event_number(answer, i, "run");
    if (run > 0) cli_table_add_number(table, run);
    else cli_table_add(table, NULL);
}
