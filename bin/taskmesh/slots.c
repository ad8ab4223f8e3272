#include "bin/taskmesh/slots.h"

#include <assert.h>
#include <signal.h>
#include <string.h>
#include <sys/queue.h>

#include "bin/taskmesh/outcome.h"
#include "bin/taskmesh/process.h"
#include "bin/taskmesh/step_json.h"
#include "runtime/base/memory.h"

enum {
    KILL_AFTER_MS = 5000, // from SIGTERM to SIGKILL
    BACKOFF_MS_MIN = 100, // before a process that speaks lines is started again
    BACKOFF_MS_MAX = 5000,
    END_WAIT_MS = 50,
    END_TURNS_MAX = KILL_AFTER_MS / END_WAIT_MS,
};

typedef struct {
    tmesh_worker_run_t *run; // NULL: free
    bool is_cancelled;
    bool is_written;        // its JSON was given to the process
    cli_process_t *process; // NULL: none
    int64_t kill_at_ms;     // 0: not asked to end
    int64_t start_at_ms;    // not before this time
    int64_t backoff_ms;
} slot_t;

// A run that came before its slot was free.
typedef struct waiting {
    tmesh_worker_run_t *run;
    STAILQ_ENTRY(waiting) link;
} waiting_t;

struct cli_slots {
    char **argv;
    bool speaks_lines;
    bool uses_force;
    tmesh_worker_t *worker;
    const tmesh_clock_t *clock;
    slot_t *slots;
    size_t capacity;
    STAILQ_HEAD(, waiting) waiting;
    struct pollfd *fds;
};

cli_slots_t *cli_slots_new(char **argv, bool speaks_lines, size_t capacity, tmesh_worker_t *worker,
                           const tmesh_clock_t *clock)
{
    cli_slots_t *self = tmesh_alloc(sizeof *self);
    self->argv = argv;
    self->speaks_lines = speaks_lines;
    self->worker = worker;
    self->clock = clock;
    self->capacity = capacity;
    self->slots = tmesh_alloc_array(capacity, sizeof *self->slots);
    self->fds = tmesh_alloc_array(1 + capacity * CLI_PROCESS_FDS, sizeof *self->fds);
    STAILQ_INIT(&self->waiting);
    return self;
}

static int64_t now_ms(const cli_slots_t *self)
{
    return tmesh_clock_monotonic_ms(self->clock);
}

// Gives all processes the time to end by themselves.
static void end_politely(cli_slots_t *self)
{
    for (size_t i = 0; i < self->capacity; i++) {
        cli_process_t *process = self->slots[i].process;
        if (!process) continue;
        process->closes_input = true;
        cli_process_signal(process, SIGTERM);
    }
    for (int turn = 0; turn < END_TURNS_MAX; turn++) {
        size_t count = 0;
        for (size_t i = 0; i < self->capacity; i++) {
            cli_process_t *process = self->slots[i].process;
            if (!process) continue;
            cli_process_progress(process);
            if (!process->has_ended) count += cli_process_fill(process, &self->fds[count]);
        }
        if (count == 0) return;
        (void)poll(self->fds, count, END_WAIT_MS);
    }
}

void cli_slots_destroy(cli_slots_t **self_p)
{
    cli_slots_t *self = *self_p;
    if (!self) return;
    if (!self->uses_force) end_politely(self);
    for (size_t i = 0; i < self->capacity; i++) cli_process_destroy(&self->slots[i].process);
    while (!STAILQ_EMPTY(&self->waiting)) {
        waiting_t *first = STAILQ_FIRST(&self->waiting);
        STAILQ_REMOVE_HEAD(&self->waiting, link);
        tmesh_free(first);
    }
    tmesh_free(self->slots);
    tmesh_free(self->fds);
    tmesh_free(self);
    *self_p = NULL;
}

void cli_slots_kill(cli_slots_t *self)
{
    self->uses_force = true;
}

static slot_t *free_slot(cli_slots_t *self)
{
    for (size_t i = 0; i < self->capacity; i++) {
        if (!self->slots[i].run) return &self->slots[i];
    }
    return NULL;
}

static void occupy(slot_t *slot, tmesh_worker_run_t *run)
{
    slot->run = run;
    slot->is_cancelled = false;
    slot->is_written = false;
    run->user = slot;
}

void cli_slots_take(cli_slots_t *self, tmesh_worker_run_t *run)
{
    slot_t *slot = free_slot(self);
    if (slot) {
        occupy(slot, run);
        return;
    }
    waiting_t *waiting = tmesh_alloc(sizeof *waiting);
    waiting->run = run;
    STAILQ_INSERT_TAIL(&self->waiting, waiting, link);
}

static void ask_to_end(cli_slots_t *self, slot_t *slot)
{
    if (slot->kill_at_ms) return;
    cli_process_signal(slot->process, SIGTERM);
    slot->kill_at_ms = now_ms(self) + KILL_AFTER_MS;
}

void cli_slots_cancel(cli_slots_t *self, tmesh_worker_run_t *run)
{
    slot_t *slot = run->user;
    if (slot) {
        slot->is_cancelled = true;
        if (slot->process && slot->is_written) {
            ask_to_end(self, slot);
            return;
        }
        slot->run = NULL;
    } else {
        waiting_t *waiting;
        STAILQ_FOREACH(waiting, &self->waiting, link) {
            if (waiting->run == run) break;
        }
        assert(waiting);
        STAILQ_REMOVE(&self->waiting, waiting, waiting, link);
        tmesh_free(waiting);
    }
    tmesh_worker_forget(self->worker, run);
}

