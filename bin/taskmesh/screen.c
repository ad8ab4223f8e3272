#include "bin/taskmesh/screen.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "runtime/base/bytes.h"
#include "runtime/base/memory.h"
#include "services/domain/utf8.h"

enum { COLUMNS = 80, ROWS = 24 }; // of a terminal that does not say

bool cli_screen_is_there(void)
{
    const char *kind = getenv("TERM");
    return isatty(STDOUT_FILENO) && kind && *kind && strcmp(kind, "dumb") != 0;
}

static struct winsize size_of_terminal(void)
{
    struct winsize size = {0};
    (void)ioctl(STDOUT_FILENO, TIOCGWINSZ, &size);
    if (size.ws_col == 0) size.ws_col = COLUMNS;
    if (size.ws_row == 0) size.ws_row = ROWS;
    return size;
}

// The bytes of the first `columns` characters: what is cut off would wrap into the next line.
static size_t bytes_that_fit(const char *line, const char *end, size_t columns)
{
    const char *at = line;
    for (size_t i = 0; i < columns && at < end; i++) {
        size_t size = tmesh_utf8_size(at, end);
        at += size ? size : 1;
    }
    return (size_t)(at - line);
}

static void draw(cli_screen_t *self, const char *text, size_t columns, size_t lines_max)
{
    tmesh_auto(tmesh_buffer) out = tmesh_buffer_new();
    if (self->line_count > 0) tmesh_buffer_printf(out, "\033[%zuA", self->line_count);
    tmesh_buffer_add_text(out, "\r");
    self->line_count = 0;
    while (*text && self->line_count < lines_max) {
        const char *end = strchrnul(text, '\n');
        tmesh_buffer_add(out, text, bytes_that_fit(text, end, columns));
        tmesh_buffer_add_text(out, "\033[K\n");
        self->line_count++;
        text = *end ? end + 1 : end;
    }
    tmesh_buffer_add_text(out, "\033[J"); // what the text before had below
    fwrite(out->data, 1, out->size, stdout);
    fflush(stdout);
}

void cli_screen_draw(cli_screen_t *self, const char *text)
{
    struct winsize size = size_of_terminal();
    draw(self, text, size.ws_col, size.ws_row > 1 ? size.ws_row - 1u : 1);
}

void cli_screen_finish(cli_screen_t *self, const char *text)
{
    draw(self, text, size_of_terminal().ws_col, SIZE_MAX);
}
