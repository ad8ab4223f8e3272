// bin/taskmesh/slots.h - the processes of `worker run`, as many as its capacity.
// A slot holds one step at a time. Without lines a process lives for one step; with lines it stays,
// and is started again, a little later each time, when it dies.
#ifndef TMESH_BIN_TASKMESH_SLOTS_H
#define TMESH_BIN_TASKMESH_SLOTS_H

#include <poll.h>
#include <stdbool.h>
#include <stdint.h>

#include "runtime/base/clock.h"
#include "taskmesh/worker.h"

typedef struct cli_slots cli_slots_t;

// argv, worker and clock are lent.
cli_slots_t *cli_slots_new(char **argv, bool speaks_lines, size_t capacity, tmesh_worker_t *worker,
                           const tmesh_clock_t *clock);
// Ends what still runs: politely, then by force after a few seconds.
void cli_slots_destroy(cli_slots_t **self_p);

// Runs it as soon as a slot is free.
void cli_slots_take(cli_slots_t *self, tmesh_worker_run_t *run);
// Nobody awaits it any more: SIGTERM, SIGKILL five seconds later, then it is forgotten.
void cli_slots_cancel(cli_slots_t *self, tmesh_worker_run_t *run);
// The next destroy uses force at once.
void cli_slots_kill(cli_slots_t *self);

// What to poll for; lent until the next call.
struct pollfd *cli_slots_fill(cli_slots_t *self, const struct pollfd *first, size_t *count);
// Moves everything on that can move, and hands in what is finished.
void cli_slots_progress(cli_slots_t *self);
// When progress is due without anything to poll; INT64_MAX: never.
int64_t cli_slots_next_ms(const cli_slots_t *self);

#endif
