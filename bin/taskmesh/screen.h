// bin/taskmesh/screen.h - a text on the terminal that is drawn again and again in the same place.
#ifndef TMESH_BIN_TASKMESH_SCREEN_H
#define TMESH_BIN_TASKMESH_SCREEN_H

#include <stdbool.h>
#include <stddef.h>

typedef struct {
    size_t line_count; // drawn last, above the cursor
} cli_screen_t;

// Is stdout a terminal on which the cursor can be moved?
bool cli_screen_is_there(void);
// Replaces what was drawn before; lines are cut to the width, the text to the height.
void cli_screen_draw(cli_screen_t *self, const char *text);
// The last one stays, and is not cut to the height.
void cli_screen_finish(cli_screen_t *self, const char *text);

#endif
