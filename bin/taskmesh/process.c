#include "bin/taskmesh/process.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "runtime/base/memory.h"

enum {
    READ_BYTES = 65536,
    READS_PER_TURN = 64, // one loud child must not starve the others
    STDERR_KEPT_TWICE = 2 * CLI_PROCESS_STDERR_BYTES,
};

extern char **environ;

// Three pipes; [0] is read, [1] is written.
typedef struct {
    int in[2];
    int out[2];
    int err[2];
} pipes_t;

static void close_fd(int *fd)
{
    if (*fd >= 0) close(*fd);
    *fd = -1;
}

static void close_pipes(pipes_t *pipes)
{
    for (int side = 0; side < 2; side++) {
        close_fd(&pipes->in[side]);
        close_fd(&pipes->out[side]);
        close_fd(&pipes->err[side]);
    }
}

static bool open_pipes(pipes_t *pipes, bool keeps_stderr)
{
    *pipes = (pipes_t){{-1, -1}, {-1, -1}, {-1, -1}};
    bool good = pipe2(pipes->in, O_CLOEXEC) == 0 && pipe2(pipes->out, O_CLOEXEC) == 0 &&
                (!keeps_stderr || pipe2(pipes->err, O_CLOEXEC) == 0);
    if (!good) close_pipes(pipes);
    return good;
}

// The child begins with no signal blocked or ignored, in a group of its own.
static void set_attributes(posix_spawnattr_t *attributes)
{
    sigset_t none;
    sigset_t all;
    sigemptyset(&none);
    sigfillset(&all);
    posix_spawnattr_init(attributes);
    posix_spawnattr_setflags(attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF |
                                             POSIX_SPAWN_SETPGROUP);
    posix_spawnattr_setsigmask(attributes, &none);
    posix_spawnattr_setsigdefault(attributes, &all);
    posix_spawnattr_setpgroup(attributes, 0);
}

static int spawn(char **argv, const pipes_t *pipes, pid_t *pid)
{
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, pipes->in[0], STDIN_FILENO);
    posix_spawn_file_actions_adddup2(&actions, pipes->out[1], STDOUT_FILENO);
    if (pipes->err[1] >= 0) {
        posix_spawn_file_actions_adddup2(&actions, pipes->err[1], STDERR_FILENO);
    }
    posix_spawnattr_t attributes;
    set_attributes(&attributes);
    int error = posix_spawnp(pid, argv[0], &actions, &attributes, argv, environ);
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
    return error;
}

static int keep_end(int *fd)
{
    int kept = *fd;
    *fd = -1;
    if (kept >= 0) fcntl(kept, F_SETFL, fcntl(kept, F_GETFL) | O_NONBLOCK);
    return kept;
}

tmesh_err_t cli_process_start(char **argv, bool keeps_stderr, cli_process_t **self_p,
                              const char **message_p)
{
    pipes_t pipes;
    if (!open_pipes(&pipes, keeps_stderr)) {
        *message_p = strerrordesc_np(errno);
        return TMESH_ERR_IO;
    }
    pid_t pid;
    int error = spawn(argv, &pipes, &pid);
    if (error) {
        close_pipes(&pipes);
        *message_p = strerrordesc_np(error);
        return TMESH_ERR_IO;
    }
    cli_process_t *self = tmesh_alloc(sizeof *self);
    self->pid = pid;
    self->pidfd = pidfd_open(pid, 0);
    self->in = keep_end(&pipes.in[1]);
    self->out = keep_end(&pipes.out[0]);
    self->err = keep_end(&pipes.err[0]);
    close_pipes(&pipes);
    self->input = tmesh_buffer_new();
    self->output = tmesh_buffer_new();
    self->error = tmesh_buffer_new();
    if (self->pidfd < 0) {
        *message_p = strerrordesc_np(errno);
        cli_process_destroy(&self);
        return TMESH_ERR_IO;
    }
    *self_p = self;
    return TMESH_OK;
}

