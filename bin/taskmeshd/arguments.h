// bin/taskmeshd/arguments.h - the command line as options of a runtime.
#ifndef TMESH_BIN_TASKMESHD_ARGUMENTS_H
#define TMESH_BIN_TASKMESHD_ARGUMENTS_H

#include "taskmesh/runtime.h"

typedef enum {
    ARGUMENTS_SERVE,
    ARGUMENTS_CHECK,
    ARGUMENTS_HELP,
    ARGUMENTS_VERSION,
    ARGUMENTS_WRONG, // which was told on stderr
} arguments_wish_t;

typedef struct {
    arguments_wish_t wish;
    const char *config_file; // lent by the command line; NULL: none
    tmesh_setting_t *settings;
    size_t setting_count;
} arguments_t;

// `words` must outlive it, and is cut where --set has NAME=VALUE.
void arguments_read(arguments_t *self, int count, char **words);
void arguments_free(arguments_t *self);

#endif
