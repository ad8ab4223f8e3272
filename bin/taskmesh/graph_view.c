#include "bin/taskmesh/graph_view.h"

#include <inttypes.h>
#include <langinfo.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "bin/taskmesh/batch_view.h"
#include "bin/taskmesh/table.h"
#include "runtime/base/map.h"
#include "runtime/base/memory.h"
#include "services/wire/writer.h"

enum { POINTER_BYTES = 96, DURATION_BYTES = 64, REASON_CHARS = 200, WORKERS_SHOWN_MAX = 20 };

const tmesh_picture_glyphs_t *cli_picture_glyphs(void)
{
    bool is_utf8 = strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
    return is_utf8 ? &tmesh_picture_glyphs_utf8 : &tmesh_picture_glyphs_ascii;
}

// What a terminal shows harmlessly.
static const char *shown(const char *text, tmesh_arena_t *arena)
{
    tmesh_auto_free char *copy = cli_text_shown(text);
    return tmesh_arena_text(arena, copy);
}

tmesh_picture_t cli_picture_of_definition(const tmesh_definition_t *definition,
                                          tmesh_arena_t *arena)
{
    tmesh_picture_node_t *nodes =
        tmesh_arena_alloc(arena, (definition->step_count + 1) * sizeof *nodes);
    for (uint16_t i = 0; i < definition->step_count; i++) {
        const tmesh_step_definition_t *step = &definition->steps[i];
        nodes[i] = (tmesh_picture_node_t){
            .name = shown(step->name, arena),
            .type = step->type,
            .exists_at_start = step->exists_at_start,
            .parents = step->parents,
            .parent_count = step->parent_count,
        };
    }
    const char *title = tmesh_arena_printf(arena, "%s/%s@%s", definition->namespace_name,
                                           definition->name, definition->version);
    return (tmesh_picture_t){
        .title = shown(title, arena),
        .nodes = nodes,
        .count = definition->step_count,
    };
}

// ---- Of a task ----------------------------------------------------------------------------------

static const char *at(size_t index, const char *field, char pointer[POINTER_BYTES])
{
    snprintf(pointer, POINTER_BYTES, "/steps/%zu/%s", index, field);
    return pointer;
}

static const char *text_of(const tmesh_answer_t *answer, size_t index, const char *field)
{
    char pointer[POINTER_BYTES];
    return tmesh_answer_text(answer, at(index, field, pointer));
}

static int64_t number_of(const tmesh_answer_t *answer, size_t index, const char *field)
{
    char pointer[POINTER_BYTES];
    return tmesh_answer_integer(answer, at(index, field, pointer), 0);
}

static tmesh_step_type_t type_of(const char *word)
{
    tmesh_step_type_t type = TMESH_STEP_TYPE_STANDARD;
    for (int i = 0; word && i < TMESH_STEP_TYPE_COUNT; i++) {
        if (strcmp(tmesh_step_type_word((tmesh_step_type_t)i), word) == 0) {
            type = (tmesh_step_type_t)i;
        }
    }
    return type;
}

