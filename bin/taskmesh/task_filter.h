// bin/taskmesh/task_filter.h - which tasks a command means, as options.
#ifndef TMESH_BIN_TASKMESH_TASK_FILTER_H
#define TMESH_BIN_TASKMESH_TASK_FILTER_H

#include "bin/taskmesh/cli.h"

typedef struct {
    tmesh_client_filter_t fields;
    int64_t limit;
    cli_duration_t older_than;
    cli_duration_t newer_than;
} cli_filter_t;

enum { CLI_FILTER_OPTION_COUNT = 9 };

// Writes the options that fill the filter; `limit_help` says what the limit may be.
void cli_filter_options(cli_filter_t *self, const char *limit_help,
                        cli_option_t options[CLI_FILTER_OPTION_COUNT]);
// After cli_parse: ages become times, by the clock of this machine. CLI_GO_ON, or the exit code of
// a usage error.
int cli_filter_settle(cli_filter_t *self, const cli_t *cli, int64_t limit_max);
// Does it leave any task out? A limit and a cursor do not.
bool cli_filter_leaves_out(const cli_filter_t *self);

#endif
