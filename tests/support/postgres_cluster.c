#include "tests/support/postgres_cluster.h"

#include <assert.h>
#include <fcntl.h>
#include <glob.h>
#include <libpq-fe.h>
#include <poll.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "runtime/base/memory.h"

enum {
    READY_TRIES = 600, // of 50 ms
    PAUSE_MS = 50,
};

static char *folder;    // of the cluster, NULL: not started
static int keeper; // a socket; as long as this end is open, the keeper waits
static int database_count;

// The newest that is installed.
static char *program(const char *name)
{
    glob_t found;
    int failed = glob("/usr/lib/postgresql/*/bin", 0, NULL, &found);
    if (failed) fprintf(stderr, "no PostgreSQL server: bin/install-dependencies test\n");
    assert(!failed);
    char *path = tmesh_printf("%s/%s", found.gl_pathv[found.gl_pathc - 1], name);
    globfree(&found);
    return path;
}

// PostgreSQL does not run as root. Everything of ours that was opened stays behind.
static void become_server(void)
{
    const struct passwd *user = getuid() == 0 ? getpwnam("postgres") : NULL;
    if (user && (setgid(user->pw_gid) || setuid(user->pw_uid))) _exit(126);
    prctl(PR_SET_PDEATHSIG, SIGQUIT);
}

static int run(char *const *arguments)
{
    pid_t pid = fork();
    if (pid == 0) {
        become_server();
        execv(arguments[0], arguments);
        _exit(127);
    }
    int status = 0;
    waitpid(pid, &status, 0);
    return status;
}

static pid_t start_server(void)
{
    pid_t pid = fork();
    if (pid != 0) return pid;
    become_server();
    tmesh_auto_free char *postgres = program("postgres");
    tmesh_auto_free char *data = tmesh_printf("%s/data", folder);
    execl(postgres, postgres, "-D", data, "-k", folder, "-c", "listen_addresses=", "-c",
          "fsync=off", "-c", "full_page_writes=off", "-c", "max_connections=60", "-c",
          "shared_buffers=32MB", NULL);
    _exit(127);
}

static void quiet(void)
{
    tmesh_auto_free char *path = tmesh_printf("%s/log", folder);
    int log = open(path, O_WRONLY | O_CREAT | O_APPEND, 0666);
    dup2(log, STDOUT_FILENO);
    dup2(log, STDERR_FILENO);
    close(log);
}

static void stop_server(pid_t pid, int signal_number)
{
    kill(pid, signal_number);
    for (int i = 0; i < READY_TRIES; i++) {
        if (waitpid(pid, NULL, WNOHANG) != 0) return;
        poll(NULL, 0, PAUSE_MS);
    }
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
}

// A process beside the test: it outlives whatever ends that, to clear up. Each byte is a crash, and is
// sent back when the server is down.
static _Noreturn void keep(int orders)
{
    signal(SIGPIPE, SIG_IGN);
    quiet();
    pid_t server = start_server();
    char order = 0;
    while (read(orders, &order, 1) == 1) {
        stop_server(server, SIGQUIT);
        if (write(orders, &order, 1) != 1) break;
        server = start_server();
    }
    stop_server(server, SIGINT);
    execl("/bin/rm", "rm", "-rf", folder, NULL);
    _exit(127);
}

static void await_server(void)
{
    tmesh_auto_free char *url = tmesh_printf("host=%s user=postgres dbname=postgres", folder);
    for (int i = 0; i < READY_TRIES; i++) {
        if (PQping(url) == PQPING_OK) return;
        poll(NULL, 0, PAUSE_MS);
    }
    assert(!"the server answers");
}

static void start_cluster(void)
{
    const char *root = getenv("TMPDIR");
    folder = tmesh_printf("%s/tmesh-pg-XXXXXX", root ? root : "/tmp");
    char *made = mkdtemp(folder);
    assert(made);
    const struct passwd *user = getuid() == 0 ? getpwnam("postgres") : NULL;
    int failed = user ? chown(folder, user->pw_uid, user->pw_gid) : 0;
    assert(!failed);
    tmesh_auto_free char *initdb = program("initdb");
    tmesh_auto_free char *data = tmesh_printf("%s/data", folder);
    char *const arguments[] = {initdb, "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8",
                               "--locale=C", "--no-sync", "--no-instructions", NULL};
    int ends[2];
    failed = socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends);
    assert(!failed);
    keeper = ends[1];
    if (fork() == 0) {
        close(ends[1]);
        setpgid(0, 0); // a signal for the test's group is not for it
        quiet();
        if (run(arguments) == 0) keep(ends[0]);
        execl("/bin/rm", "rm", "-rf", folder, NULL);
        _exit(127);
    }
    close(ends[0]);
    await_server();
}

char *tmesh_postgres_cluster_new_database(void)
{
    if (!folder) start_cluster();
    tmesh_auto_free char *admin = tmesh_printf("host=%s user=postgres dbname=postgres", folder);
    PGconn *connection = PQconnectdb(admin);
    tmesh_auto_free char *text = tmesh_printf("CREATE DATABASE t%d", ++database_count);
    PGresult *result = PQexec(connection, text);
    assert(PQresultStatus(result) == PGRES_COMMAND_OK);
    PQclear(result);
    PQfinish(connection);
    return tmesh_printf("postgresql:///t%d?host=%s&user=postgres", database_count, folder);
}

void tmesh_postgres_cluster_crash(void)
{
    char order = 'x';
    ssize_t size = write(keeper, &order, 1);
    assert(size == 1);
    size = read(keeper, &order, 1); // it is down
    assert(size == 1);
}