void cli_process_destroy(cli_process_t **self_p)
{
    cli_process_t *self = *self_p;
    if (!self) return;
    cli_process_signal(self, SIGKILL);
    while (!self->has_ended && waitpid(self->pid, NULL, 0) < 0 && errno == EINTR) {
        // It was killed, so this ends.
    }
    close_fd(&self->pidfd);
    close_fd(&self->in);
    close_fd(&self->out);
    close_fd(&self->err);
    tmesh_buffer_destroy(&self->input);
    tmesh_buffer_destroy(&self->output);
    tmesh_buffer_destroy(&self->error);
    tmesh_free(self);
    *self_p = NULL;
}

size_t cli_process_fill(const cli_process_t *self, struct pollfd *fds)
{
    size_t count = 0;
    bool wants_to_write = self->in >= 0 && self->written < self->input->size;
    if (wants_to_write) fds[count++] = (struct pollfd){.fd = self->in, .events = POLLOUT};
    if (self->out >= 0) fds[count++] = (struct pollfd){.fd = self->out, .events = POLLIN};
    if (self->err >= 0) fds[count++] = (struct pollfd){.fd = self->err, .events = POLLIN};
    if (!self->has_ended) fds[count++] = (struct pollfd){.fd = self->pidfd, .events = POLLIN};
    return count;
}

static bool would_block(void)
{
    return errno == EAGAIN || errno == EINTR;
}

static void write_input(cli_process_t *self)
{
    while (self->in >= 0 && self->written < self->input->size) { // ends when the pipe is full
        ssize_t put =
            write(self->in, self->input->data + self->written, self->input->size - self->written);
        if (put < 0 && would_block()) return;
        if (put < 0) {
            close_fd(&self->in); // it does not want to read; its answer may be good all the same
            return;
        }
        self->written += (size_t)put;
    }
    tmesh_buffer_clear(self->input);
    self->written = 0;
    if (self->closes_input) close_fd(&self->in);
}

// One read into `chunk`: more than 0, or 0 when there is nothing now. Closes at the end.
static size_t read_some(int *fd, char *chunk)
{
    if (*fd < 0) return 0;
    ssize_t got = read(*fd, chunk, READ_BYTES);
    if (got > 0) return (size_t)got;
    if (got == 0 || !would_block()) close_fd(fd);
    return 0;
}

static void read_output(cli_process_t *self, char *chunk)
{
    for (int i = 0; i < READS_PER_TURN; i++) {
        size_t got = read_some(&self->out, chunk);
        if (got == 0) return;
        if (self->output->size + got > CLI_PROCESS_OUTPUT_BYTES_MAX) self->overflowed = true;
        if (!self->overflowed) tmesh_buffer_add(self->output, chunk, got);
    }
}

static void read_error(cli_process_t *self, char *chunk)
{
    for (int i = 0; i < READS_PER_TURN; i++) {
        size_t got = read_some(&self->err, chunk);
        if (got == 0) return;
        tmesh_buffer_add(self->error, chunk, got);
        if (self->error->size > STDERR_KEPT_TWICE) {
            size_t dropped = self->error->size - CLI_PROCESS_STDERR_BYTES;
            char *end = tmesh_memdup(self->error->data + dropped, CLI_PROCESS_STDERR_BYTES);
            tmesh_buffer_clear(self->error);
            tmesh_buffer_add(self->error, end, CLI_PROCESS_STDERR_BYTES);
            tmesh_free(end);
        }
    }
}

void cli_process_progress(cli_process_t *self)
{
    // Its end first: what it wrote before is then in the pipes, and read below.
    if (!self->has_ended && waitpid(self->pid, &self->wait_status, WNOHANG) == self->pid) {
        self->has_ended = true;
    }
    write_input(self);
    tmesh_auto_free char *chunk = tmesh_alloc(READ_BYTES);
    read_output(self, chunk);
    read_error(self, chunk);
}

void cli_process_signal(const cli_process_t *self, int number)
{
    if (!self->has_ended) kill(-self->pid, number);
}
