#include "services/templates/step_graph.h"

#include <string.h>

#include "runtime/base/map.h"
#include "runtime/base/memory.h"
#include "services/templates/report.h"
#include "services/templates/step_fields.h"

// From names to steps. Steps without a usable name are not in it.
static tmesh_map_t *index_names(const tmesh_step_graph_t *self, const tmesh_fields_t *fields)
{
    tmesh_map_t *index = tmesh_map_new();
    for (uint16_t i = 0; i < self->count; i++) {
        const char *name = self->steps[i].name;
        if (!name) continue;
        const tmesh_step_definition_t *first = tmesh_map_get(index, name, strlen(name));
        if (!first) {
            tmesh_map_put(index, name, strlen(name), &self->steps[i]);
            continue;
        }
        tmesh_template_refuse(fields->report, "DUPLICATE_STEP_NAME",
                              tmesh_value_get(self->sources[i], "name"), NULL,
                              "the step in line %u is called \"%s\" too",
                              self->sources[first - self->steps]->line, name);
    }
    return index;
}

// The index of the parent that `name` means for step `child`, or -1 after a refusal.
static int find_parent(const tmesh_step_graph_t *self, const tmesh_fields_t *fields,
                       const tmesh_map_t *index, uint16_t child, const tmesh_value_t *name)
{
    if (name->kind != TMESH_VALUE_STRING) return -1; // the fields have said so
    int size = name->text.size < 100 ? (int)name->text.size : 100;
    const tmesh_step_definition_t *parent =
        tmesh_map_get(index, name->text.data, name->text.size);
    if (!parent) {
        tmesh_template_refuse(fields->report, "MISSING_DEP_REF", name, NULL,
                              "step \"%s\" depends on \"%.*s\", which is no step of this template",
                              self->steps[child].name, size, name->text.data);
        return -1;
    }
    if (tmesh_bytes_equal_text(name->text, self->steps[child].name)) {
        tmesh_template_refuse(fields->report, "SELF_DEPENDENCY", name, NULL,
                              "step \"%s\" depends on itself", self->steps[child].name);
        return -1;
    }
    return (int)(parent - self->steps);
}

// latest_child[p] is 1 + the latest child that named p: so a second mention shows in one look.
static void link_parents(const tmesh_step_graph_t *self, const tmesh_fields_t *fields,
                         const tmesh_map_t *index, uint16_t child, uint32_t *latest_child)
{
    tmesh_step_definition_t *step = &self->steps[child];
    const tmesh_value_t *list = tmesh_step_fields_dependencies(self->sources[child]);
    if (!list || !step->name) return;
    uint32_t room = list->count < self->count ? list->count : self->count;
    uint16_t *parents = tmesh_arena_alloc(fields->arena, room * sizeof *parents);
    for (uint32_t i = 0; i < list->count; i++) {
        const tmesh_value_t *name = list->members[i].value;
        int parent = find_parent(self, fields, index, child, name);
        if (parent < 0) continue;
        if (latest_child[parent] == child + 1u) {
            tmesh_template_refuse(fields->report, "DUPLICATE_DEPENDENCY", name, NULL,
                                  "step \"%s\" names \"%s\" twice", step->name,
                                  self->steps[parent].name);
            continue;
        }
        latest_child[parent] = child + 1u;
        parents[step->parent_count++] = (uint16_t)parent;
    }
    step->parents = parents;
}

static void link_children(const tmesh_step_graph_t *self, tmesh_arena_t *arena)
{
    tmesh_auto_free uint16_t *counts = tmesh_alloc_array(self->count, sizeof *counts);
    tmesh_auto_free uint16_t **children = tmesh_alloc_array(self->count, sizeof *children);
    for (uint16_t i = 0; i < self->count; i++) {
        for (uint16_t j = 0; j < self->steps[i].parent_count; j++) {
            counts[self->steps[i].parents[j]]++;
        }
    }
    for (uint16_t i = 0; i < self->count; i++) {
        children[i] = tmesh_arena_alloc(arena, (counts[i] + 1u) * sizeof *children[i]);
        self->steps[i].children = children[i];
    }
    for (uint16_t i = 0; i < self->count; i++) {
        for (uint16_t j = 0; j < self->steps[i].parent_count; j++) {
            uint16_t parent = self->steps[i].parents[j];
            children[parent][self->steps[parent].child_count++] = i;
        }
    }
}