static void add_duration(const tmesh_answer_t *answer, size_t i, const char *state,
                         tmesh_buffer_t *note)
{
    int64_t started_ms = number_of(answer, i, "started_at");
    int64_t until_ms = number_of(answer, i, "completed_at");
    if (state && strcmp(state, "in_progress") == 0) {
        struct timespec now;
        clock_gettime(CLOCK_REALTIME, &now);
        until_ms = (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
    }
    if (started_ms <= 0 || until_ms < started_ms) return;
    char text[DURATION_BYTES];
    cli_duration_text(until_ms - started_ms, text, sizeof text);
    tmesh_buffer_printf(note, "  %s", text);
}

static const char *note_of(const tmesh_answer_t *answer, size_t i, tmesh_arena_t *arena)
{
    tmesh_auto(tmesh_buffer) note = tmesh_buffer_new();
    const char *state = text_of(answer, i, "current_state");
    int64_t attempts = number_of(answer, i, "attempts");
    if (attempts > 0) {
        tmesh_buffer_printf(note, "%" PRId64 "/%" PRId64, attempts,
                            number_of(answer, i, "max_attempts"));
    }
    add_duration(answer, i, state, note);
    const char *worker = text_of(answer, i, "worker");
    bool is_running = state && strcmp(state, "in_progress") == 0;
    if (worker && is_running) tmesh_buffer_printf(note, "  on %s", worker);
    const char *reason = text_of(answer, i, "waiting_reason");
    bool has_failed = state && strcmp(state, "error") == 0;
    if (has_failed) reason = text_of(answer, i, "error/message");
    if (cli_is_tolerated(answer, i)) tmesh_buffer_add_text(note, "  tolerated:");
    if (reason) tmesh_buffer_printf(note, "  %.*s", REASON_CHARS, reason);
    const char *text = tmesh_buffer_text(note);
    return shown(text + strspn(text, " "), arena);
}

// Positions plus one by name: NULL means unknown.
static tmesh_map_t *names_of(const tmesh_answer_t *answer, size_t count)
{
    tmesh_map_t *map = tmesh_map_new();
    for (size_t i = count; i-- > 0;) { // of two with one name the first remains
        const char *name = text_of(answer, i, "name");
        if (name) (void)tmesh_map_put(map, name, strlen(name), (void *)(i + 1));
    }
    return map;
}

// Parents that stand in one node are one. `marks` has a place for each node, and says whose parent it
// was last.
static void find_parents(const tmesh_answer_t *answer, size_t i, const tmesh_map_t *names,
                         const uint16_t *places, uint32_t *marks, tmesh_arena_t *arena,
                         tmesh_picture_node_t *node)
{
    char pointer[POINTER_BYTES];
    size_t count = tmesh_answer_count(answer, at(i, "dependencies", pointer));
    uint16_t *parents = tmesh_arena_alloc(arena, (count + 1) * sizeof *parents);
    uint32_t mark = (uint32_t)i + 1;
    for (size_t k = 0; k < count; k++) {
        snprintf(pointer, sizeof pointer, "/steps/%zu/dependencies/%zu", i, k);
        const char *name = tmesh_answer_text(answer, pointer);
        size_t position = name ? (size_t)tmesh_map_get(names, name, strlen(name)) : 0;
        if (position == 0 || position - 1 == i) continue;
        uint16_t place = places[position - 1];
        if (marks[place] == mark) continue;
        marks[place] = mark;
        parents[node->parent_count++] = place;
    }
    node->parents = parents;
}

static const char *title_of(const tmesh_answer_t *answer, tmesh_arena_t *arena)
{
    const char *title = tmesh_arena_printf(
        arena, "%s/%s@%s %s %s", tmesh_answer_text(answer, "/namespace"),
        tmesh_answer_text(answer, "/name"), tmesh_answer_text(answer, "/version"),
        tmesh_answer_text(answer, "/task_uuid"), tmesh_answer_text(answer, "/status"));
    return shown(title, arena);
}

// The group of a step, once it has one node; NULL: it stands for itself.
static cli_batch_t *batch_of(const tmesh_answer_t *answer, size_t i, const tmesh_map_t *batches)
{
    const char *name = batches ? text_of(answer, i, "template_step_name") : NULL;
    cli_batch_t *batch = name ? tmesh_map_get(batches, name, strlen(name)) : NULL;
    return batch && batch->total > WORKERS_SHOWN_MAX ? batch : NULL;
}

static tmesh_picture_node_t node_of(const tmesh_answer_t *answer, size_t i,
                                    const cli_batch_t *batch, tmesh_arena_t *arena)
{
    const char *name = text_of(answer, i, "name");
    return (tmesh_picture_node_t){
        .name = batch ? cli_batch_name(batch, arena) : shown(name ? name : "?", arena),
        .type = type_of(text_of(answer, i, "type")),
        .exists_at_start = true, // at any rate it exists
        .state = batch ? cli_batch_state(batch) : text_of(answer, i, "current_state"),
        .note = batch ? cli_batch_note(batch, arena) : note_of(answer, i, arena),
    };
}

// With `batches` those that are large have one node.
static tmesh_picture_t draw(const tmesh_answer_t *answer, const tmesh_map_t *batches,
                            tmesh_arena_t *arena)
{
    size_t count = tmesh_answer_count(answer, "/steps");
    if (count > UINT16_MAX) count = UINT16_MAX;
    tmesh_picture_node_t *nodes = tmesh_arena_alloc(arena, (count + 1) * sizeof *nodes);
    uint16_t *places = tmesh_arena_alloc(arena, (count + 1) * sizeof *places);
    size_t *firsts = tmesh_arena_alloc(arena, (count + 1) * sizeof *firsts); // step of each node
    uint16_t node_count = 0;
    for (size_t i = 0; i < count; i++) {
        cli_batch_t *batch = batch_of(answer, i, batches);
        bool has_node = batch && batch->has_node;
        places[i] = has_node ? batch->node : node_count;
        if (has_node) continue;
        if (batch) {
            batch->has_node = true;
            batch->node = node_count;
        }
        firsts[node_count] = i;
        nodes[node_count++] = node_of(answer, i, batch, arena);
    }
    tmesh_auto(tmesh_map) names = names_of(answer, count);
    uint32_t *marks = tmesh_arena_alloc(arena, (count + 1) * sizeof *marks);
    for (uint16_t i = 0; i < node_count; i++) { // workers of one batch have the same parents
        find_parents(answer, firsts[i], names, places, marks, arena, &nodes[i]);
    }
    return (tmesh_picture_t){.title = title_of(answer, arena), .nodes = nodes, .count = node_count};
}

tmesh_picture_t cli_picture_of_task(const tmesh_answer_t *answer, tmesh_arena_t *arena)
{
    return draw(answer, NULL, arena);
}

tmesh_picture_t cli_picture_of_task_short(const tmesh_answer_t *answer, tmesh_arena_t *arena)
{
    tmesh_auto(tmesh_map) batches = cli_batches_of(answer, arena);
    return draw(answer, batches, arena);
}

// ---- JSON ---------------------------------------------------------------------------------------

void cli_picture_write_json(const tmesh_picture_t *picture, tmesh_buffer_t *out)
{
    tmesh_writer_t writer = tmesh_writer(out);
    tmesh_writer_open_object(&writer, NULL);
    tmesh_writer_text(&writer, "title", picture->title);
    tmesh_writer_open_array(&writer, "nodes");
    for (uint16_t i = 0; i < picture->count; i++) {
        const tmesh_picture_node_t *node = &picture->nodes[i];
        tmesh_writer_open_object(&writer, NULL);
        tmesh_writer_text(&writer, "name", node->name);
        tmesh_writer_text(&writer, "type", tmesh_step_type_word(node->type));
        tmesh_writer_text(&writer, "state", node->state);
        tmesh_writer_open_array(&writer, "dependencies");
        for (uint16_t k = 0; k < node->parent_count; k++) {
            tmesh_writer_text(&writer, NULL, picture->nodes[node->parents[k]].name);
        }
        tmesh_writer_close_array(&writer);
        tmesh_writer_close_object(&writer);
    }
    tmesh_writer_close_array(&writer);
    tmesh_writer_close_object(&writer);
}