// The step is answered, in whatever way; the slot is free for the next one.
static tmesh_worker_run_t *release(slot_t *slot)
{
    tmesh_worker_run_t *run = slot->run;
    slot->run = NULL;
    return run;
}

// ---- One slot moves on --------------------------------------------------------------------------

static void back_off(cli_slots_t *self, slot_t *slot)
{
    int64_t next_ms = slot->backoff_ms ? slot->backoff_ms * 2 : BACKOFF_MS_MIN;
    slot->backoff_ms = next_ms < BACKOFF_MS_MAX ? next_ms : BACKOFF_MS_MAX;
    slot->start_at_ms = now_ms(self) + slot->backoff_ms;
}

static void start(cli_slots_t *self, slot_t *slot)
{
    if (now_ms(self) < slot->start_at_ms) return;
    const char *message = "";
    slot->kill_at_ms = 0;
    if (cli_process_start(self->argv, !self->speaks_lines, &slot->process, &message)) {
        back_off(self, slot);
        cli_outcome_of_no_start(self->worker, release(slot), message);
        return;
    }
    slot->process->closes_input = !self->speaks_lines;
}

static void write_step(const cli_slots_t *self, slot_t *slot)
{
    if (self->speaks_lines) cli_step_json_write_line(slot->run, slot->process->input);
    else cli_step_json_write(slot->run, slot->process->input);
    slot->is_written = true;
}

// Takes the first line out of what the process wrote; a line without a step answers nothing.
static bool take_line(cli_slots_t *self, slot_t *slot)
{
    tmesh_buffer_t *output = slot->process->output;
    const char *end = output->size ? memchr(output->data, '\n', output->size) : NULL;
    if (!end) return false;
    size_t size = (size_t)(end - output->data);
    tmesh_bytes_t line = tmesh_bytes(output->data, size);
    bool has_step = slot->run && slot->is_written && !slot->is_cancelled;
    if (has_step && !cli_outcome_of_news(self->worker, slot->run, line)) {
        cli_outcome_of_line(self->worker, release(slot), line);
        slot->backoff_ms = 0;
    }
    tmesh_auto(tmesh_buffer) rest = tmesh_buffer_new();
    tmesh_buffer_add(rest, end + 1, output->size - size - 1);
    tmesh_buffer_clear(output);
    tmesh_buffer_add(output, rest->data, rest->size);
    return true;
}

static void bury(cli_slots_t *self, slot_t *slot)
{
    bool had_step = slot->run && slot->is_written;
    if (had_step && slot->is_cancelled) {
        tmesh_worker_forget(self->worker, release(slot));
    } else if (had_step && self->speaks_lines) {
        cli_outcome_of_death(self->worker, release(slot), slot->process);
    } else if (had_step) {
        cli_outcome_of_exit(self->worker, release(slot), slot->process);
    }
    if (self->speaks_lines && !slot->kill_at_ms) back_off(self, slot);
    slot->kill_at_ms = 0;
    cli_process_destroy(&slot->process);
}

static void move_on(cli_slots_t *self, slot_t *slot)
{
    if (slot->run && !slot->process) start(self, slot);
    if (!slot->process) return;
    bool is_ending = slot->kill_at_ms != 0;
    if (slot->run && !slot->is_written && !is_ending) write_step(self, slot);
    cli_process_progress(slot->process);
    while (self->speaks_lines && take_line(self, slot)) { // ends with what was read
    }
    if (self->speaks_lines && slot->process->overflowed && !is_ending) {
        if (slot->run && !slot->is_cancelled) cli_outcome_of_overflow(self->worker, release(slot));
        ask_to_end(self, slot);
    }
    if (slot->process->has_ended) bury(self, slot);
    else if (slot->kill_at_ms && now_ms(self) >= slot->kill_at_ms) {
        cli_process_signal(slot->process, SIGKILL);
    }
}

void cli_slots_progress(cli_slots_t *self)
{
    for (size_t i = 0; i < self->capacity; i++) {
        slot_t *slot = &self->slots[i];
        move_on(self, slot);
        while (!slot->run && !STAILQ_EMPTY(&self->waiting)) { // ends when none wait, or it is busy
            waiting_t *first = STAILQ_FIRST(&self->waiting);
            STAILQ_REMOVE_HEAD(&self->waiting, link);
            occupy(slot, first->run);
            tmesh_free(first);
            move_on(self, slot);
        }
    }
}

struct pollfd *cli_slots_fill(cli_slots_t *self, const struct pollfd *first, size_t *count)
{
    self->fds[0] = *first;
    size_t filled = 1;
    for (size_t i = 0; i < self->capacity; i++) {
        const cli_process_t *process = self->slots[i].process;
        if (process) filled += cli_process_fill(process, &self->fds[filled]);
    }
    *count = filled;
    return self->fds;
}

int64_t cli_slots_next_ms(const cli_slots_t *self)
{
    int64_t next_ms = INT64_MAX;
    for (size_t i = 0; i < self->capacity; i++) {
        const slot_t *slot = &self->slots[i];
        int64_t due_ms = INT64_MAX;
        if (slot->kill_at_ms) due_ms = slot->kill_at_ms;
        else if (slot->run && !slot->process) due_ms = slot->start_at_ms;
        if (due_ms < next_ms) next_ms = due_ms;
    }
    return next_ms;
}
