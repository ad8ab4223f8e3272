// bin/taskmesh/table.h - aligned columns for people, and the texts that stand in them.
#ifndef TMESH_BIN_TASKMESH_TABLE_H
#define TMESH_BIN_TASKMESH_TABLE_H

#include <stddef.h>
#include <stdint.h>

typedef struct cli_table cli_table_t;

// The titles are lent; the last column takes what is left of the terminal's width.
cli_table_t *cli_table_new(const char *const *titles, size_t column_count);
void cli_table_destroy(cli_table_t **self_p);
// The next cell, copied; control characters become blanks. NULL or "" is shown as "-".
void cli_table_add(cli_table_t *self, const char *text);
void cli_table_add_number(cli_table_t *self, int64_t number);
// To stdout; titles only above rows.
void cli_table_print(const cli_table_t *self);

// What a terminal shows harmlessly, yours: no control characters, no broken UTF-8, not endless.
char *cli_text_shown(const char *text);
// At most so many characters, yours: "…" stands for what is left out.
char *cli_text_cut(const char *text, size_t chars_max);
// "2026-11-22 10:00:00" in local time; "" for 0.
void cli_time_text(int64_t time_ms, char *text, size_t size);
// "12 ms", "3.4 s", "2 min 5 s", "3 h 20 min"; "" for negative ones.
void cli_duration_text(int64_t duration_ms, char *text, size_t size);

#endif
