#include "runtime/base/log.h"

#include <stdarg.h>
#include <string.h>
#include <time.h>

#include "runtime/base/bytes.h"
#include "runtime/base/memory.h"

static const char *const level_words[] = {
    [TMESH_LOG_DEBUG] = "debug", [TMESH_LOG_INFO] = "info", [TMESH_LOG_WARNING] = "warning",
    [TMESH_LOG_ERROR] = "error", [TMESH_LOG_OFF] = "off",
};

struct tmesh_log {
    FILE *stream; // lent
    tmesh_log_level_t level;
    bool as_json;
};

tmesh_log_t *tmesh_log_new(FILE *stream, tmesh_log_level_t level, bool as_json)
{
    tmesh_log_t *self = tmesh_alloc(sizeof *self);
    *self = (tmesh_log_t){.stream = stream, .level = level, .as_json = as_json};
    return self;
}

void tmesh_log_destroy(tmesh_log_t **self_p)
{
    tmesh_free(*self_p);
    *self_p = NULL;
}

bool tmesh_log_level_parse(const char *word, tmesh_log_level_t *level)
{
    for (size_t i = 0; i < TMESH_COUNT_OF(level_words); i++) {
        if (strcmp(word, level_words[i]) != 0) continue;
        *level = (tmesh_log_level_t)i;
        return true;
    }
    return false;
}

static void add_escaped(tmesh_buffer_t *out, const char *text)
{
    for (const char *c = text; *c; c++) {
        if (*c == '"' || *c == '\\') {
            tmesh_buffer_printf(out, "\\%c", *c);
        } else if ((unsigned char)*c < 0x20) {
            tmesh_buffer_printf(out, "\\u%04x", *c);
        } else {
            tmesh_buffer_add(out, c, 1);
        }
    }
}

void tmesh_log_write(tmesh_log_t *self, tmesh_log_level_t level, const char *event,
                     const char *format, ...)
{
    if (!self || level < self->level || level >= TMESH_LOG_OFF) return;
    va_list arguments;
    va_start(arguments, format);
    tmesh_auto_free char *text = NULL;
    if (vasprintf(&text, format, arguments) < 0) text = NULL;
    va_end(arguments);

    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    struct tm utc;
    gmtime_r(&now.tv_sec, &utc);
    char time_text[40];
    strftime(time_text, sizeof time_text, "%Y-%m-%dT%H:%M:%S", &utc);

    tmesh_auto(tmesh_buffer) line = tmesh_buffer_new();
    if (self->as_json) {
        tmesh_buffer_printf(line, "{\"time\":\"%s.%03ldZ\",\"level\":\"%s\",\"event\":\"%s\",",
                            time_text, now.tv_nsec / 1000000, level_words[level], event);
        tmesh_buffer_add_text(line, "\"text\":\"");
        add_escaped(line, text ? text : "");
        tmesh_buffer_add_text(line, "\"}\n");
    } else {
        tmesh_buffer_printf(line, "%s.%03ldZ %-7s %s %s\n", time_text, now.tv_nsec / 1000000,
                            level_words[level], event, text ? text : "");
    }
    fwrite(line->data, 1, line->size, self->stream); // one call, so lines do not mix
    fflush(self->stream);
}
