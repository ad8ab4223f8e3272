#include "services/templates/picture.h"

#include <string.h>

#include "runtime/base/memory.h"
#include "services/domain/utf8.h"

enum {
    NOBODY = -1,
    INDENTS_MAX = 24,      // deeper nodes are drawn as if they were here
    LABEL_CHARS_MAX = 60,  // a longer label moves the columns of its own line alone
    GAP = 2,
};

const tmesh_picture_glyphs_t tmesh_picture_glyphs_utf8 = {"├─ ", "└─ ", "│  ", "   "};
const tmesh_picture_glyphs_t tmesh_picture_glyphs_ascii = {"|- ", "`- ", "|  ", "   "};

// The nodes as a tree.
typedef struct {
    uint32_t *levels; // of each node: the longest way to it from a node without parents
    int32_t *above;   // the parent below which it is drawn
    int32_t *first_child;
    int32_t *next_sibling;
    int32_t first_root;
} tree_t;

// ---- The tree -----------------------------------------------------------------------------------

// Raises levels until each node is below all its parents. In the order of a template one round is
// enough; any other takes at most as many as the graph is deep, and a cycle ends with the bound.
static void find_levels(const tmesh_picture_t *self, uint32_t *levels)
{
    bool is_changed = true;
    for (uint32_t round = 0; is_changed && round <= self->count; round++) {
        is_changed = false;
        for (uint16_t i = 0; i < self->count; i++) {
            const tmesh_picture_node_t *node = &self->nodes[i];
            for (uint16_t k = 0; k < node->parent_count; k++) {
                uint32_t level = levels[node->parents[k]] + 1;
                if (level <= levels[i]) continue;
                levels[i] = level;
                is_changed = true;
            }
        }
    }
}

static int32_t deepest_parent(const tmesh_picture_node_t *node, const uint32_t *levels)
{
    int32_t deepest = NOBODY;
    for (uint16_t k = 0; k < node->parent_count; k++) {
        if (deepest == NOBODY || levels[node->parents[k]] > levels[deepest]) {
            deepest = node->parents[k];
        }
    }
    return deepest;
}

static void open_tree(const tmesh_picture_t *self, tree_t *tree)
{
    tree->levels = tmesh_alloc_array(self->count, sizeof *tree->levels);
    tree->above = tmesh_alloc_array(self->count, sizeof *tree->above);
    tree->first_child = tmesh_alloc_array(self->count, sizeof *tree->first_child);
    tree->next_sibling = tmesh_alloc_array(self->count, sizeof *tree->next_sibling);
    tree->first_root = NOBODY;
    find_levels(self, tree->levels);
    for (uint16_t i = 0; i < self->count; i++) tree->first_child[i] = NOBODY;
    // From the back, so that each list is in the order of the nodes.
    for (int32_t i = self->count - 1; i >= 0; i--) {
        int32_t above = deepest_parent(&self->nodes[i], tree->levels);
        if (above != NOBODY && tree->levels[above] >= tree->levels[i]) above = NOBODY; // a cycle
        int32_t *list = above == NOBODY ? &tree->first_root : &tree->first_child[above];
        tree->above[i] = above;
        tree->next_sibling[i] = *list;
        *list = i;
    }
}

static void close_tree(tree_t *tree)
{
    tmesh_free(tree->levels);
    tmesh_free(tree->above);
    tmesh_free(tree->first_child);
    tmesh_free(tree->next_sibling);
}

// The node that is drawn behind it, or NOBODY; *depth follows.
static int32_t next_of(const tree_t *tree, int32_t node, uint32_t *depth)
{
    if (tree->first_child[node] != NOBODY) {
        (*depth)++;
        return tree->first_child[node];
    }
    while (node != NOBODY && tree->next_sibling[node] == NOBODY) {
        node = tree->above[node];
        (*depth)--;
    }
    return node == NOBODY ? NOBODY : tree->next_sibling[node];
}

