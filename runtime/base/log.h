// runtime/base/log.h - one event, one line, on stderr or any stream that was handed in.
// Text for people ("2026-11-22T10:00:00.123Z info task.finalized task=... state=complete") or one
// JSON object per line for programs. Any thread may log.
#ifndef TMESH_RUNTIME_BASE_LOG_H
#define TMESH_RUNTIME_BASE_LOG_H

#include <stdbool.h>
#include <stdio.h>

typedef struct tmesh_log tmesh_log_t;

typedef enum {
    TMESH_LOG_DEBUG,
    TMESH_LOG_INFO,
    TMESH_LOG_WARNING,
    TMESH_LOG_ERROR,
    TMESH_LOG_OFF,
} tmesh_log_level_t;

// The stream is lent; the log never closes it.
tmesh_log_t *tmesh_log_new(FILE *stream, tmesh_log_level_t level, bool as_json);
void tmesh_log_destroy(tmesh_log_t **self_p);
// "debug", "info", "warning", "error", "off"; false when the word is none of them.
bool tmesh_log_level_parse(const char *word, tmesh_log_level_t *level);

// `event` is a dotted name; the rest are key=value pairs. A NULL log swallows the line.
void tmesh_log_write(tmesh_log_t *self, tmesh_log_level_t level, const char *event,
                     const char *format, ...) __attribute__((format(printf, 4, 5)));

#define tmesh_log_debug(log, event, ...) tmesh_log_write(log, TMESH_LOG_DEBUG, event, __VA_ARGS__)
#define tmesh_log_info(log, event, ...) tmesh_log_write(log, TMESH_LOG_INFO, event, __VA_ARGS__)
#define tmesh_log_warning(log, event, ...)                                                         \
    tmesh_log_write(log, TMESH_LOG_WARNING, event, __VA_ARGS__)
#define tmesh_log_error(log, event, ...) tmesh_log_write(log, TMESH_LOG_ERROR, event, __VA_ARGS__)

#endif
