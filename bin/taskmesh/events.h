// bin/taskmesh/events.h - the passages of a task and its steps: read page by page, followed while
// they happen, shown as lines.
#ifndef TMESH_BIN_TASKMESH_EVENTS_H
#define TMESH_BIN_TASKMESH_EVENTS_H

#include "bin/taskmesh/cli.h"
#include "bin/taskmesh/table.h"
#include "runtime/base/bytes.h"

enum { CLI_GIVE_UP_MS = 60000, CLI_STATUS_BYTES = 64 };

// Where somebody is who reads the history of a task.
typedef struct {
    tmesh_client_t *client; // lent
    const char *task_uuid;  // lent
    int64_t give_up_ms;     // a server that was there may be silent for so long
    // Told once per silence, or NULL: it is said on stderr.
    void (*on_silence)(void *context);
    void *context;
    // Kept here:
    int64_t last;                  // number of the last event that was read
    char status[CLI_STATUS_BYTES]; // of the task, by the last answer
    int64_t answered_ms;           // monotonic; 0: never
} cli_reading_t;

// The next events, which are waited for up to wait_ms; maybe none. Outlives a restart of the server.
// CLI_GO_ON and *answer_p (yours), or an exit code after it has said why.
int cli_reading_next(cli_reading_t *self, int64_t wait_ms, tmesh_answer_t **answer_p);
// After an answer: all that the task has so far was read.
bool cli_reading_is_at_end(const cli_reading_t *self, const tmesh_answer_t *answer);
// And the task is settled, so that no more is to be expected.
bool cli_reading_is_over(const cli_reading_t *self, const tmesh_answer_t *answer);

// Reads until the task is settled, and prints each event as a line, or as a line of JSON.
int cli_reading_follow(cli_reading_t *self, bool as_json);
// One line for each event of an answer.
void cli_print_event_lines(const tmesh_answer_t *answer);
void cli_print_event_documents(tmesh_answer_t *answer);

// Seven cells: number, time, step, from -> to, event, worker, run.
void cli_add_event_row(cli_table_t *table, const tmesh_answer_t *answer, size_t index);
// The array as it was sent, without its brackets.
tmesh_bytes_t cli_event_documents(tmesh_answer_t *answer);

#endif
