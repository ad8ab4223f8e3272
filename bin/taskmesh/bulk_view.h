// bin/taskmesh/bulk_view.h - what was done to many tasks, as people read it.
#ifndef TMESH_BIN_TASKMESH_BULK_VIEW_H
#define TMESH_BIN_TASKMESH_BULK_VIEW_H

#include "bin/taskmesh/cli.h"

// The answer's body is that of a command over many tasks, or of its dry run.
void cli_print_bulk(const tmesh_answer_t *answer);
// The id of one of its tasks; lent.
const char *cli_bulk_task(const tmesh_answer_t *answer, size_t index);

#endif
