// embed/log_lines.h - a log's stream whose lines go to a function of the host.
#ifndef TMESH_EMBED_LOG_LINES_H
#define TMESH_EMBED_LOG_LINES_H

#include <stdio.h>

typedef void tmesh_log_line_fn(void *context, const char *line);

// A line is told when its end is flushed. Close it with fclose, after its log is gone.
FILE *tmesh_log_lines_open(tmesh_log_line_fn *on_line, void *context);

#endif
