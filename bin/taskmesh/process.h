// bin/taskmesh/process.h - a child process and its pipes, never blocking.
// In a process group of its own, so that a Ctrl-C at the terminal is ours alone and a kill reaches
// its children too.
#ifndef TMESH_BIN_TASKMESH_PROCESS_H
#define TMESH_BIN_TASKMESH_PROCESS_H

#include <poll.h>
#include <stdbool.h>
#include <sys/types.h>

#include "runtime/base/bytes.h"
#include "runtime/base/error.h"

enum {
    CLI_PROCESS_FDS = 4,
    CLI_PROCESS_OUTPUT_BYTES_MAX = 16 * 1024 * 1024,
    CLI_PROCESS_STDERR_BYTES = 2048, // the end of it is kept
};

typedef struct {
    pid_t pid;
    int pidfd; // readable when it has ended
    int in;    // -1: closed
    int out;
    int err;               // -1 also when its stderr is ours
    tmesh_buffer_t *input; // to write; `written` of it is done
    size_t written;
    bool closes_input;      // when all is written
    tmesh_buffer_t *output; // read and not yet taken
    bool overflowed;        // it wrote more than CLI_PROCESS_OUTPUT_BYTES_MAX
    tmesh_buffer_t *error;  // the end of its stderr
    bool has_ended;
    int wait_status; // once it has ended
} cli_process_t;

// argv as for execvp. keeps_stderr: read it, instead of leaving it ours. Fails with *message_p (a
// static text) set.
tmesh_err_t cli_process_start(char **argv, bool keeps_stderr, cli_process_t **self_p,
                              const char **message_p);
// Kills it if it still runs, and waits for its end.
void cli_process_destroy(cli_process_t **self_p);

// Adds what its pipes wait for: at most CLI_PROCESS_FDS.
size_t cli_process_fill(const cli_process_t *self, struct pollfd *fds);
// Writes and reads whatever goes without waiting, and notices its end.
void cli_process_progress(cli_process_t *self);
void cli_process_signal(const cli_process_t *self, int number);

#endif
