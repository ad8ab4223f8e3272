// runtime/directory.h - which mailbox belongs to which actor. Private to runtime/.
// Filled before any actor starts, read by every context.
#ifndef TMESH_RUNTIME_DIRECTORY_H
#define TMESH_RUNTIME_DIRECTORY_H

#include "runtime/mailbox.h"

enum { TMESH_DIRECTORY_MAX = 16 };

typedef struct {
    size_t count;
    struct {
        const tmesh_actor_class_t *class;
        tmesh_mailbox_t *mailbox;
    } entries[TMESH_DIRECTORY_MAX];
    void *zmq; // NULL: one thread drives all
} tmesh_directory_t;

// Were the first `count` mailboxes all idle at one and the same moment? Any thread.
bool tmesh_directory_is_quiet(const tmesh_directory_t *self, size_t count);

#endif
