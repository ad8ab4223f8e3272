#include "bin/taskmesh/table.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "runtime/base/memory.h"
#include "services/domain/utf8.h"

enum { GAP = 2, CELL_CHARS_MAX = 1000, LAST_CHARS_MIN = 12, NUMBER_BYTES = 32 };

struct cli_table {
    const char *const *titles;
    size_t column_count;
    char **cells;
    size_t cell_count;
    size_t capacity;
};

cli_table_t *cli_table_new(const char *const *titles, size_t column_count)
{
    cli_table_t *self = tmesh_alloc(sizeof *self);
    self->titles = titles;
    self->column_count = column_count;
    return self;
}

void cli_table_destroy(cli_table_t **self_p)
{
    cli_table_t *self = *self_p;
    if (!self) return;
    for (size_t i = 0; i < self->cell_count; i++) tmesh_free(self->cells[i]);
    tmesh_free(self->cells);
    tmesh_free(self);
    *self_p = NULL;
}

char *cli_text_shown(const char *text)
{
    tmesh_auto(tmesh_buffer) out = tmesh_buffer_new();
    const char *end = text + strlen(text);
    for (size_t chars = 0; text < end && chars < CELL_CHARS_MAX; chars++) {
        size_t size = tmesh_utf8_size(text, end);
        unsigned char first = (unsigned char)*text;
        bool is_control =
            first < 0x20 || first == 0x7f || (first == 0xc2 && (unsigned char)text[1] < 0xa0);
        if (size == 0 || is_control) tmesh_buffer_add(out, " ", 1);
        else tmesh_buffer_add(out, text, size);
        text += size ? size : 1;
    }
    return tmesh_buffer_take(out);
}

void cli_table_add(cli_table_t *self, const char *text)
{
    if (self->cell_count == self->capacity) {
        self->capacity = self->capacity ? self->capacity * 2 : 64;
        self->cells = tmesh_realloc_array(self->cells, self->capacity, sizeof *self->cells);
    }
    self->cells[self->cell_count++] = cli_text_shown(text && *text ? text : "-");
}

void cli_table_add_number(cli_table_t *self, int64_t number)
{
    char text[NUMBER_BYTES];
    snprintf(text, sizeof text, "%" PRId64, number);
    cli_table_add(self, text);
}

static size_t chars_of(const char *text)
{
    return tmesh_utf8_count(tmesh_bytes_of_text(text));
}

// Columns of the terminal; 0: no limit, since it is none.
static size_t terminal_width(void)
{
    struct winsize size;
    if (!isatty(STDOUT_FILENO)) return 0;
    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0) return 80;
    return size.ws_col;
}

static void print_last(const char *text, size_t chars_max)
{
    if (chars_max == 0) {
        puts(text);
        return;
    }
    tmesh_auto_free char *shown = cli_text_cut(text, chars_max);
    puts(shown);
}

static void print_row(const cli_table_t *self, const char *const *cells, const size_t *widths,
                      size_t last_max)
{
    size_t last = self->column_count - 1;
    for (size_t i = 0; i < last; i++) {
        printf("%s%*s", cells[i], (int)(widths[i] - chars_of(cells[i]) + GAP), "");
    }
    print_last(cells[last], last_max);
}

char *cli_text_cut(const char *text, size_t chars_max)
{
    if (chars_of(text) <= chars_max) return tmesh_strdup(text);
    tmesh_auto(tmesh_buffer) out = tmesh_buffer_new();
    const char *end = text + strlen(text);
    for (size_t i = 0; i + 1 < chars_max && text < end; i++) {
        size_t size = tmesh_utf8_size(text, end);
        if (size == 0) size = 1; // broken, shown as it is
        tmesh_buffer_add(out, text, size);
        text += size;
    }
    tmesh_buffer_add_text(out, "…");
    return tmesh_buffer_take(out);
}

void cli_table_print(const cli_table_t *self)
{
    if (self->cell_count == 0) return;
    tmesh_auto_free size_t *widths = tmesh_alloc_array(self->column_count, sizeof *widths);
    size_t before_last = 0;
    for (size_t column = 0; column < self->column_count; column++) {
        widths[column] = chars_of(self->titles[column]);
        for (size_t i = column; i < self->cell_count; i += self->column_count) {
            size_t chars = chars_of(self->cells[i]);
            if (chars > widths[column]) widths[column] = chars;
        }
        if (column + 1 < self->column_count) before_last += widths[column] + GAP;
    }
    size_t width = terminal_width();
    size_t last_max = width == 0                             ? 0
                      : width > before_last + LAST_CHARS_MIN ? width - before_last
                                                             : LAST_CHARS_MIN;
    print_row(self, self->titles, widths, last_max);
    for (size_t i = 0; i + self->column_count <= self->cell_count; i += self->column_count) {
        print_row(self, (const char *const *)self->cells + i, widths, last_max);
    }
}

void cli_time_text(int64_t time_ms, char *text, size_t size)
{
    time_t seconds = (time_t)(time_ms / 1000);
    struct tm local;
    text[0] = 0;
    if (time_ms > 0 && localtime_r(&seconds, &local)) {
        strftime(text, size, "%Y-%m-%d %H:%M:%S", &local);
    }
}

void cli_duration_text(int64_t duration_ms, char *text, size_t size)
{
    int64_t seconds = duration_ms / 1000;
    if (duration_ms < 0) text[0] = 0;
    else if (duration_ms < 1000) snprintf(text, size, "%" PRId64 " ms", duration_ms);
    else if (seconds < 60) snprintf(text, size, "%.1f s", (double)duration_ms / 1000);
    else if (seconds < 3600)
        snprintf(text, size, "%" PRId64 " min %" PRId64 " s", seconds / 60, seconds % 60);
    else snprintf(text, size, "%" PRId64 " h %" PRId64 " min", seconds / 3600, seconds / 60 % 60);
}
