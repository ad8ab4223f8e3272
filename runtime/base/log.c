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

// How many bytes the UTF-8 character at `text` has; 0: it is none.
static int character_bytes(const char *text)
{
    unsigned char first = (unsigned char)text[0];
    int size = first < 0x80 ? 1 : (first & 0xe0) == 0xc0 ? 2 : (first & 0xf0) == 0xe0 ? 3
             : (first & 0xf8) == 0xf0                    ? 4
                                                         : 0;
    for (int i = 1; i < size; i++) {
        if (((unsigned char)text[i] & 0xc0) != 0x80) return 0;
    }
    return size;
}

// What others sent may stand in a line: it must not end it, nor make it unreadable for programs.
static void add_clean(tmesh_buffer_t *out, const char *text, bool as_json)
{
    while (*text) {
        int size = character_bytes(text);
        unsigned char first = (unsigned char)*text;
        if (size == 0) {
            tmesh_buffer_add_text(out, "?");
            size = 1;
        } else if (first < 0x20) {
            tmesh_buffer_printf(out, as_json ? "\\u%04x" : "\\x%02x", first);
        } else {
            if (as_json && (first == '"' || first == '\\')) tmesh_buffer_add_text(out, "\\");
            tmesh_buffer_add(out, text, (size_t)size);
        }
        text += size;
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
        add_clean(line, text ? text : "", true);
        tmesh_buffer_add_text(line, "\"}\n");
    } else {
        tmesh_buffer_printf(line, "%s.%03ldZ %-7s %s ", time_text, now.tv_nsec / 1000000,
                            level_words[level], event);
        add_clean(line, text ? text : "", false);
        tmesh_buffer_add_text(line, "\n");
    }
    fwrite(line->data, 1, line->size, self->stream); // one call, so lines do not mix
    fflush(self->stream);
}