void tmesh_step_graph_link(const tmesh_step_graph_t *self, const tmesh_fields_t *fields)
{
    tmesh_auto(tmesh_map) index = index_names(self, fields);
    tmesh_auto_free uint32_t *latest_child = tmesh_alloc_array(self->count, sizeof *latest_child);
    for (uint16_t i = 0; i < self->count; i++) link_parents(self, fields, index, i, latest_child);
    link_children(self, fields->arena);
}

// A walk from a step up through its parents, and what it has seen.
typedef enum { UNSEEN, OPEN, DONE } mark_t;
typedef struct {
    uint8_t *marks;
    uint16_t *path;        // from where the walk began to where it is
    uint16_t *next_parent; // of each step on the path
    uint32_t depth;
    uint16_t *order; // steps that are done: parents first
    uint32_t done;
} walk_t;

// The path runs from children to parents; a cycle reads better the way the work would flow.
static void refuse_cycle(const tmesh_step_graph_t *self, const tmesh_fields_t *fields,
                         const walk_t *walk, uint16_t again)
{
    tmesh_auto(tmesh_buffer) text = tmesh_buffer_new();
    tmesh_buffer_add_text(text, self->steps[again].name);
    uint16_t step = again;
    for (uint32_t i = walk->depth; i-- > 0;) {
        step = walk->path[i];
        tmesh_buffer_printf(text, " -> %s", self->steps[step].name);
        if (step == again) break;
    }
    const tmesh_value_t *at = tmesh_step_fields_dependencies(self->sources[again]);
    tmesh_template_refuse(fields->report, "CYCLE_DETECTED", at, NULL,
                          "these steps wait for each other: %s", text->data);
}

static void enter(walk_t *walk, uint16_t step)
{
    walk->marks[step] = OPEN;
    walk->next_parent[walk->depth] = 0;
    walk->path[walk->depth++] = step;
}

static bool walk_up(const tmesh_step_graph_t *self, const tmesh_fields_t *fields, walk_t *walk)
{
    while (walk->depth > 0) {
        uint16_t here = walk->path[walk->depth - 1];
        uint16_t *next = &walk->next_parent[walk->depth - 1];
        if (*next == self->steps[here].parent_count) {
            walk->marks[here] = DONE;
            walk->order[walk->done++] = here;
            walk->depth--;
            continue;
        }
        uint16_t parent = self->steps[here].parents[(*next)++];
        if (walk->marks[parent] == OPEN) {
            refuse_cycle(self, fields, walk, parent);
            return false;
        }
        if (walk->marks[parent] == UNSEEN) enter(walk, parent);
    }
    return true;
}

const uint16_t *tmesh_step_graph_sort(const tmesh_step_graph_t *self,
                                      const tmesh_fields_t *fields)
{
    tmesh_auto_free uint8_t *marks = tmesh_alloc_array(self->count, sizeof *marks);
    tmesh_auto_free uint16_t *path = tmesh_alloc_array(self->count, sizeof *path);
    tmesh_auto_free uint16_t *next_parent = tmesh_alloc_array(self->count, sizeof *next_parent);
    walk_t walk = {.marks = marks, .path = path, .next_parent = next_parent};
    walk.order = tmesh_arena_alloc(fields->arena, self->count * sizeof *walk.order);
    for (uint16_t i = 0; i < self->count; i++) {
        if (marks[i] != UNSEEN) continue;
        enter(&walk, i);
        if (!walk_up(self, fields, &walk)) return NULL;
    }
    return walk.order;
}
