// bin/taskmesh/await.h - waiting for a task, for `submit --wait` and `task wait`.
#ifndef TMESH_BIN_TASKMESH_AWAIT_H
#define TMESH_BIN_TASKMESH_AWAIT_H

#include "bin/taskmesh/cli.h"

// Waits until the task is settled, prints it with its steps, and says by its exit code whether it
// is complete. wait_ms -1: no limit.
int cli_await(const cli_t *cli, tmesh_client_t *client, const char *task_uuid, int64_t wait_ms);

#endif
