// bin/taskmesh/graph_view.h - templates and tasks as pictures.
#ifndef TMESH_BIN_TASKMESH_GRAPH_VIEW_H
#define TMESH_BIN_TASKMESH_GRAPH_VIEW_H

#include "bin/taskmesh/cli.h"
#include "runtime/base/arena.h"
#include "services/templates/picture.h"

// Its nodes live in the arena; texts of a definition or of an answer are lent by it.
tmesh_picture_t cli_picture_of_definition(const tmesh_definition_t *definition,
                                          tmesh_arena_t *arena);
// Of an answer to TASK.GET with its steps. The notes tell of attempts, times and reasons.
tmesh_picture_t cli_picture_of_task(const tmesh_answer_t *answer, tmesh_arena_t *arena);
// The same for people: a batch with more workers than a screen shows has one node, which says how
// many of them are in which state.
tmesh_picture_t cli_picture_of_task_short(const tmesh_answer_t *answer, tmesh_arena_t *arena);

// Lines that this terminal can show.
const tmesh_picture_glyphs_t *cli_picture_glyphs(void);
// {"title", "nodes": [{"name", "type", "state", "dependencies"}]}
void cli_picture_write_json(const tmesh_picture_t *picture, tmesh_buffer_t *out);

#endif