// ---- Lines --------------------------------------------------------------------------------------

// has_more[d]: on level d of the way to this node, others follow.
static void write_label(const tmesh_picture_t *self, const tree_t *tree, int32_t node,
                        uint32_t depth, bool has_more[INDENTS_MAX + 1],
                        const tmesh_picture_glyphs_t *glyphs, tmesh_buffer_t *label)
{
    uint32_t shown = depth < INDENTS_MAX ? depth : INDENTS_MAX;
    has_more[shown] = tree->next_sibling[node] != NOBODY;
    tmesh_buffer_clear(label);
    for (uint32_t i = 1; i < shown; i++) {
        tmesh_buffer_add_text(label, has_more[i] ? glyphs->pass : glyphs->blank);
    }
    if (shown > 0) tmesh_buffer_add_text(label, has_more[shown] ? glyphs->branch : glyphs->last);
    const tmesh_picture_node_t *it = &self->nodes[node];
    tmesh_buffer_add_text(label, it->name);
    if (it->type != TMESH_STEP_TYPE_STANDARD) {
        tmesh_buffer_printf(label, " (%s)", tmesh_step_type_word(it->type));
    }
}

static void write_padded(tmesh_buffer_t *out, const char *text, size_t width)
{
    size_t chars = tmesh_utf8_count(tmesh_bytes_of_text(text));
    tmesh_buffer_add_text(out, text);
    for (size_t i = chars; i < width + GAP; i++) tmesh_buffer_add_text(out, " ");
}

static void trim(tmesh_buffer_t *out)
{
    while (out->size > 0 && out->data[out->size - 1] == ' ') out->data[--out->size] = 0;
}

// What it depends on beside the node that it is drawn below.
static void write_others(const tmesh_picture_t *self, const tree_t *tree, int32_t node,
                         tmesh_buffer_t *out)
{
    const tmesh_picture_node_t *it = &self->nodes[node];
    const char *before = "also after ";
    for (uint16_t k = 0; k < it->parent_count; k++) {
        if (it->parents[k] == tree->above[node]) continue;
        tmesh_buffer_printf(out, "%s%s", before, self->nodes[it->parents[k]].name);
        before = ", ";
    }
}

typedef struct {
    size_t label; // characters
    size_t state;
} widths_t;

static void write_line(const tmesh_picture_t *self, const tree_t *tree, int32_t node,
                       const char *label, const widths_t *widths, tmesh_buffer_t *out)
{
    const tmesh_picture_node_t *it = &self->nodes[node];
    write_padded(out, label, widths->label);
    if (it->state) write_padded(out, it->state, widths->state);
    if (it->note && *it->note) write_padded(out, it->note, 0);
    write_others(self, tree, node, out);
    trim(out);
    tmesh_buffer_add_text(out, "\n");
}

void tmesh_picture_write_text(const tmesh_picture_t *self, const tmesh_picture_glyphs_t *glyphs,
                              tmesh_buffer_t *out)
{
    tree_t tree;
    open_tree(self, &tree);
    tmesh_auto(tmesh_buffer) label = tmesh_buffer_new();
    widths_t widths = {0};
    for (int is_drawn = 0; is_drawn < 2; is_drawn++) { // first to measure
        bool has_more[INDENTS_MAX + 1] = {0};
        uint32_t depth = 0;
        for (int32_t node = tree.first_root; node != NOBODY; node = next_of(&tree, node, &depth)) {
            write_label(self, &tree, node, depth, has_more, glyphs, label);
            if (is_drawn) {
                write_line(self, &tree, node, tmesh_buffer_text(label), &widths, out);
                continue;
            }
            size_t chars = tmesh_utf8_count(tmesh_buffer_bytes(label));
            if (chars > widths.label && chars <= LABEL_CHARS_MAX) widths.label = chars;
            const char *state = self->nodes[node].state;
            if (state && strlen(state) > widths.state) widths.state = strlen(state);
        }
    }
    close_tree(&tree);
}
