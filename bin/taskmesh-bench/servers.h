// bin/taskmesh-bench/servers.h - the processes at the other end of the wire.
#ifndef TMESH_BIN_TASKMESH_BENCH_SERVERS_H
#define TMESH_BIN_TASKMESH_BENCH_SERVERS_H

#include <stddef.h>
#include <stdbool.h>
#include <sys/types.h>

enum { BENCH_PATH_BYTES = 512 };

// The taskmeshd that lies beside this program, with a store in memory. False: it could not be
// started, and a sentence went to stderr.
bool bench_daemon_start(const char *endpoint, pid_t *pid_p);
// This program again, as bench_echo.
bool bench_echo_start(const char *endpoint, size_t body_bytes, pid_t *pid_p);
// Ends it and waits until it has. 0: there is none.
void bench_server_stop(pid_t *pid_p);

// Answers whatever comes with four frames of the same sizes as an answer of the daemon: a bare
// ROUTER. Ends with SIGTERM.
int bench_echo(const char *endpoint, const char *body_bytes);

#endif
