// runtime/context_private.h - making contexts. Private to runtime/.
#ifndef TMESH_RUNTIME_CONTEXT_PRIVATE_H
#define TMESH_RUNTIME_CONTEXT_PRIVATE_H

#include <stdatomic.h>
#include <stdbool.h>

#include "runtime/context.h"
#include "runtime/counters.h"
#include "runtime/directory.h"
#include "runtime/kin.h"
#include "runtime/pool.h"

typedef struct {
    const tmesh_directory_t *directory; // lent, like all of these
    tmesh_mailbox_t *mailbox;           // the actor's own; NULL for threads outside the mesh
    tmesh_pool_t *pool;                 // of its messages; shared for threads outside the mesh
    tmesh_clock_t *clock;
    tmesh_log_t *log;
    tmesh_counters_t *counters;         // of what this context loses; NULL for foreign threads
    _Atomic unsigned *lose_percent;
    tmesh_kin_t kin;      // of the actor
    uint64_t random_seed; // 0: from the kernel
} tmesh_context_config_t;

tmesh_context_t *tmesh_context_new(const tmesh_context_config_t *config);
void tmesh_context_destroy(tmesh_context_t **self_p);
tmesh_mailbox_t *tmesh_context_mailbox(const tmesh_context_t *self);
tmesh_pool_t *tmesh_context_pool(const tmesh_context_t *self);
tmesh_counters_t *tmesh_context_counters(const tmesh_context_t *self);
const tmesh_kin_t *tmesh_context_kin(const tmesh_context_t *self);

// A fresh object of the actor begins to use the context: it hears no answers to what the one before
// it has asked.
void tmesh_context_begin_life(tmesh_context_t *self);
bool tmesh_context_expects(const tmesh_context_t *self, const tmesh_message_t *reply);

// Sends a handled message back to whoever asked, or frees it. Takes the message.
void tmesh_context_answer(tmesh_context_t *self, tmesh_message_t **message_p);
// The same for one that nobody has handled; a reply is dropped.
void tmesh_context_refuse(tmesh_context_t *self, tmesh_message_t **message_p);
// Closes a mailbox and refuses what waits there. By the thread that takes from it.
void tmesh_context_refuse_all(tmesh_context_t *self, tmesh_mailbox_t *mailbox);

#endif
