// Talking to the server, and saying on stderr what went wrong.
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "bin/taskmesh/cli.h"
#include "runtime/base/bytes.h"
#include "runtime/base/memory.h"

enum { ERROR_BYTES = 512, READ_BYTES = 65536, FILE_BYTES_MAX = 64 * 1024 * 1024 };

static volatile sig_atomic_t is_interrupted;

static void note_signal(int number)
{
    (void)number;
    is_interrupted = 1;
}

bool cli_is_interrupted(void)
{
    return is_interrupted;
}

static int ask_interrupted(void *context)
{
    (void)context;
    return is_interrupted;
}

static tmesh_client_t *connect_for(const cli_t *cli, int64_t timeout_ms, int64_t resend_after_ms)
{
    struct sigaction action = {.sa_handler = note_signal}; // without SA_RESTART: it ends a wait
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    const tmesh_client_options_t options = {
        .endpoint = cli->endpoint,
        .timeout_ms = timeout_ms > 0 ? timeout_ms : 1, // 0 would be the default
        .resend_after_ms = resend_after_ms,
        .is_interrupted = ask_interrupted,
    };
    char error[ERROR_BYTES];
    tmesh_client_t *client = tmesh_client_open(&options, error, sizeof error);
    if (!client) (void)cli_fail("%s", error);
    return client;
}

tmesh_client_t *cli_connect(const cli_t *cli)
{
    return connect_for(cli, cli->timeout_ms, 0);
}

tmesh_client_t *cli_connect_once(const cli_t *cli, int64_t timeout_ms)
{
    return connect_for(cli, timeout_ms, timeout_ms + 1);
}

int cli_fail(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    fputs("taskmesh: ", stderr);
    vfprintf(stderr, format, arguments);
    fputc('\n', stderr);
    va_end(arguments);
    return CLI_EXIT_FAILED;
}

int cli_report(const tmesh_answer_t *answer)
{
    const char *code = tmesh_answer_error_code(answer);
    const char *where = tmesh_answer_error_where(answer);
    fprintf(stderr, "taskmesh: %s (%s%s%s)\n", tmesh_answer_error_message(answer), code,
            *where ? ", " : "", where);
    if (strcmp(code, "interrupted") == 0) return CLI_EXIT_INTERRUPTED;
    switch (tmesh_answer_status(answer)) {
    case 404: return CLI_EXIT_NOT_FOUND;
    case 409: return CLI_EXIT_CONFLICT;
    case 0:
    case 429:
    case 503: return CLI_EXIT_UNAVAILABLE;
    default: return CLI_EXIT_FAILED;
    }
}

int cli_finish(const cli_t *cli, tmesh_client_t **client_p, tmesh_answer_t **answer_p,
               void (*print)(const tmesh_answer_t *answer))
{
    int code = CLI_EXIT_OK;
    if (!tmesh_answer_is_ok(*answer_p)) code = cli_report(*answer_p);
    else if (cli->as_json) puts(tmesh_answer_json(*answer_p));
    else print(*answer_p);
    tmesh_answer_destroy(answer_p);
    tmesh_client_close(client_p);
    return code;
}

static char *read_all(int fd, const char *name, size_t *size)
{
    tmesh_auto(tmesh_buffer) buffer = tmesh_buffer_new();
    tmesh_auto_free char *chunk = tmesh_alloc(READ_BYTES);
    while (buffer->size <= FILE_BYTES_MAX) {
        ssize_t got = read(fd, chunk, READ_BYTES);
        if (got < 0 && errno == EINTR && !is_interrupted) continue;
        if (got < 0) {
            (void)cli_fail("can not read %s: %s", name, strerror(errno));
            return NULL;
        }
        if (got == 0) {
            *size = buffer->size;
            return tmesh_buffer_take(buffer);
        }
        tmesh_buffer_add(buffer, chunk, (size_t)got);
    }
    (void)cli_fail("%s has more than %d bytes", name, FILE_BYTES_MAX);
    return NULL;
}

char *cli_read_file(const char *path, size_t *size)
{
    if (strcmp(path, "-") == 0) return read_all(STDIN_FILENO, "standard input", size);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        (void)cli_fail("can not open %s: %s", path, strerror(errno));
        return NULL;
    }
    char *text = read_all(fd, path, size);
    close(fd);
    return text;
}

char *cli_read_json(const char *given, size_t *size)
{
    if (strcmp(given, "-") == 0) return cli_read_file("-", size);
    if (*given == '@') return cli_read_file(given + 1, size);
    *size = strlen(given);
    return tmesh_strdup(given);
}
