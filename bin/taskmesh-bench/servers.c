#include "bin/taskmesh-bench/servers.h"

#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>
#include <zmq.h>

#include "bin/taskmesh-bench/bench.h"
#include "runtime/base/memory.h"

enum { FRAME_BYTES_MAX = 256, FRAMES_MAX = 8 };

extern char **environ;

static bool start(const char *path, char *const *arguments, pid_t *pid_p)
{
    int rc = posix_spawn(pid_p, path, NULL, NULL, arguments, environ);
    if (rc == 0) return true;
    fprintf(stderr, "taskmesh-bench: %s: %s\n", path, strerror(rc));
    return false;
}

bool bench_daemon_start(const char *endpoint, pid_t *pid_p)
{
    char path[BENCH_PATH_BYTES] = "";
    ssize_t length = readlink("/proc/self/exe", path, sizeof path - sizeof "taskmeshd");
    char *slash = length > 0 ? strrchr(path, '/') : NULL;
    if (!slash) return false;
    strcpy(slash + 1, "taskmeshd");
    char *arguments[] = {path, "--store", "sqlite::memory:", "--bind", (char *)endpoint,
                         "--set", "publish=", "--set", "log_level=error",
                         "--set", "peer_queue_messages_max=10000", NULL};
    return start(path, arguments, pid_p);
}

bool bench_echo_start(const char *endpoint, size_t body_bytes, pid_t *pid_p)
{
    char number[32];
    snprintf(number, sizeof number, "%zu", body_bytes);
    char *arguments[] = {"taskmesh-bench", "echo", (char *)endpoint, number, NULL};
    return start("/proc/self/exe", arguments, pid_p);
}

void bench_server_stop(pid_t *pid_p)
{
    if (*pid_p == 0) return;
    kill(*pid_p, SIGTERM);
    waitpid(*pid_p, NULL, 0);
    *pid_p = 0;
}

// Who asked and the request id come back as they are.
static void answer(void *router, const char *body, size_t body_bytes)
{
    char frames[FRAMES_MAX][FRAME_BYTES_MAX];
    size_t sizes[FRAMES_MAX] = {0};
    int more = 1;
    for (int i = 0; more; i++) {
        int size = zmq_recv(router, frames[i % FRAMES_MAX], FRAME_BYTES_MAX, 0);
        if (size < 0) return;
        sizes[i % FRAMES_MAX] = (size_t)size;
        size_t option_bytes = sizeof more;
        zmq_getsockopt(router, ZMQ_RCVMORE, &more, &option_bytes);
    }
    zmq_send(router, frames[0], sizes[0], ZMQ_SNDMORE);
    zmq_send(router, "TM1", 3, ZMQ_SNDMORE);
    zmq_send(router, "200", 3, ZMQ_SNDMORE);
    zmq_send(router, frames[3], sizes[3], ZMQ_SNDMORE);
    zmq_send(router, body, body_bytes, 0);
}

int bench_echo(const char *endpoint, const char *body_bytes)
{
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    size_t bytes = (size_t)strtoul(body_bytes, NULL, 10);
    tmesh_auto_free char *body = tmesh_alloc(bytes);
    void *router = zmq_socket(zmq_ctx_new(), ZMQ_ROUTER);
    const int zero = 0;
    zmq_setsockopt(router, ZMQ_SNDHWM, &zero, sizeof zero);
    zmq_setsockopt(router, ZMQ_RCVHWM, &zero, sizeof zero);
    if (zmq_bind(router, endpoint) != 0) {
        fprintf(stderr, "taskmesh-bench: %s: %s\n", endpoint, zmq_strerror(zmq_errno()));
        return 1;
    }
    while (true) answer(router, body, bytes);
}
