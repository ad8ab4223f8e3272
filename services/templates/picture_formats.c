// Mermaid and DOT.
#include <string.h>

#include "services/domain/step_state.h"
#include "services/templates/picture.h"

typedef struct {
    const char *mermaid_open;
    const char *mermaid_close;
    const char *dot;
} shape_t;

static const shape_t shapes[TMESH_STEP_TYPE_COUNT] = {
    [TMESH_STEP_TYPE_STANDARD] = {"[", "]", "box"},
    [TMESH_STEP_TYPE_DECISION] = {"{", "}", "diamond"},
    [TMESH_STEP_TYPE_DEFERRED_CONVERGENCE] = {"([", "])", "ellipse"},
    [TMESH_STEP_TYPE_BATCHABLE] = {"[[", "]]", "folder"},
    [TMESH_STEP_TYPE_BATCH_WORKER] = {"[/", "/]", "parallelogram"},
};

// A step that waits to exist, or to be enqueued, has no colour.
static const char *const colours[TMESH_STEP_STATE_COUNT] = {
    [TMESH_STEP_ENQUEUED] = "#dbeafe",
    [TMESH_STEP_IN_PROGRESS] = "#93c5fd",
    [TMESH_STEP_ENQUEUED_FOR_ORCHESTRATION] = "#93c5fd",
    [TMESH_STEP_ENQUEUED_AS_ERROR_FOR_ORCHESTRATION] = "#fca5a5",
    [TMESH_STEP_WAITING_FOR_RETRY] = "#fde68a",
    [TMESH_STEP_COMPLETE] = "#86efac",
    [TMESH_STEP_ERROR] = "#fca5a5",
    [TMESH_STEP_CANCELLED] = "#d1d5db",
    [TMESH_STEP_RESOLVED_MANUALLY] = "#bbf7d0",
};

static const char *colour_of(const tmesh_picture_node_t *node)
{
    return node->state ? colours[tmesh_step_state_parse(node->state)] : NULL;
}

// ---- Mermaid ------------------------------------------------------------------------------------

// Whatever means something to Mermaid or to the HTML that it makes, as a character code.
static void add_mermaid_text(tmesh_buffer_t *out, const char *text)
{
    for (; *text; text++) {
        unsigned char byte = (unsigned char)*text;
        if (byte < ' ' || strchr("\"#&<>;\\`", byte)) tmesh_buffer_printf(out, "#%u;", byte);
        else tmesh_buffer_add(out, text, 1);
    }
}

static void write_mermaid_node(const tmesh_picture_t *self, uint16_t i, tmesh_buffer_t *out)
{
    const tmesh_picture_node_t *node = &self->nodes[i];
    tmesh_buffer_printf(out, "    n%u%s\"", i, shapes[node->type].mermaid_open);
    add_mermaid_text(out, node->name);
    if (node->state) tmesh_buffer_printf(out, "<br/>%s", node->state);
    tmesh_buffer_printf(out, "\"%s\n", shapes[node->type].mermaid_close);
    if (colour_of(node)) {
        tmesh_buffer_printf(out, "    style n%u fill:%s,color:#111827\n", i, colour_of(node));
    }
}

void tmesh_picture_write_mermaid(const tmesh_picture_t *self, tmesh_buffer_t *out)
{
    tmesh_buffer_add_text(out, "---\ntitle: \"");
    add_mermaid_text(out, self->title);
    tmesh_buffer_add_text(out, "\"\n---\nflowchart TD\n");
    for (uint16_t i = 0; i < self->count; i++) write_mermaid_node(self, i, out);
    for (uint16_t i = 0; i < self->count; i++) {
        const tmesh_picture_node_t *node = &self->nodes[i];
        for (uint16_t k = 0; k < node->parent_count; k++) {
            tmesh_buffer_printf(out, "    n%u %s n%u\n", node->parents[k],
                                node->exists_at_start ? "-->" : "-.->", i);
        }
    }
}

// ---- DOT ----------------------------------------------------------------------------------------

static void add_dot_text(tmesh_buffer_t *out, const char *text)
{
    for (; *text; text++) {
        if (*text == '"' || *text == '\\') tmesh_buffer_add_text(out, "\\");
        tmesh_buffer_add(out, (unsigned char)*text < ' ' ? " " : text, 1);
    }
}

static void write_dot_node(const tmesh_picture_t *self, uint16_t i, tmesh_buffer_t *out)
{
    const tmesh_picture_node_t *node = &self->nodes[i];
    tmesh_buffer_printf(out, "    n%u [label=\"", i);
    add_dot_text(out, node->name);
    if (node->state) tmesh_buffer_printf(out, "\\n%s", node->state);
    tmesh_buffer_printf(out, "\", shape=%s", shapes[node->type].dot);
    if (colour_of(node)) {
        tmesh_buffer_printf(out, ", style=filled, fillcolor=\"%s\"", colour_of(node));
    } else if (!node->exists_at_start) {
        tmesh_buffer_add_text(out, ", style=dashed");
    }
    tmesh_buffer_add_text(out, "];\n");
}

void tmesh_picture_write_dot(const tmesh_picture_t *self, tmesh_buffer_t *out)
{
    tmesh_buffer_add_text(out, "digraph task {\n    label=\"");
    add_dot_text(out, self->title);
    tmesh_buffer_add_text(out, "\";\n    node [fontname=\"sans-serif\"];\n");
    for (uint16_t i = 0; i < self->count; i++) write_dot_node(self, i, out);
    for (uint16_t i = 0; i < self->count; i++) {
        const tmesh_picture_node_t *node = &self->nodes[i];
        for (uint16_t k = 0; k < node->parent_count; k++) {
            tmesh_buffer_printf(out, "    n%u -> n%u%s;\n", node->parents[k], i,
                                node->exists_at_start ? "" : " [style=dashed]");
        }
    }
    tmesh_buffer_add_text(out, "}\n");
}
