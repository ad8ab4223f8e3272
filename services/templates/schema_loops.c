#include "services/templates/schema_loops.h"

#include <stdlib.h>

#include "runtime/base/memory.h"

typedef enum { UNSEEN, OPEN, DONE } mark_t;

// The walk keeps its own stack: a chain of references may be longer than ours is deep.
typedef struct {
    const tmesh_schema_edge_t *edges; // by where they begin
    size_t edge_count;
    mark_t *marks;   // of each node
    size_t *nexts;   // of each node: the edge to take next
    uint32_t *stack; // nodes that are open
    size_t depth;
} walk_t;

static int compare(const void *a, const void *b)
{
    uint32_t left = ((const tmesh_schema_edge_t *)a)->from;
    uint32_t right = ((const tmesh_schema_edge_t *)b)->from;
    return (left > right) - (left < right);
}

static void enter(walk_t *self, uint32_t node)
{
    self->marks[node] = OPEN;
    self->stack[self->depth++] = node;
}

static const tmesh_schema_node_t *node_of(const tmesh_schema_compiler_t *compiler, uint32_t number)
{
    return ((const tmesh_schema_node_t *const *)(void *)compiler->by_number->data)[number];
}

static void walk_from(walk_t *self, uint32_t start, tmesh_schema_compiler_t *compiler)
{
    enter(self, start);
    while (self->depth > 0) {
        uint32_t node = self->stack[self->depth - 1];
        size_t edge = self->nexts[node]++;
        if (edge >= self->edge_count || self->edges[edge].from != node) {
            self->marks[node] = DONE;
            self->depth--;
            continue;
        }
        uint32_t to = self->edges[edge].to;
        if (self->marks[to] == UNSEEN) {
            enter(self, to);
        } else if (self->marks[to] == OPEN) {
            tmesh_schema_compiler_refuse(compiler, node_of(compiler, node)->value,
                                         "this schema leads back to itself for the same value");
        }
    }
}

void tmesh_schema_loops_check(tmesh_schema_compiler_t *compiler)
{
    size_t nodes = tmesh_map_count(compiler->nodes);
    size_t edges = compiler->edges->size / sizeof(tmesh_schema_edge_t);
    if (edges == 0) return;
    qsort(compiler->edges->data, edges, sizeof(tmesh_schema_edge_t), compare);
    tmesh_auto_free mark_t *marks = tmesh_alloc_array(nodes, sizeof *marks);
    tmesh_auto_free size_t *nexts = tmesh_alloc_array(nodes, sizeof *nexts);
    tmesh_auto_free uint32_t *stack = tmesh_alloc_array(nodes, sizeof *stack);
    walk_t walk = {.edge_count = edges, .marks = marks, .nexts = nexts, .stack = stack};
    walk.edges = (const tmesh_schema_edge_t *)(void *)compiler->edges->data;
    for (size_t i = edges; i-- > 0;) nexts[walk.edges[i].from] = i;
    for (size_t i = 0; i < edges; i++) {
        uint32_t node = walk.edges[i].from;
        if (marks[node] == UNSEEN) walk_from(&walk, node, compiler);
    }
}
