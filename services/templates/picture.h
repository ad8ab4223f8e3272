// services/templates/picture.h - steps and what they depend on, as a picture: a tree of lines for
// people, Mermaid and DOT for programs that draw. Pure; appends to `out`.
#ifndef TMESH_SERVICES_TEMPLATES_PICTURE_H
#define TMESH_SERVICES_TEMPLATES_PICTURE_H

#include "services/templates/definition.h"

typedef struct {
    const char *name;
    tmesh_step_type_t type;
    bool exists_at_start;    // false: a decision or a batch has to make it
    const char *state;       // its stored word; NULL: a step of a template
    const char *note;        // behind it in the text; or NULL
    const uint16_t *parents; // indexes of other nodes
    uint16_t parent_count;
} tmesh_picture_node_t;

typedef struct {
    const char *title;
    const tmesh_picture_node_t *nodes; // lent, like all texts
    uint16_t count;                    // as many as a task can have
} tmesh_picture_t;

// What the lines of the tree are made of.
typedef struct {
    const char *branch; // to a child that is followed by others
    const char *last;   // to the last child
    const char *pass;   // past other nodes
    const char *blank;
} tmesh_picture_glyphs_t;
extern const tmesh_picture_glyphs_t tmesh_picture_glyphs_utf8;
extern const tmesh_picture_glyphs_t tmesh_picture_glyphs_ascii;

// One line per node, in columns: each node below the one that it waits for longest, others that it
// depends on are named behind it. Without the title.
void tmesh_picture_write_text(const tmesh_picture_t *self, const tmesh_picture_glyphs_t *glyphs,
                              tmesh_buffer_t *out);
// The shape says the type, the colour the state; dashed lines lead to what may come to exist.
void tmesh_picture_write_mermaid(const tmesh_picture_t *self, tmesh_buffer_t *out);
void tmesh_picture_write_dot(const tmesh_picture_t *self, tmesh_buffer_t *out);

#endif
